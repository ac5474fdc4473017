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
  return failed ? announced : accepted;
});
