// The AI SDK: chunks read, checked and put together as its chat does. The argument is the package.
import { accepted, announced, answer, judgeAll, rejected } from "./streams.mjs";

const { DefaultChatTransport, readUIMessageStream } = await import(process.argv[2]);

judgeAll(async (body) => {
  const transport = new DefaultChatTransport({
    api: "http://localhost/api/chat",
    fetch: async () => answer(body),
  });
  const stream = await transport.sendMessages({
    chatId: "c",
    trigger: "submit-message",
    messageId: undefined,
    messages: [{ id: "u", role: "user", parts: [{ type: "text", text: "hi" }] }],
    abortSignal: undefined,
  });
  try {
    let shown = null;
    for await (const message of readUIMessageStream({ stream, terminateOnError: true })) {
      shown = message;
    }
    const texts = shown?.parts.filter((part) => part.type === "text").map((part) => part.text);
    return { ...accepted, text: texts?.join("") ?? "" };
  } catch (error) {
    return body.split("\n").flatMap(errorText).includes(error?.message) ? announced : rejected(error);
  }
});

/** What a line says of a failure, if it is an `error` chunk. */
function errorText(line) {
  try {
    const chunk = JSON.parse(line.replace(/^data: /, ""));
    return chunk?.type === "error" ? [chunk.errorText] : [];
  } catch {
    return [];
  }
}
