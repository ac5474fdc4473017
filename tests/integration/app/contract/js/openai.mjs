// openai: the helpers that put an answer together. The argument says of which endpoint.
import OpenAI, { APIError } from "openai";
import { accepted, announced, answer, judgeAll, rejected } from "./streams.mjs";

const endpoints = {
  chat: (client) =>
    client.chat.completions
      .stream({ model: "m", messages: [{ role: "user", content: "hi" }] })
      .finalChatCompletion()
      .then(({ choices }) => choices.find(({ index }) => index === 0)?.message.content ?? ""),
  responses: (client) =>
    client.responses
      .stream({ model: "m", input: "hi" })
      .finalResponse()
      .then((response) => response.output_text),
};
const ask = endpoints[process.argv[2]];

judgeAll(async (body) => {
  const client = new OpenAI({ apiKey: "x", maxRetries: 0, fetch: async () => answer(body) });
  try {
    return { ...accepted, text: await ask(client) };
  } catch (error) {
    return error instanceof APIError ? announced : rejected(error);
  }
});
