// Streams on standard input, a JSON string a line; a verdict on each on standard output, a line of
// JSON each: {"problem": why the client rejects it, or null, "failed": whether it reports a failure
// that the server announced, "text": the answer as it shows it in the end, where that is told}.
import { readFileSync } from "node:fs";

export async function judgeAll(judge) {
  // Some clients leave a rejection unhandled; it is one of the stream that is judged just then.
  let unhandled = null;
  process.on("unhandledRejection", (error) => { unhandled ??= error; });
  // Where a client waits for what never comes, nothing is left for the process to do.
  let waits = null;
  process.on("beforeExit", () => waits?.(rejected("it waits for ever")));
  for (const line of readFileSync(0, "utf8").split("\n")) {
    if (line === "") continue;
    unhandled = null;
    const waited = new Promise((resolve) => { waits = resolve; });
    let verdict = await Promise.race([waited, judge(JSON.parse(line)).catch(rejected)]);
    await new Promise(setImmediate);
    if (unhandled !== null && verdict.problem === null && !verdict.failed) {
      verdict = rejected(unhandled);
    }
    process.stdout.write(`${JSON.stringify(verdict)}\n`);
  }
  waits = null;
}

export const accepted = { problem: null, failed: false };
export const announced = { problem: null, failed: true };
export const rejected = (error) => ({ problem: String(error?.stack ?? error), failed: false });

/** The answer of a server that sends this body. */
export function answer(body) {
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
