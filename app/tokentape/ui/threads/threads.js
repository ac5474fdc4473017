// The threads tab: a client of /chat like any other, signed in as whoever the form says.

const ROOT = new URL("../chat/", new URL(location.pathname.replace(/\/?$/, "/"), location.origin));
const MARK = { completed: "", running: "still running", failed: "failed", stopped: "stopped", complete: "" };
const [who, fresh, saying, bring] = ["who", "new", "say", "bring"].map(named);
const [list, talk] = [named("list"), named("talk")];

let token = "";
let workflows = [];
let threads = [];
let cursor = null;
let open = null; // the thread that is looked at
let run = null; // { thread, id } of the answer that is coming

class Refusal extends Error {}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(new URL(path, ROOT), {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new Refusal("The server does not answer. Is it still running?");
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => null);
  throw new Refusal(told?.error ? `${told.error.message} (${told.error.code})` : `The server answers ${answer.status}.`);
}

const json = async (...asked) => (await call(...asked)).json();

// Does it, and says what is in the way.
async function attempt(act, place = named("problem")) {
  say(place);
  try {
    return await act();
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    say(place, fault.message, "wrong");
    return undefined;
  }
}

async function signIn(event) {
  event?.preventDefault();
  const given = Object.fromEntries(new FormData(who));
  const own = given.own.trim();
  const told = own ? { token: own } : await ask("token", given);
  if (told.problem) return say(named("problem"), told.problem, "wrong");
  token = told.token;
  open = null;
  draw();
  await attempt(async () => {
    ({ workflows } = await json("GET", "workflows"));
    const chosen = fresh.elements.workflow.value;
    fresh.elements.workflow.replaceChildren(
      made("option", "none: a plain thread", undefined, { value: "" }),
      ...workflows.map((one) => made("option", `${one.title} (${counted(one.steps.length, "step")})`, undefined, { value: one.name })),
    );
    fresh.elements.workflow.value = chosen;
    await look();
    await shelve();
    const clearance = own ? "" : `, ${given.clearance || "public"}${given.org ? ` at ${given.org}` : ", no organisation"}`;
    say(named("signed"), own ? "signed in with a token of your own" : `signed in: ${given.user}${clearance}`);
  });
}

async function look(older = false) {
  const page = await json("GET", `threads?limit=20${older && cursor ? `&cursor=${cursor}` : ""}`);
  threads = older ? [...threads, ...page.threads] : page.threads;
  cursor = page.nextCursor;
  draw();
}

function draw() {
  named("count").textContent = threads.length ? counted(threads.length, "thread") : "";
  named("older").hidden = !cursor;
  const items = threads.map((one) => {
    const row = made("li");
    const button = row.appendChild(made("button", undefined, "tt-item", { type: "button" }));
    button.append(made("strong", one.title), made("span", one.workflow ? `${one.workflow}, ${one.state.status === "completed" ? "completed" : one.state.step || "not begun"}` : "no workflow"));
    if (open?.id === one.id) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => attempt(() => show(one)));
    return row;
  });
  list.replaceChildren(...(items.length ? items : [made("li", token ? "No threads yet." : "Sign in to see them.", "tt-quiet")]));
  named("nothing").hidden = Boolean(open);
  named("open").hidden = !open;
  if (!open) return;
  named("title").textContent = open.title;
  drawSteps();
  const running = Boolean(run);
  named("send").disabled = running;
  named("stop").disabled = !running || run.thread !== open.id;
}

function drawSteps(entered) {
  const flow = workflows.find((one) => one.name === open.workflow);
  named("steps").hidden = !flow;
  if (!flow) return;
  const at = entered || open.state.step;
  const current = flow.steps.findIndex((one) => one.name === at);
  named("steps").replaceChildren(
    ...flow.steps.map((step, place) => {
      const state = open.state.status === "completed" || place < current ? "completed" : place === current ? "entered" : "due";
      const item = made("li", step.name, "tt-step", { "data-state": state });
      if (state === "entered") item.setAttribute("aria-current", "step");
      item.title = [step.collect && `collects ${step.collect}`, step.maxSentences && `at most ${counted(step.maxSentences, "sentence")}`, open.state.collected[step.collect]].filter(Boolean).join("; ");
      return item;
    }),
  );
}

async function show(thread) {
  const [{ thread: one }, { messages }] = await Promise.all([json("GET", `threads/${thread.id}`), json("GET", `threads/${thread.id}/messages?limit=200`)]);
  open = one;
  threads = threads.map((each) => (each.id === one.id ? one : each));
  talk.replaceChildren();
  named("closing").hidden = true;
  say(named("ending"));
  for (const message of messages) write(message.role, message.content, MARK[message.status]);
  if (!messages.length) talk.append(made("p", "Nothing has been said yet.", "tt-quiet"));
  draw();
}

function write(role, content, mark = "") {
  talk.querySelector(":scope > .tt-quiet")?.remove();
  const message = made("article", undefined, "tt-message", { "data-role": role, "aria-label": role === "user" ? "You" : "Assistant" });
  const head = made("p", role === "user" ? "You" : "Assistant");
  if (mark) head.append(made("span", mark, "tt-quiet"));
  const text = made("p", content);
  message.append(head, text);
  const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 60;
  talk.append(message);
  if (atEnd || role === "user") talk.scrollTop = talk.scrollHeight;
  const busy = (coming) => message.setAttribute("aria-busy", String(coming)); // read out when it is whole
  return { text, busy, mark: (words) => head.append(made("span", words, "tt-quiet")) };
}

