// Records what @copilotkit/aimock's AG-UI server writes, into `aimock-ag-ui.jsonl` beside this file.
//
// It needs a folder of its own, with `npm install @copilotkit/aimock`, whose path is the argument:
//
//     node tests/integration/app/contract/recorded/record_aimock.mjs /tmp/recorder
//
// The file has a line that says how it was made, and then a line for each answer: its name, how it
// ends, its request and its body.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const aimock = require("@copilotkit/aimock/agui");
const folder = `${process.argv[2]}/node_modules/@copilotkit/aimock`;
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));

// Where its events are made without these, the mock writes ids of its own instead of the request's.
const ids = { threadId: "t1", runId: "r1" };
const snapshot = [{ id: "u", role: "user", content: "hi" }];
const patch = [{ op: "add", path: "/a", value: 1 }];
const cases = {
  text: aimock.buildTextResponse("Hello world", ids),
  "text in a chunk": aimock.buildTextChunkResponse("Hello", ids),
  "a call": aimock.buildToolCallResponse("look", '{"where":"x"}', ids),
  "a call and its result": aimock.buildToolCallResponse("look", "{}", { ...ids, result: "4" }),
  state: aimock.buildStateUpdate({ a: null }, ids),
  "a change of state": aimock.buildStateDelta(patch, ids),
  messages: aimock.buildMessagesSnapshot(snapshot, ids),
  reasoning: aimock.buildReasoningResponse("hm", ids),
  activity: aimock.buildActivityResponse("a", "plan", { x: 1 }, ids),
  "a change of activity": aimock.buildActivityDelta("a", "plan", patch, ids),
  "a step": aimock.buildStepWithText("s", "Hello", ids),
  "several in one": aimock.buildCompositeResponse([
    aimock.buildReasoningResponse("hm"), aimock.buildTextResponse("Hello"),
  ], ids),
  raw: aimock.buildRawEvent({ x: 1 }, "them", ids),
  custom: aimock.buildCustomEvent("n", { x: 1 }, ids),
  "a chunk of a call": aimock.buildToolCallChunk("{}", {
    ...ids, toolCallId: "c", toolCallName: "look",
  }),
  "a chunk of reasoning": aimock.buildReasoningChunk("hm", { ...ids, messageId: "r" }),
  "an encrypted value": aimock.buildReasoningEncryptedValue("message", "m", "x", ids),
  "a failure": aimock.buildErrorResponse("no", "SAD", ids),
};

const mock = new aimock.AGUIMock({ port: 0 });
for (const [title, events] of Object.entries(cases)) {
  mock.onPredicate((input) => input.messages.at(-1).content === title, events);
}
const url = await mock.start();
const lines = [{ made: `@copilotkit/aimock ${version}, AGUIMock; by record_aimock.mjs` }];
for (const title of Object.keys(cases)) {
  const request = {
    threadId: "t1", runId: "r1", state: {}, tools: [], context: [], forwardedProps: {},
    messages: [{ id: "u", role: "user", content: title }],
  };
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const ends = title === "a failure" ? "failed" : "completed";
  lines.push({ title, ends, request, body: await answer.text() });
}
await mock.stop();
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
writeFileSync(new URL("aimock-ag-ui.jsonl", import.meta.url), text);
