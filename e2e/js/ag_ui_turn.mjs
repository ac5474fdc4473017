// Runs of AG-UI's own client, HttpAgent of @ag-ui/client, one after another on one thread.
//
// The only argument is JSON: url, headers, threadId, whether it resumes, and a list of runs, each {message, tools, results,
// abortAt, stopAt}. `results` are contents for the calls that the run before left to us. `stopAt` asks
// the server to stop, `abortAt` closes the connection, each at the first event that holds this text.
// Prints one JSON line for each event that the client passes on, and one for how each run ended, with
// the messages that a page would show.
import { HttpAgent } from '@ag-ui/client';
import { resumingFetch } from '../../docs/examples/ag_ui_resuming.mjs';

const asked = JSON.parse(process.argv[2]);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
// On a lost connection the client leaves a rejection that nobody handles.
process.on('unhandledRejection', () => {});
console.warn = (...words) => tell({ warning: words.map(String).join(' ') });

let runHeader;
const ask = asked.resumes ? resumingFetch({ retries: 20, waitMs: 10 }) : fetch;
const agent = new HttpAgent({
  url: asked.url,
  headers: asked.headers,
  threadId: asked.threadId,
  fetch: async (url, init) => {
    const answer = await ask(url, init);
    runHeader = answer.headers.get('tokentape-run');
    return answer;
  },
});

let pending = [];
for (const [number, run] of asked.runs.entries()) {
  if (run.message) agent.addMessage({ id: `question-${number}`, role: 'user', content: run.message });
  for (const [place, toolCallId] of pending.entries()) {
    const content = run.results?.[place];
    if (content) agent.addMessage({ id: `result-${toolCallId}`, role: 'tool', toolCallId, content });
  }
  pending = [];
  let doing = '';
  const subscriber = {
    onEvent: async ({ event }) => {
      tell({ event });
      const text = JSON.stringify(event);
      if (doing) return;
      if (run.stopAt && text.includes(run.stopAt)) {
        doing = 'stop';
        const { status } = await fetch(`${asked.url}/runs/${runHeader}`, {
          method: 'DELETE',
          headers: asked.headers,
        });
        tell({ stopped: status, run: runHeader });
      }
      if (run.abortAt && text.includes(run.abortAt)) {
        doing = 'abort';
        agent.abortRun();
        tell({ aborted: true, run: runHeader });
      }
    },
    onRunFinishedEvent: ({ outcome, pendingToolCallIds }) => {
      pending = pendingToolCallIds ?? [];
      tell({ outcome });
    },
    onRunErrorEvent: ({ event }) => tell({ runError: event.code }),
    onRunFailed: ({ error }) => tell({ failed: String(error.message) }),
  };
  try {
    const { newMessages } = await agent.runAgent(
      { runId: `run-${number}`, tools: run.tools ?? [] },
      subscriber,
    );
    tell({ ended: 'resolved', messages: newMessages });
  } catch (error) {
    tell({ ended: 'rejected', error: String(error.message), messages: agent.messages });
  }
}
