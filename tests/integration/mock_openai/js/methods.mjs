// Every method that the official JavaScript client declares for the endpoints of the mock, called
// once: `node methods.mjs http://127.0.0.1:PORT/v1` prints one line of JSON for each method:
// {"name", "problem": null | text}. What its types declare and nothing here calls is a problem too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "sk-any", maxRetries: 0 });
const model = "gpt-4o";
const text = "Stored. [[mock: scenario=hello speed=1000]]";
const messages = [{ role: "user", content: text }];
const item = { type: "message", role: "user", content: "Hello?" };
const tool = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object" }, parse: JSON.parse, function: () => "rain" },
};

const completion = await client.chat.completions.create({ model, messages, store: true });
const response = await client.responses.create({ model, input: text });
const running = await client.responses.create({
  model, input: "Slow. [[mock: tokens=500 gap=10s]]", background: true,
});
const conversation = await client.conversations.create({ items: [item] });
const conversation_id = conversation.id;
const first = (await client.conversations.items.list(conversation_id)).data[0].id;

// In this order: what deletes comes last.
const calls = {
  "chat/completions/completions": {
    create: async () => assert.ok(completion.choices[0].message.content),
    retrieve: async () => {
      const found = await client.chat.completions.retrieve(completion.id);
      assert.equal(found.id, completion.id);
    },
    update: async () => {
      const metadata = { topic: "any" };
      const changed = await client.chat.completions.update(completion.id, { metadata });
      assert.deepEqual(changed.metadata, metadata);
    },
    list: async () => {
      const listed = await client.chat.completions.list({ limit: 100 });
      assert.ok(listed.data.some((one) => one.id === completion.id));
    },
    parse: async () => {
      const parsed = await client.chat.completions.parse({ model, messages });
      assert.equal(parsed.choices[0].message.content, completion.choices[0].message.content);
    },
    stream: async () => {
      const stream = client.chat.completions.stream({ model, messages });
      assert.equal(await stream.finalContent(), completion.choices[0].message.content);
    },
    runTools: async () => {
      const content = "Oslo? [[mock: scenario=tool-call speed=1000]]";
      const runner = client.chat.completions.runTools({
        model, messages: [{ role: "user", content }], tools: [tool],
      });
      assert.equal(await runner.finalContent(), "It says: rain");
    },
  },
  "chat/completions/messages": {
    list: async () => {
      const listed = await client.chat.completions.messages.list(completion.id);
      assert.deepEqual(listed.data.map((one) => one.role), ["user"]);
    },
  },
  completions: {
    create: async () => {
      const made = await client.completions.create({ model, prompt: text });
      assert.equal(made.object, "text_completion");
    },
  },
  embeddings: {
    create: async () => {
      const made = await client.embeddings.create({ model: "text-embedding-3-small", input: "a" });
      assert.equal(made.data[0].embedding.length, 1536);
    },
  },
  moderations: {
    create: async () => {
      const made = await client.moderations.create({ input: "Bread." });
      assert.equal(made.results[0].flagged, false);
    },
  },
  models: {
    retrieve: async () => assert.equal((await client.models.retrieve("gpt-6-astra")).id, "gpt-6-astra"),
    list: async () => assert.ok((await client.models.list()).data.length > 50),
    // Not claimed: they are OpenAI's, and stay.
    delete: async () => assert.rejects(client.models.delete(model), OpenAI.PermissionDeniedError),
  },
  "responses/responses": {
    create: async () => assert.equal(response.status, "completed"),
    retrieve: async () => {
      const found = await client.responses.retrieve(response.id);
      assert.equal(found.output_text, response.output_text);
    },
    cancel: async () => {
      assert.equal((await client.responses.cancel(running.id)).status, "cancelled");
    },
    compact: async () => {
      const short = await client.responses.compact({ model, previous_response_id: response.id });
      assert.deepEqual(short.output.map((one) => one.type), ["message", "compaction"]);
    },
    parse: async () => {
      const parsed = await client.responses.parse({ model, input: text });
      assert.equal(parsed.output_text, response.output_text);
    },
    stream: async () => {
      const final = await client.responses.stream({ model, input: text }).finalResponse();
      assert.equal(final.output_text, response.output_text);
    },
  },
  "responses/input-items": {
    list: async () => {
      const listed = await client.responses.inputItems.list(response.id);
      assert.equal(listed.data[0].content[0].type, "input_text");
    },
  },
  "responses/input-tokens": {
    count: async () => {
      const counted = await client.responses.inputTokens.count({ model, input: "Hello there" });
      assert.equal(counted.input_tokens, 2);
    },
  },
  "conversations/conversations": {
    create: async () => assert.equal(conversation.object, "conversation"),
    retrieve: async () => {
      assert.equal((await client.conversations.retrieve(conversation_id)).id, conversation_id);
    },
    update: async () => {
      const metadata = { topic: "any" };
      const changed = await client.conversations.update(conversation_id, { metadata });
      assert.deepEqual(changed.metadata, metadata);
    },
  },
  "conversations/items": {
    create: async () => {
      const made = await client.conversations.items.create(conversation_id, { items: [item] });
      assert.equal(made.data.length, 1);
    },
    retrieve: async () => {
      const found = await client.conversations.items.retrieve(first, { conversation_id });
      assert.equal(found.id, first);
    },
    list: async () => {
      assert.equal((await client.conversations.items.list(conversation_id)).data.length, 2);
    },
    delete: async () => {
      const left = await client.conversations.items.delete(first, { conversation_id });
      assert.equal(left.id, conversation_id);
    },
  },
};
const last = {
  "chat/completions/completions": {
    delete: async () => assert.ok((await client.chat.completions.delete(completion.id)).deleted),
  },
  "responses/responses": {
    delete: async () => {
      await client.responses.delete(response.id);
      await assert.rejects(client.responses.retrieve(response.id), OpenAI.NotFoundError);
    },
  },
  "conversations/conversations": {
    delete: async () => assert.ok((await client.conversations.delete(conversation_id)).deleted),
  },
};

// The names of the methods of the first class in the client's types of a resource.
function declared(resource) {
  const url = new URL(`node_modules/openai/resources/${resource}.d.ts`, import.meta.url);
  const [, body] = readFileSync(url, "utf8").match(/export declare class \w+ extends APIResource \{([^]*?)\n\}/);
  return new Set([...body.matchAll(/^ {4}([a-zA-Z]+)(?:<.*>)?\(/gm)].map((found) => found[1]));
}

function report(name, problem) {
  console.log(JSON.stringify({ name, problem }));
}

for (const [resource, methods] of [...Object.entries(calls), ...Object.entries(last)]) {
  for (const [method, call] of Object.entries(methods)) {
    const problem = await call().then(() => null, (reason) => String(reason?.stack ?? reason));
    report(`${resource}.${method}`, problem);
  }
}
for (const resource of Object.keys(calls)) {
  for (const method of declared(resource)) {
    if (!(method in calls[resource]) && !(method in (last[resource] ?? {}))) {
      report(`${resource}.${method}`, "declared, and never called here");
    }
  }
}
process.exit(0);
