// The official JavaScript client runs every endpoint: `node clients.mjs http://127.0.0.1:PORT/v1`
// prints one line of JSON for each check: {"name", "problem": null | text}.
import assert from "node:assert/strict";
import OpenAI, { AzureOpenAI } from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "sk-any", maxRetries: 0 });
const model = "gpt-4o";
const fast = (text, more = "scenario=hello") => `${text} [[mock: ${more} speed=1000]]`;
const user = (text, more) => [{ role: "user", content: fast(text, more) }];
const Person = z.object({ name: z.string(), age: z.number(), tags: z.array(z.string()) });
const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [
  { type: "function", function: { name: "get_weather", strict: true, parameters } },
];

async function all(stream) {
  const found = [];
  for await (const one of stream) found.push(one);
  return found;
}

const checks = {
  async "chat, text, streamed and not, usage"() {
    const asked = { model, messages: user("Hello?") };
    const whole = await client.chat.completions.create(asked);
    const chunks = await all(
      await client.chat.completions.create({
        ...asked, stream: true, stream_options: { include_usage: true },
      }),
    );
    const text = chunks.map((c) => c.choices[0]?.delta.content ?? "").join("");
    assert.equal(text, whole.choices[0].message.content);
    assert.deepEqual(chunks.at(-1).usage, whole.usage);
  },
  async "chat, parallel tools, by the stream helper"() {
    const stream = client.chat.completions.stream({
      model, messages: user("Both?", "scenario=parallel-tools"), tools,
    });
    const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0];
    assert.equal(finish_reason, "tool_calls");
    assert.deepEqual(
      message.tool_calls.map((call) => call.function.arguments),
      ['{"city":"Oslo"}', '{"city":"Bergen"}'],
    );
  },
  async "chat, tools run by the client's own loop"() {
    const runner = client.chat.completions.runTools({
      model,
      messages: user("Oslo?", "scenario=tool-call"),
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather", parameters, parse: JSON.parse,
            function: ({ city }) => (assert.equal(typeof city, "string"), "rain"),
          },
        },
      ],
    });
    assert.equal(await runner.finalContent(), "It says: rain");
  },
  async "chat, structured output by parse"() {
    const made = await client.chat.completions.parse({
      model, messages: user("A person?", ""), response_format: zodResponseFormat(Person, "person"),
    });
    assert.ok(Person.parse(made.choices[0].message.parsed));
  },
  async "chat, reasoning and refusal"() {
    const thought = await client.chat.completions.create({
      model, messages: user("Why?", "scenario=reasoning"),
    });
    assert.ok(thought.choices[0].message.reasoning_content);
    assert.equal(thought.usage.completion_tokens_details.reasoning_tokens, 60);
    const refused = await client.chat.completions.create({
      model, messages: user("No?", "scenario=refusal"),
    });
    assert.match(refused.choices[0].message.refusal, /can't help/);
  },
  async "chat, n and logprobs"() {
    const made = await client.chat.completions.create({
      model, messages: user("Two?", ""), n: 2, logprobs: true, top_logprobs: 2,
    });
    assert.equal(made.choices.length, 2);
    for (const choice of made.choices) {
      const tokens = choice.logprobs.content.map((one) => one.token).join("");
      assert.equal(tokens, choice.message.content);
    }
  },
  async "responses, stream helper, retrieve from a place, go on, delete"() {
    const input = user("First.", "scenario=turns");
    const stream = client.responses.stream({ model, input });
    const events = await all(stream);
    const final = await stream.finalResponse();
    assert.equal(final.output_text, "This is my first answer. Ask me again.");
    const again = await all(
      await client.responses.retrieve(final.id, { stream: true, starting_after: 4 }),
    );
    assert.deepEqual(
      again.map((event) => event.sequence_number),
      events.slice(5).map((event) => event.sequence_number),
    );
    const second = await client.responses.create({
      model, input: user("More.", "scenario=turns"), previous_response_id: final.id,
    });
    assert.equal(second.output_text, "This is my second answer, to: More.");
    await client.responses.delete(final.id);
    await assert.rejects(client.responses.retrieve(final.id), OpenAI.NotFoundError);
  },
  async "responses, tools, structured output, reasoning summary"() {
    const called = await client.responses.create({
      model, input: user("Oslo?", "scenario=tool-call"),
      tools: [{ type: "function", name: "get_weather", strict: true, parameters }],
    });
    assert.ok(JSON.parse(called.output.at(-1).arguments).city);
    const parsed = await client.responses.parse({
      model, input: fast("A person?", ""), text: { format: zodTextFormat(Person, "person") },
    });
    assert.ok(Person.parse(parsed.output_parsed));
    const events = await all(
      await client.responses.create({
        model, input: user("Why?", "scenario=reasoning"), reasoning: { summary: "auto" },
        stream: true,
      }),
    );
    assert.ok(events.some((event) => event.type === "response.reasoning_summary_text.delta"));
  },
  async "responses, in the background, cancelled"() {
    const begun = await client.responses.create({
      model, input: "Slow. [[mock: tokens=500 gap=50ms]]", background: true,
    });
    assert.equal(begun.status, "queued");
    assert.equal((await client.responses.cancel(begun.id)).status, "cancelled");
    assert.equal((await client.responses.retrieve(begun.id)).status, "cancelled");
  },
  async completions() {
    const asked = { model: "gpt-3.5-turbo-instruct", prompt: fast("Once upon") };
    const whole = await client.completions.create(asked);
    const chunks = await all(await client.completions.create({ ...asked, stream: true }));
    assert.equal(chunks.map((c) => c.choices[0].text).join(""), whole.choices[0].text);
  },
  async embeddings() {
    const asked = { model: "text-embedding-3-small", input: ["near", "nearly"], dimensions: 64 };
    const made = await client.embeddings.create(asked);
    const plain = await client.embeddings.create({ ...asked, encoding_format: "float" });
    for (const { embedding } of made.data) {
      assert.equal(embedding.length, 64);
      assert.ok(Math.abs(embedding.reduce((sum, x) => sum + x * x, 0) - 1) < 1e-6);
    }
    const close = (x, i) => Math.abs(x - made.data[0].embedding[i]) < 1e-6;
    assert.ok(plain.data[0].embedding.every(close));
  },
  async "Azure: deployments, whose stream begins without choices"() {
    const azure = new AzureOpenAI({
      endpoint: new URL(process.argv[2]).origin, apiKey: "any", apiVersion: "2024-10-21",
      maxRetries: 0,
    });
    const asked = { model: "mine", messages: user("Hello, Azure?") };
    const whole = await azure.chat.completions.create(asked);
    const [first, ...chunks] = await all(
      await azure.chat.completions.create({ ...asked, stream: true }),
    );
    assert.equal(first.choices.length, 0);
    assert.equal(first.prompt_filter_results[0].content_filter_results.hate.severity, "safe");
    const text = chunks.map((c) => c.choices[0].delta.content ?? "").join("");
    assert.equal(text, whole.choices[0].message.content);
    assert.equal((await azure.responses.create({ model, input: fast("Hi") })).output_text, text);
    assert.equal((await azure.embeddings.create({ model: "mine", input: "x" })).data.length, 1);
  },
  async moderations() {
    const made = await client.moderations.create({ input: ["Bread.", "I will kill you."] });
    assert.deepEqual(made.results.map((one) => one.flagged), [false, true]);
  },
  async models() {
    const listed = await all(client.models.list());
    assert.equal((await client.models.retrieve(listed[0].id)).id, listed[0].id);
    await assert.rejects(client.models.retrieve("gpt-none"), OpenAI.NotFoundError);
  },
  async "refusals are the right errors and name their parameter"() {
    const hi = [{ role: "user", content: "hi" }];
    const cases = [
      [() => client.chat.completions.create({ model, messages: hi, temperature: 9 }), "temperature"],
      [() => client.responses.create({ model, input: "hi", max_output_tokens: 1 }), "max_output_tokens"],
      [() => client.embeddings.create({ model, input: "" }), "input"],
      [() => client.completions.create({ model, prompt: [] }), "prompt"],
      [() => client.moderations.create({ input: [] }), "input"],
    ];
    for (const [make, param] of cases) {
      const error = await make().then(() => null, (reason) => reason);
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, param);
      assert.ok(error.requestID);
    }
  },
};

for (const [name, check] of Object.entries(checks)) {
  const problem = await check().then(() => null, (reason) => String(reason?.stack ?? reason));
  console.log(JSON.stringify({ name, problem }));
}
