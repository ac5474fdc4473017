// What this browser keeps of conversations: questions, answers and where to find what is still
// coming. Bounded; tokens are never kept. Each tab has a current conversation, which survives a
// reload; a new tab begins with the newest.

const INDEX = "tokentape.conversations"; // [{ id, title, at }], newest first
const CURRENT = "tokentape.current"; // in this tab
const DRAFT = "tokentape.draft"; // what is written and not sent, in this tab
const CONVERSATIONS_MAX = 30;
const TURNS_KEPT = 50;
const TEXT_KEPT = 200_000; // characters of an answer; longer ones are fetched again
const RETOLD_MAX = 250_000; // characters of what was said before, as JSON, where it is sent along

const stored = {
  read(key, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  inTab(key) {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },
  noteInTab(key, value) {
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // then a reload forgets it
    }
  },
  drop(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
  },
  // Full, or forbidden, storage loses history and nothing else; old conversations make room.
  write(key, value) {
    for (let tries = 0; tries < CONVERSATIONS_MAX; tries += 1) {
      try {
        localStorage.setItem(key, JSON.stringify(value));
        return true;
      } catch {
        if (!forgetOldest()) return false;
      }
    }
    return false;
  },
};

const place = (id) => `tokentape.conversation.${id}`;

function keptAll() {
  const found = stored.read(INDEX, []);
  return Array.isArray(found) ? found.filter((one) => one && typeof one.id === "string") : [];
}

function forgetOldest() {
  const all = keptAll();
  const current = kept.id;
  const oldest = all.findLast((one) => one.id !== current);
  if (!oldest) return false;
  kept.forget(oldest.id);
  return true;
}

const kept = {
  id: null,
  turns: [],
  looked: null, // the turn whose timeline is wanted

  begin() {
    kept.id = null;
    kept.turns = [];
    stored.noteInTab(CURRENT, "");
  },

  // The conversation that this tab shows, or the newest for a tab that has shown none.
  restore() {
    const current = stored.inTab(CURRENT);
    kept.open(current ?? keptAll()[0]?.id ?? "");
  },

  open(id) {
    const turns = id ? stored.read(place(id), null) : null;
    kept.id = Array.isArray(turns) ? id : null;
    kept.turns = Array.isArray(turns) ? turns.filter((turn) => turn && turn.turn && turn.how) : [];
    stored.noteInTab(CURRENT, kept.id ?? "");
  },

  // Notes what is known of a turn: a new one joins the conversation.
  note(turn) {
    // Another tab may have gone on with it meanwhile.
    if (kept.id) kept.turns = stored.read(place(kept.id), kept.turns);
    const known = kept.turns.findIndex((one) => one.turn === turn.turn);
    if (known >= 0) kept.turns[known] = turn;
    else kept.turns.push(turn);
    kept.turns = kept.turns.slice(-TURNS_KEPT);
    kept.id ??= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    stored.noteInTab(CURRENT, kept.id);
    const rest = keptAll().filter((one) => one.id !== kept.id);
    const title = kept.turns[0].how.message.replace(/\s+/g, " ").slice(0, 80);
    stored.write(place(kept.id), kept.turns);
    stored.write(INDEX, [{ id: kept.id, title, at: Date.now() }, ...rest.slice(0, CONVERSATIONS_MAX - 1)]);
    for (const gone of rest.slice(CONVERSATIONS_MAX - 1)) stored.drop(place(gone.id));
  },

  forget(id) {
    stored.drop(place(id));
    stored.write(INDEX, keptAll().filter((one) => one.id !== id));
    if (id === kept.id) kept.begin();
  },

  // What the server is told of it: which conversations go on, what was asked last, what was left.
  talk() {
    const last = kept.turns.at(-1);
    const conversations = {};
    for (const turn of kept.turns) if (turn.conversation) conversations[turn.dialect] = turn.conversation;
    const left = kept.looked ?? (last && running(last) ? last : null);
    kept.looked = null;
    const named = left && { turn: left.turn, how: left.how, run: left.run, conversation: left.conversation };
    return JSON.stringify({ conversations, last: last?.how, left: named, earlier: kept.earlier() });
  },

  // The latest turns of protocols whose client sends what was said before.
  earlier() {
    const found = [];
    let room = RETOLD_MAX;
    for (const { turn, how, text, ...of } of kept.turns.toReversed()) {
      if (!of.retells || running(of)) continue;
      const one = { turn, how, text };
      room -= JSON.stringify(one).length;
      if (room < 0) break;
      found.unshift(one);
    }
    return found;
  },
};

const running = (turn) => turn.state === "waiting" || turn.state === "answering";
