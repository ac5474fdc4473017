// The three views: each knows how to load its rows and one row's detail, and how to write them.
import { call, stream } from './admin_api.js';
import { node, shortened, write } from './nodes.js';

const MOST_ROWS = 50;
const MOST_LISTED = 200;
const LAST_FRAMES = 200;
const ms = (ns) => `${(ns / 1e6).toFixed(1)} ms`;
const stateOf = (one) => (one.held ? 'held' : one.state);
const words = (state) => state.replace('_', ' ');

const row = (choose, ...classes) => node('li', {}, node('button', { class: 'row', type: 'button', onclick: choose },
  ...classes.map((one) => node('span', { class: one }))));

function rowOf(extra) {
  return {
    make: (one, choose) => {
      const made = row(() => choose(one.id), 'title', 'state', 'quiet');
      if (extra) made.firstChild.append(node('progress', { 'aria-label': 'Frames sent' }));
      return made;
    },
    update: (made, one) => {
      const [title, state, quiet, bar] = made.firstChild.children;
      write(title, shortened(one.asked || '(no user message)', 200));
      write(state, `${words(stateOf(one))} · ${one.sent} of ${one.frames} frames`, `state ${stateOf(one)}`);
      write(quiet, `${one.id} · ${one.scenario || one.endpoint} · ${shortened(one.model || 'no model', 100)}`);
      if (bar) {
        bar.max = Math.max(one.frames, 1);
        bar.value = one.sent;
      }
    },
  };
}

const heading = (text) => node('h3', { text });
const facts = (pairs) => node('dl', {}, ...pairs.flatMap(([name, value]) =>
  [node('dt', { text: name }), node('dd', { text: value })]));

// What the newest frames say, as far as no fault has moved it.
function lately({ rows, characters_before: before }) {
  const content = rows.filter((one) => one.kind === 'content');
  if (content.length && content.every((one) => one.text === null)) {
    return '(A fault has moved its text: the journal has what was scripted.)';
  }
  return (before ? `… ${before} characters before …\n` : '') + content.map((one) => one.text ?? '').join('');
}

export const streams = {
  refresh: true,
  load: async () => (await call(`/streams?limit=${MOST_ROWS}`)).streams,
  key: (one) => one.id,
  ...rowOf(true),
  settled: () => false,
  version: () => undefined,
  detail: (id) => call(stream(id, `/ledger?last=${LAST_FRAMES}`)),
  make_detail: (act) => {
    const press = (text, path) => node('button', { type: 'button', text, onclick: () => act(path) });
    return [node('h2'), node('p', { class: 'state' }),
      node('div', { class: 'actions' }, press('Hold', '/hold'), press('One frame', '/step?n=1'),
        press('Release', '/release')),
      node('pre', { tabindex: '0', role: 'region', 'aria-label': 'The newest of its text' }), node('p', { class: 'quiet' })];
  },
  update_detail: ([title, state, actions, text, times], one) => {
    write(title, shortened(one.asked || one.id, 200));
    write(state, `${words(stateOf(one))} · chunk ${one.chunks_sent} of ${one.chunks}`, `state ${stateOf(one)}`);
    const running = one.state === 'running';
    const [hold, step, release] = actions.children;
    hold.disabled = !running || one.held;
    step.disabled = release.disabled = !running || !one.gated;
    const said = shortened(lately(one));
    if (text.textContent !== said) {
      const followed = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
      text.textContent = said;
      if (followed) text.scrollTop = text.scrollHeight;
    }
    const last = one.rows.at(-1);
    write(times, last
      ? `frame ${last.seq} left ${ms(last.written_ns - one.started_ns)} after the request, ${ms(last.written_ns - last.due_ns)} after it was due`
      : 'no frame has left yet');
  },
};

const fault = (one) => (one.placed ? `${one.fault} at ${one.at}: ${one.violation}`
  : `${one.fault} at ${one.at}: the answer has no such place`);

export const journal = {
  refresh: true,
  load: async () => (await call(`/streams?limit=${MOST_LISTED}`)).streams
    .sort((one, other) => other.started_ns - one.started_ns),
  key: (one) => one.id,
  ...rowOf(false),
  detail: (id) => call(stream(id, '?frames=0')),
  settled: (one) => one.state !== 'running',
  // An id may come again after a reset; marks come also when all is over.
  version: (one) => JSON.stringify([one.started_ns, one.state, one.marks]),
  make_detail: () => [],
  rebuild: (one) => [
    node('h2', { text: shortened(one.last_user || one.id, 200) }),
    facts([
      ['status', one.status],
      ['state', one.closed ?? words(one.state)],
      ['endpoint', one.endpoint],
      ['model', one.model],
      ['scenario', one.scenario || 'none'],
      ['why', one.why],
      ['profile', one.profile],
      ['seed', one.seed],
      ['session', one.session || 'none'],
      ['frames', one.sent],
      ...one.ignored.map((name) => ['ignored', name]),
      ...one.faults.map((each) => ['fault', fault(each)]),
      ...one.marks.map((mark) => ['mark', `${mark.name}, ${ms(mark.at_ns - one.started_ns)} after the request`]),
    ]),
    heading('Scripted text'), node('pre', { tabindex: '0', text: one.text }),
    heading('Request'), node('pre', { tabindex: '0', text: one.body }),
    heading('Headers, less the secret ones'),
    node('pre', { tabindex: '0', text: Object.entries(one.headers).map((pair) => pair.join(': ')).join('\n') }),
  ],
};

export const scenarios = {
  refresh: false,
  load: async () => {
    const { scenarios: rows, errors } = await call('/scenarios');
    const wrong = errors.slice(0, MOST_LISTED).map((text, at) => ({ name: `error ${at + 1}`, description: text, wrong: true }));
    return [...wrong, ...rows.slice(0, MOST_LISTED)];
  },
  key: (one) => one.name,
  make: (one, choose) => row(() => one.wrong || choose(one.name), 'title', 'about', 'quiet'),
  update: (made, one) => {
    const [title, about, source] = made.firstChild.children;
    write(title, one.name, one.wrong ? 'title wrong' : 'title');
    write(about, one.description || '');
    write(source, one.source || '');
  },
  settled: () => false,
  version: () => undefined,
  detail: (name) => call(`/scenarios/${encodeURIComponent(name)}`),
  make_detail: () => [],
  rebuild: (one) => [
    node('h2', { text: one.name }),
    node('p', { text: one.description || '' }),
    node('p', { class: 'quiet', text: one.kept ?? one.source }),
    node('pre', { tabindex: '0', text: one.text }),
  ],
};
