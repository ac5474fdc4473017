// Anthropic's official JavaScript client on the mock: `node anthropic.mjs http://127.0.0.1:PORT`
// prints one line of JSON for each check, {"name", "problem": null | text}; with faults behind the
// address, as directives write them, what its stream helper does with each: {"name", "met"}.
import assert from "node:assert/strict";
import Anthropic, { APIError, APIUserAbortError, RateLimitError } from "@anthropic-ai/sdk";

const [baseURL, due, ...faults] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey: "any", maxRetries: 0 });
const base = { model: "claude-opus-5", max_tokens: 4096 };
const user = (text, more = "scenario=hello") => ({
  ...base,
  messages: [{ role: "user", content: `${text} [[mock: ${more} speed=1000]]` }],
});
const tools = [
  {
    name: "get_weather",
    input_schema: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
  },
];

const checks = {
  async "text, streamed and not"() {
    const whole = await client.messages.create(user("Hello?"));
    const stream = client.messages.stream(user("Hello?"));
    let text = "";
    stream.on("text", (delta) => (text += delta));
    const message = await stream.finalMessage();
    assert.equal(text, whole.content[0].text);
    assert.deepEqual([message.id, message.stop_reason], [whole.id, "end_turn"]);
    assert.equal(message.usage.output_tokens, whole.usage.output_tokens);
  },
  async "tools, called and answered"() {
    const asked = { ...user("Both?", "scenario=parallel-tools"), tools };
    const message = await client.messages.stream(asked).finalMessage();
    const calls = message.content.filter((block) => block.type === "tool_use");
    assert.deepEqual(calls.map((call) => call.input), [{ city: "Oslo" }, { city: "Bergen" }]);
    const content = calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "rain" }));
    const answer = { role: "assistant", content: message.content };
    const messages = [...asked.messages, answer, { role: "user", content }];
    const next = await client.messages.create({ ...asked, messages });
    assert.equal(next.stop_reason, "end_turn");
  },
  async "thinking, with its signature"() {
    const thinking = { type: "enabled", budget_tokens: 1024 };
    const asked = { ...user("Think.", "scenario=reasoning"), thinking };
    const whole = await client.messages.create(asked);
    const message = await client.messages.stream(asked).finalMessage();
    assert.deepEqual(message.content.map((block) => block.type), ["thinking", "text"]);
    assert.equal(message.content[0].signature, whole.content[0].signature);
    assert.equal(message.content[0].thinking, whole.content[0].thinking);
  },
  async "tokens"() {
    const { max_tokens, ...asked } = user("How many?");
    const { usage } = await client.messages.create({ max_tokens, ...asked });
    const counted = await client.messages.countTokens(asked);
    assert.equal(counted.input_tokens, usage.input_tokens);
  },
  async "too many requests, asked again"() {
    const asked = user("again in js", "fault=refuse:429;retry-after-ms=1");
    await assert.rejects(
      client.messages.create(asked, { maxRetries: 2 }),
      (error) => error instanceof RateLimitError && error.requestID.startsWith("req_"),
    );
    const journal = await fetch(`${baseURL}/__mock__/requests?contains=again%20in%20js`);
    assert.equal((await journal.json()).requests.length, 3);
  },
  async "overloaded, and broken off in mid-stream"() {
    await assert.rejects(
      client.messages.create(user("no", "fault=refuse:529")),
      (error) => error.status === 529 && error.error.error.type === "overloaded_error",
    );
    await assert.rejects(
      client.messages.stream(user("broken", "scenario=hello fault=event-error@3")).finalMessage(),
      (error) => error instanceof APIError && error.error.error.type === "overloaded_error",
    );
  },
};

async function met(fault) {
  const content = `official [[mock: scenario=unicode tokens=12 first=5ms gap=15ms]] [[mock: fault=${fault}]]`;
  try {
    const asked = { ...base, messages: [{ role: "user", content }] };
    const stream = client.messages.stream(asked, { timeout: 2000 });
    const guard = setTimeout(() => stream.abort(), 4000);
    const message = await stream.finalMessage().finally(() => clearTimeout(guard));
    const text = message.content.map((block) => block.text ?? "").join("");
    if (text === due) return "gives the whole text, raises nothing";
    const short = due.startsWith(text);
    return `gives a ${short ? "text cut short" : "wrong text"}, raises nothing`;
  } catch (error) {
    if (error instanceof APIUserAbortError) return "waits until it is aborted";
    return `raises \`${error.constructor.name}\``;
  }
}

async function run(name, check) {
  let problem = null;
  try {
    await check();
  } catch (error) {
    problem = `${error.name}: ${error.message}`;
  }
  console.log(JSON.stringify({ name, problem }));
}

if (faults.length) {
  const found = await Promise.all(faults.map(async (name) => ({ name, met: await met(name) })));
  for (const one of found) console.log(JSON.stringify(one));
} else {
  for (const [name, check] of Object.entries(checks)) await run(name, check);
}
process.exit(0);
