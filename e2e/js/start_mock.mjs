// Starts `mock-openai serve` for a test run. Resolves once it is ready; `stop` resolves once it has ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export async function startMock(...args) {
  const mock = spawn('mock-openai', ['serve', '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(mock, 'exit');
  const line = once(createInterface(mock.stdout), 'line').then(([text]) => text);
  const ready = await Promise.race([line, ended.then(() => '')]); // rejects where there is no such command
  const url = ready.match(/ready at (\S+)/)?.[1];
  if (!url) throw new Error(`mock-openai did not start: ${ready}`);
  const root = url.replace(/\/v1$/, '');
  return {
    url,
    async say(text, name = 'said') {
      const body = JSON.stringify({ steps: [{ say: text }] });
      const put = await fetch(`${root}/__mock__/scenarios/${name}`, { method: 'PUT', body });
      if (!put.ok) throw new Error(await put.text());
    },
    async requests() {
      return (await (await fetch(`${root}/__mock__/requests`)).json()).requests;
    },
    async stop() {
      mock.kill();
      await ended;
    },
  };
}
