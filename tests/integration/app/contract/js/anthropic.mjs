// @anthropic-ai/sdk: its helper, which puts the message together.
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { accepted, announced, answer, judgeAll, rejected } from "./streams.mjs";

judgeAll(async (body) => {
  const client = new Anthropic({ apiKey: "x", maxRetries: 0, fetch: async () => answer(body) });
  const asked = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] };
  try {
    const { content } = await client.messages.stream(asked).finalMessage();
    const texts = content.filter((block) => block.type === "text").map((block) => block.text);
    return { ...accepted, text: texts.join("") };
  } catch (error) {
    const told = error instanceof APIError && body.includes("event: error");
    return told ? announced : rejected(error);
  }
});
