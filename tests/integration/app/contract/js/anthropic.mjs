// @anthropic-ai/sdk: its helper, which puts the message together.
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { accepted, announced, answer, judgeAll, rejected } from "./streams.mjs";

judgeAll(async (body) => {
  const client = new Anthropic({ apiKey: "x", maxRetries: 0, fetch: async () => answer(body) });
  const asked = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] };
  try {
    await client.messages.stream(asked).finalMessage();
    return accepted;
  } catch (error) {
    const told = error instanceof APIError && body.includes("event: error");
    return told ? announced : rejected(error);
  }
});
