// @ag-ui/client: its agent over HTTP, as applications use it.
import { HttpAgent } from "@ag-ui/client";
import { accepted, announced, answer, judgeAll, rejected } from "./streams.mjs";

judgeAll(async (body) => {
  const agent = new HttpAgent({ url: "http://localhost/ag-ui", fetch: async () => answer(body) });
  agent.threadId = "t";
  agent.setMessages([{ id: "u", role: "user", content: "hi" }]);
  let failed = false;
  const subscriber = { onRunErrorEvent: () => { failed = true; } };
  try {
    await agent.runAgent({ runId: "r" }, subscriber);
  } catch (error) {
    return rejected(error);
  }
  // Several runs, a snapshot, and what a run was given: these messages are not of one answer alone.
  if (/"(RUN_STARTED".*"RUN_STARTED|MESSAGES_SNAPSHOT|input)"/s.test(body)) {
    return failed ? announced : accepted;
  }
  const answers = agent.messages.filter((message) => message.role === "assistant");
  const text = answers.map((message) => message.content ?? "").join("");
  return failed ? announced : { ...accepted, text };
});
