// Draws the conversation: one article a speaker, the newest answer growing as it comes.
// What comes is handed on by `feed.js`.

const TURNS_MAX = 50; // older turns leave the page; the browser keeps as many
const TELL_MS = 250; // between two words to the server of how far the drawing is
const PAINTINGS_MAX = 10_000;
const CLOCKS = 7; // looks at the server's clock, of which the quickest counts
const GONE = ["NOT_KEPT", "NO_RUN", "UNREACHABLE"]; // then what the browser kept is all there is
const ENDINGS = { stopped: "Stopped", failed: "Incomplete" };

const log = element.querySelector(".tt-log");
const turns = log.querySelector(".tt-turns");
const end = follower(log);
const history = element.querySelector(".tt-history");

let told = 0;
let value = {}; // what is known of the newest turn beside its text
let current = null; // { turn, record, article, body, writer, drawn, state, fetching, paintings }

function speaker(name, className) {
  const article = made("article", undefined, `tt-said ${className}`);
  article.setAttribute("aria-label", name);
  article.append(made("p", name, "tt-speaker"));
  return article;
}

function named(text, label, className, act) {
  const button = made("button", text, className);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => act(button));
  return button;
}

// The question, and an answer to be written; in the place of what was drawn of it before.
function asked(record) {
  const old = [...turns.querySelectorAll(".tt-answer")].find((one) => one.dataset.turn === record.turn);
  const question = speaker("You", "tt-question");
  question.append(made("div", record.how.message, "tt-body"));
  question.firstChild.append(named("Edit", "Edit and ask again", "tt-small", () => edit(record.how)));
  const article = speaker("Assistant", "tt-answer");
  article.dataset.turn = record.turn;
  if (record.run) article.dataset.run = record.run;
  article.firstChild.append(made("span", record.about, "tt-about"));
  const body = article.appendChild(made("div", undefined, "tt-body"));
  if (old) {
    old.previousElementSibling.replaceWith(question);
    old.replaceWith(article);
  } else turns.append(question, article);
  while (turns.children.length > 2 * TURNS_MAX) turns.firstChild.remove();
  log.classList.add("tt-talking");
  return { turn: record.turn, record, article, body, writer: markdownWriter(body, () => end.toEnd()), answer: "", drawn: 0, seen: null, state: "", paintings: [] };
}

function begin(value) {
  const before = kept.turns.find((one) => one.turn === value.turn);
  current = asked({ turn: value.turn, how: value.how, about: value.about });
  current.replayed = !value.kept;
  current.joined = Boolean(before);
  current.before = before && !running(before) ? before : null; // it was over, and is looked at again
  current.article.setAttribute("aria-busy", "true");
  current.body.answer = ""; // the answer as it came, for whoever inspects the page
  if (!current.before) keep(value);
  const field = document.querySelector("#message textarea");
  // What is joined again was sent before; what is written since may not be back in its field yet.
  if (!current.joined) stored.noteInTab(DRAFT, field?.value ?? "");
  end.restart();
}

// What the browser keeps of a turn; its text once it is whole, so that nothing is written per chunk.
function keep(value, text) {
  if (current.replayed) {
    current.record = value;
    return;
  }
  const { turn, how, dialect, retells, about, run, conversation, state, problem } = value;
  if (run) current.article.dataset.run = run;
  current.record = { turn, how, dialect, retells, about, run, conversation, state, problem };
  if (text !== undefined && text.length <= TEXT_KEPT) current.record.text = text;
  kept.note(current.record);
  drawHistory();
}

function mark(value) {
  current.state = value.state;
  current.article.dataset.state = value.state;
  if (running(value)) return;
  if (current.before && GONE.includes(value.problem?.code)) return reshow(current.before);
  close(value);
  if (!current.before) keep(value, current.answer);
  measure(current);
}

function close(value) {
  const { article, writer } = current;
  writer.close(() => article.setAttribute("aria-busy", "false"));
  current.article.append(ending(value, current));
}

