// Which view is open, which row is chosen, and when to look again.
import { call, Refused, stream, useToken } from './admin_api.js';
import { list, write } from './nodes.js';
import * as views from './views.js';

const EVERY_MS = 500;
const AFTER_FAILURE_MS = 2_000;
const NAMES = ['streams', 'journal', 'scenarios'];
const at = (id) => document.getElementById(id);
const chosen = {}; // the key of each view's chosen row
let open = NAMES.includes(location.hash.slice(1)) ? location.hash.slice(1) : 'streams';
let timer;
let round = 0;
let notice = ''; // why the last action did nothing: until something else is done

at('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  useToken(at('token').value);
  at('token').value = '';
  look();
});
for (const base of document.querySelectorAll('.base')) base.textContent = `${location.origin}/v1`;

function choose(name, key) {
  notice = '';
  chosen[name] = key;
  look();
}

async function act(path) {
  notice = '';
  const id = chosen.streams;
  try {
    await call(stream(id, path), 'POST');
  } catch (error) {
    if (open === 'streams' && chosen.streams === id) notice = error.message;
  }
  look();
}

const detailOf = (name) => at(name).querySelector('.detail');

function showRows(name, rows) {
  const view = views[name];
  const section = at(name);
  section.querySelector('.empty').hidden = rows.length > 0;
  const parent = section.querySelector('.rows');
  list(parent, rows, view.key, (one) => view.make(one, (key) => choose(name, key)), view.update);
  for (const child of parent.children) {
    child.firstChild.setAttribute('aria-current', String(child.dataset.key === chosen[name]));
  }
}

function showDetail(name, detail, version) {
  const view = views[name];
  const box = detailOf(name);
  box.key = chosen[name];
  box.settled = detail !== null && view.settled(detail) ? version : undefined;
  box.hidden = detail === null;
  if (detail === null) return;
  if (view.rebuild) {
    const text = JSON.stringify(detail);
    if (box.shown === text) return; // the reader's selection and place stay
    box.shown = text;
    box.replaceChildren(...view.rebuild(detail));
    return;
  }
  if (!box.children.length) box.append(...view.make_detail(act));
  view.update_detail([...box.children], detail);
}

async function refresh(name, mine) {
  const view = views[name];
  const rows = await view.load();
  if (chosen[name] === undefined && rows.length) {
    const first = rows.find((one) => !one.wrong);
    chosen[name] = first && view.key(first);
  }
  const box = detailOf(name);
  const row = rows.find((one) => view.key(one) === chosen[name]);
  const version = row && view.version(row);
  if (version !== undefined && box.key === chosen[name] && box.settled === version) { // nothing new
    if (mine === round) showRows(name, rows);
    return;
  }
  let detail = null;
  try {
    if (chosen[name] !== undefined) detail = await view.detail(chosen[name]);
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404)) throw error;
    chosen[name] = undefined; // it has left the journal
  }
  if (mine !== round) return;
  showRows(name, rows);
  showDetail(name, detail, version);
}

// One look at a time: a later one makes an earlier one's answer void.
async function look() {
  clearTimeout(timer);
  const mine = ++round;
  let next = EVERY_MS;
  try {
    await refresh(open, mine);
    if (mine !== round) return;
    write(at('status'), notice);
    at('sign-in').hidden = true;
  } catch (error) {
    if (mine !== round) return;
    next = AFTER_FAILURE_MS;
    at('sign-in').hidden = !(error instanceof Refused && error.status === 403);
    at('status').textContent = error instanceof Refused ? error.message : 'The mock does not answer.';
    if (!at('sign-in').hidden) return; // until there is a token
  }
  if (views[open].refresh || next === AFTER_FAILURE_MS) timer = setTimeout(look, document.hidden ? AFTER_FAILURE_MS : next);
}

function show(name, focus = false) {
  open = name;
  notice = '';
  for (const one of NAMES) {
    const tab = at(`tab-${one}`);
    tab.setAttribute('aria-selected', String(one === name));
    tab.tabIndex = one === name ? 0 : -1;
    at(one).hidden = one !== name;
    if (one === name && focus) tab.focus();
  }
  history.replaceState(null, '', `#${name}`);
  look();
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
NAMES.forEach((name, index) => {
  at(`tab-${name}`).addEventListener('click', () => show(name));
  at(`tab-${name}`).addEventListener('keydown', (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    show(NAMES[(index + STEPS[event.key] + NAMES.length) % NAMES.length], true);
  });
});
document.addEventListener('visibilitychange', () => document.hidden || look());
show(open);
