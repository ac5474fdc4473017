import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startMock } from './start_mock.mjs';

let mock;
before(async () => { mock = await startMock(); }); // Vitest and Jest: beforeAll
after(() => mock.stop()); // afterAll

// What is tested: any code of yours that takes the base URL from its configuration.
async function ask(question) {
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: question }] });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer any' };
  const answer = await fetch(`${mock.url}/chat/completions`, { method: 'POST', headers, body });
  return (await answer.json()).choices[0].message.content;
}

test('the answer is what was said', async () => {
  await mock.say('Rain.');
  assert.equal(await ask('What will the weather be?'), 'Rain.');
  const [{ last_user, state }] = await mock.requests();
  assert.deepEqual({ last_user, state }, { last_user: 'What will the weather be?', state: 'finished' });
});