function ending(value, of) {
  const foot = made("div", undefined, "tt-foot");
  if (value.problem) foot.append(complaint(value.problem));
  else if (ENDINGS[value.state]) foot.append(made("span", ENDINGS[value.state], "tt-ending"));
  if (!of.replayed) foot.append(named("Timeline", "Show its timeline", "tt-copy", () => look(value)));
  if (of.answer) foot.append(named("Copy", "Copy the answer", "tt-copy", (button) => copy(of.answer, button)));
  return foot;
}

function complaint(problem) {
  const box = made("div", undefined, "tt-problem");
  box.setAttribute("role", "alert");
  const happened = box.appendChild(made("p"));
  happened.append(made("strong", problem.happened), " ", made("code", problem.code));
  box.append(made("p", problem.advice));
  return box;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed here";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

// Writes a question into the composer, to be changed and sent as the conversation's next.
function edit(how) {
  const field = document.querySelector("#message textarea");
  if (!field) return;
  write(field, how.message);
  field.focus();
}

// As a person's typing: Gradio listens to that.
function write(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function take({ look, begins, told, snapshot }) {
  if (begins) {
    value = { look };
    current = null;
  } else if (snapshot) {
    learn(snapshot.meta);
    // Where this page has less than the snapshot goes on from, it was drawn anew meanwhile.
    if (snapshot.from <= current.drawn) add(snapshot.text.slice(current.drawn - snapshot.from));
    settle();
  } else {
    let text = "";
    for (const one of told) {
      if (Array.isArray(one)) text += one[7] ?? (one[5] === "text" ? one[4] : "");
      else {
        if (text && current) add(text);
        text = "";
        learn(one);
      }
    }
    if (text && current) add(text);
    settle();
  }
}

function learn(meta) {
  Object.assign(value, meta);
  if (!current || current.turn !== value.turn) begin(value);
  else if (value.run && !current.before && !current.record.run) keep(value);
}

function settle() {
  // What was there when the page came was not seen coming.
  if (current) current.seen ??= current.joined ? current.drawn : 0;
  if (current && value.state !== current.state) mark(value);
  end.toEnd();
}

function add(text) {
  if (!text) return;
  const of = current;
  of.writer.write(text);
  of.answer += text;
  of.drawn += text.length;
  of.body.answer = of.answer;
  if (of.paintings.length < PAINTINGS_MAX) painted(of, of.drawn);
  tell();
}

// Counts as painted in the task after the frame that shows it.
function painted(of, characters) {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      of.paintings.push([characters, performance.now()]);
      port1.close();
    };
    port2.postMessage(null);
  });
}

// By this the server knows a page that does not keep up, and sends it larger frames less often.
function tell() {
  if (performance.now() - told < TELL_MS) return;
  told = performance.now();
  server.drawn([value.look, current.drawn]).catch(() => {});
}

// Tells the server when the screen had what, on the server's clock; it answers with the hops.
async function measure(of) {
  try {
    let quickest = null;
    for (let look = 0; look < CLOCKS; look += 1) {
      const before = performance.now();
      const there = await server.clock(null);
      const after = performance.now();
      if (!quickest || after - before < quickest.took) quickest = { took: after - before, ahead: there - (before + after) / 2 };
    }
    const paintings = of.paintings.map(([characters, at]) => [characters, at + quickest.ahead]);
    of.paintings = [];
    const hops = await server.painted([of.turn, of.seen ?? 0, paintings]);
    document.dispatchEvent(new CustomEvent("tokentape:hops", { detail: { turn: of.turn, hops } }));
  } catch {
    // the figures are left out
  }
}

// The timeline of an answer that is over, once more.
function look(record) {
  kept.looked = record;
  trigger("join", {});
}

// The conversation as this browser kept it; an answer that is still coming is joined.
function show() {
  clear();
  for (const record of kept.turns) {
    if (running(record)) asked(record).article.setAttribute("aria-busy", "true");
    else reshow(record);
  }
  end.restart();
  if (kept.turns.length) end.toEnd(); // what an empty page says is read from its beginning
  drawHistory();
}

