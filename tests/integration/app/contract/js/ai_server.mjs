// What the AI SDK's own server writes: a model of made-up parts, and the body of the response that
// its `toUIMessageStreamResponse` gives, for each case a line of JSON: its name, the body, and how it
// ends. The arguments are the package, and the version of its models.
import { z } from "zod";

const [name, version] = process.argv.slice(2);
const ai = await import(name);
const Model = (await import(`${name}/test`))[`MockLanguageModel${version}`];

const usage = { inputTokens: { total: 3 }, outputTokens: { total: 9 } };
const finish = (unified = "stop") => ({ type: "finish", finishReason: { unified, raw: unified }, usage });
const text = (id, ...deltas) => [
  { type: "text-start", id },
  ...deltas.map((delta) => ({ type: "text-delta", id, delta })),
  { type: "text-end", id },
];
const reasoning = (id, ...deltas) => [
  { type: "reasoning-start", id },
  ...deltas.map((delta) => ({ type: "reasoning-delta", id, delta })),
  { type: "reasoning-end", id },
];
const call = (id, toolName, input, ...pieces) => [
  ...(pieces.length ? [{ type: "tool-input-start", id, toolName }] : []),
  ...pieces.map((delta) => ({ type: "tool-input-delta", id, delta })),
  ...(pieces.length ? [{ type: "tool-input-end", id }] : []),
  { type: "tool-call", toolCallId: id, toolName, input },
];

const tools = {
  look: ai.tool({
    inputSchema: z.object({ where: z.string() }),
    execute: async ({ where }) => ({ found: where }),
  }),
  slow: ai.tool({
    inputSchema: z.object({}),
    async *execute() {
      yield { found: 1 };
      yield { found: 2 };
    },
  }),
  broken: ai.tool({
    inputSchema: z.object({}),
    execute: async () => { throw new Error("no"); },
  }),
  ask: ai.tool({ inputSchema: z.object({}), needsApproval: true, execute: async () => 1 }),
  page: ai.tool({ inputSchema: z.object({}) }),
};
const used = (tool, input = "{}", ...pieces) => [
  [...text("0", "I look. "), ...call("c", tool, input, ...pieces), finish("tool-calls")],
  [...text("0", "Here ", "it is."), finish()],
];

const cases = {
  text: { steps: [[...text("0", "Hel", "lo"), finish()]] },
  "nothing said": { steps: [[finish()]] },
  "reasoning beside a text": { steps: [[...reasoning("0", "hm"), ...text("0", "a", ""), finish()]] },
  "two texts at once": {
    steps: [[
      { type: "text-start", id: "1" }, { type: "text-start", id: "2" },
      { type: "text-delta", id: "2", delta: "b" }, { type: "text-delta", id: "1", delta: "a" },
      { type: "text-end", id: "1" }, { type: "text-end", id: "2" }, finish("length"),
    ]],
  },
  sources: {
    steps: [[
      { type: "source", sourceType: "url", id: "s", url: "https://a.example" },
      { type: "source", sourceType: "document", id: "d", mediaType: "text/plain", title: "t" },
      ...text("0", "a"), finish(),
    ]],
  },
  "a call in pieces": { steps: used("look", '{"where":"x"}', '{"where', '":"x"}') },
  "a call at once": { steps: used("look", '{"where":"x"}') },
  "preliminary outputs": { steps: used("slow", "{}", "{", "}") },
  "a tool that breaks": { steps: used("broken") },
  "input that nobody can read": { steps: used("look", '{"where":', '{"where":') },
  "input of another form": { steps: used("look", '{"wo":1}', '{"wo"', ":1}") },
  "an unknown tool": { steps: used("nobody", "{}", "{}") },
  "an approval": { steps: used("ask") },
  "a tool of the page": { steps: used("page") },
  "metadata": {
    steps: [[...text("0", "a"), finish()]],
    options: { messageMetadata: ({ part }) => ({ [part.type]: 1 }) },
  },
  "a failure amid the text": {
    ends: "failed",
    steps: [[...text("0", "a").slice(0, 2), { type: "error", error: new Error("no") }]],
  },
  "a model that refuses": { ends: "failed", steps: [] },
};

function answer({ steps, options = {} }) {
  const left = [...steps];
  const model = new Model({
    doStream: async () => {
      if (left.length === 0) throw new Error("refused");
      return { stream: ai.simulateReadableStream({ chunks: left.shift(), chunkDelayInMs: null }) };
    },
  });
  const stopWhen = (ai.isStepCount ?? ai.stepCountIs)(2);
  const result = ai.streamText({
    model, tools, stopWhen, prompt: "hi", maxRetries: 0, onError: () => {},
  });
  return result.toUIMessageStreamResponse({ sendSources: true, ...options });
}

/** Written by hand: data of all sorts around an answer that is merged in. */
function merged() {
  const stream = ai.createUIMessageStream({
    execute: ({ writer }) => {
      writer.write({ type: "data-notice", data: { x: 1 }, transient: true });
      writer.write({ type: "data-weather", id: "w", data: null });
      const model = new Model({
        doStream: async () => ({
          stream: ai.simulateReadableStream({ chunks: [...text("0", "a"), finish()] }),
        }),
      });
      const result = ai.streamText({ model, prompt: "hi" });
      writer.merge(result.toUIMessageStream());
    },
  });
  return ai.createUIMessageStreamResponse({ stream });
}

const tell = async (title, ends, response) =>
  process.stdout.write(`${JSON.stringify({ title, ends, body: await response.text() })}\n`);
for (const [title, one] of Object.entries(cases)) await tell(title, one.ends ?? "completed", answer(one));
await tell("data around an answer", "completed", merged());