// Frames of a body, whatever the reads it comes in.
async function* frames(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) yield JSON.parse(line.slice(6));
  }
}

async function send(event) {
  event?.preventDefault();
  const field = saying.elements.content;
  const content = field.value;
  if (!content.trim() || run || !open) return;
  const thread = open.id;
  const here = () => open?.id === thread;
  run = { thread, id: null };
  let answer = null;
  let ended = false;
  say(named("ending"));
  named("closing").hidden = true;
  draw();
  await attempt(async () => {
    const response = await call("POST", `threads/${thread}/messages/stream`, { content });
    field.value = "";
    try {
      for await (const { type, data, runId } of frames(response.body)) {
        run.id = runId;
        if (type === "done") ended = true;
        if (!here()) continue;
        if (type === "message_saved") write("user", data.message.content);
        if (type === "workflow_status" && data.status === "entered") drawSteps(data.step);
        if (type === "ai_response") {
          answer ||= write("assistant", "");
          answer.busy(!data.isComplete);
          const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 60;
          if (data.content) answer.text.append(data.content);
          if (atEnd) talk.scrollTop = talk.scrollHeight;
          if (data.isComplete) await retrieved(data.sources || []);
        }
        if (type === "workflow_complete") {
          named("closing").textContent = data.message;
          named("closing").hidden = false;
        }
        if (type === "error") throw new Refusal(`${data.error} (${data.code})`);
        if (type === "done") say(named("ending"), data.stopped ? "stopped" : data.finishReason === "max_sentences" ? "ended after so many sentences (max_sentences)" : `finished: ${data.finishReason}`);
      }
    } catch (fault) {
      if (fault instanceof Refusal) {
        answer?.mark("failed");
        throw fault;
      }
    }
    if (!ended) throw new Refusal("The connection was lost before the answer’s end; open the thread again to see what came.");
  });
  answer?.busy(false);
  run = null;
  // Where the workflow is now; a thread that is gone by now is told by the answer's end.
  const told = await json("GET", `threads/${thread}`).catch(() => null);
  if (told) threads = threads.map((one) => (one.id === thread ? told.thread : one));
  if (told && here()) open = told.thread;
  draw();
  if (here()) field.focus();
}

async function retrieved(sources) {
  const items = await Promise.all(
    sources.map(async ({ documentId, passage }) => {
      const found = await json("GET", `documents/${documentId}`).catch(() => null);
      const item = made("li");
      item.append(made("strong", found ? found.document.title : "a document that is gone"), made("span", ` passage ${passage + 1}${found ? ` of ${found.document.passages}, ${found.document.level}` : ""}`, "tt-quiet"));
      return item;
    }),
  );
  named("sources").replaceChildren(...(items.length ? items : [made("li", "No passage joined the latest prompt.", "tt-quiet")]));
}

async function shelve() {
  const { documents, nextCursor } = await json("GET", "documents?limit=50");
  named("may").textContent = documents.length ? `${documents.length}${nextCursor ? "+" : ""} readable` : "";
  const items = documents.map((one) => {
    const item = made("li");
    const gone = made("button", "Delete", "tt-link", { type: "button", "aria-label": `Delete ${one.title}` });
    gone.addEventListener("click", () => attempt(async () => {
      await call("DELETE", `documents/${one.id}`);
      await shelve();
    }));
    item.append(made("strong", one.title), made("em", one.level, "tt-chip"), gone, made("div", `${counted(one.passages, "passage")}, ${counted(one.characters, "character")}`, "tt-quiet"));
    return item;
  });
  named("documents").replaceChildren(...(items.length ? items : [made("li", "None that this user may read.", "tt-quiet")]));
}

who.addEventListener("submit", signIn);
saying.addEventListener("submit", send);
saying.elements.content.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
});
fresh.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const { title, workflow } = Object.fromEntries(new FormData(fresh));
    const { thread } = await json("POST", "threads", workflow ? { title, workflow } : { title });
    await look();
    await show(thread);
    saying.elements.content.focus();
  });
});
bring.addEventListener("submit", (event) => {
  event.preventDefault();
  const place = named("brought");
  named("carry").disabled = true;
  say(place, "Embedding…");
  attempt(async () => {
    const { document: one } = await json("POST", "documents", Object.fromEntries(new FormData(bring)));
    bring.reset();
    await shelve();
    say(place, `Kept as ${counted(one.passages, "passage")}.`, "right");
  }, place).finally(() => (named("carry").disabled = false));
});
named("older").addEventListener("click", () => attempt(() => look(true)));
named("stop").addEventListener("click", () => run?.id && attempt(() => call("POST", `threads/${run.thread}/runs/${run.id}/stop`)));
named("rename").addEventListener("click", () => attempt(async () => {
  const title = prompt("The thread’s new title", open.title);
  if (title === null || title === open.title) return;
  ({ thread: open } = await json("PATCH", `threads/${open.id}`, { title }));
  threads = threads.map((one) => (one.id === open.id ? open : one));
  draw();
}));
named("remove").addEventListener("click", () => attempt(async () => {
  if (!confirm(`Delete “${open.title}” with all its messages?`)) return;
  await call("DELETE", `threads/${open.id}`);
  open = null;
  await look();
}));
draw();