function reshow(record) {
  const drawn = (current = asked(record));
  if (record.text === undefined && record.state === "completed") later(drawn);
  else drawn.writer.write((drawn.answer = record.text ?? ""));
  drawn.body.answer = drawn.answer;
  drawn.state = record.state;
  drawn.article.dataset.state = record.state;
  close(record);
  current = null;
}

// A text that was too long to be kept is asked for.
async function later(of) {
  const found = await server.whole(of.turn).catch(() => null);
  if (typeof found !== "string") {
    of.body.textContent = "This answer was too long for the browser to keep, and the server has let it go.";
    return;
  }
  const writer = markdownWriter(of.body, () => end.toEnd());
  writer.write(found);
  writer.close();
  of.body.answer = of.answer = found;
}

function clear() {
  turns.replaceChildren();
  current = null;
  log.classList.remove("tt-talking");
}

function drawHistory() {
  const list = history.querySelector(".tt-history-list");
  const all = keptAll();
  element.querySelector(".tt-title").textContent = all.find((one) => one.id === kept.id)?.title ?? "";
  list.replaceChildren(
    ...all.map((one) => {
      const line = made("div", undefined, "tt-history-line");
      line.setAttribute("role", "listitem");
      const opener = named(one.title, one.title, "tt-open", () => open(one.id));
      if (one.id === kept.id) opener.setAttribute("aria-current", "true");
      opener.append(made("small", new Date(one.at).toLocaleString()));
      line.append(opener, named("×", `Forget ${one.title}`, "tt-small", () => forget(one.id)));
      return line;
    }),
  );
  if (!all.length) list.append(made("p", "Nothing was said yet in this browser.", "tt-none"));
}

function open(id) {
  history.open = false;
  kept.open(id);
  show();
  trigger("join", {});
}

function forget(id) {
  const shown = id === kept.id;
  kept.forget(id);
  if (shown) {
    clear();
    trigger("join", {});
  }
  drawHistory();
}

element.querySelector(".tt-new").addEventListener("click", () => {
  kept.begin();
  clear();
  drawHistory();
  trigger("join", {});
  document.querySelector("#message textarea")?.focus();
});

log.addEventListener("click", (event) => {
  const example = event.target.closest(".tt-example");
  if (example) trigger("select", { index: Number(example.dataset.index) });
});

document.addEventListener("click", (event) => {
  if (!event.composedPath().includes(history)) history.open = false;
});
history.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  history.open = false;
  history.querySelector("summary").focus();
});
addEventListener("storage", (event) => event.key === INDEX && drawHistory());

// What is written and not yet sent outlives a reload as well.
let written = false; // in this page: what an earlier one kept is out of date then
document.addEventListener("input", (event) => {
  if (!event.target.closest?.("#message")) return;
  written = true;
  stored.noteInTab(DRAFT, event.target.value);
});
function restoreDraft() {
  const draft = stored.inTab(DRAFT);
  const field = document.querySelector("#message textarea");
  if (draft && field && !field.value && !written) write(field, draft);
}

window.tokentape = Object.assign(window.tokentape ?? {}, {
  talk: kept.talk,
  clear: () => {
    if (kept.id) kept.forget(kept.id);
    else kept.begin();
    clear();
    drawHistory();
  },
  running: () => kept.turns.some(running),
});

document.addEventListener(`tokentape:feed:${props.pane}`, (event) => take(event.detail));
kept.restore();
show();
setTimeout(function ready() {
  const field = document.querySelector("#message textarea");
  if (!field) return setTimeout(ready, 100); // a slow machine draws it later
  restoreDraft();
  // Ready to be written to, but where that would open a phone's keyboard over the page.
  if (matchMedia("(min-width: 760px) and (hover: hover)").matches && document.activeElement === document.body) field.focus({ preventScroll: true });
}, 300);
