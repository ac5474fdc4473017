// The gates tab: streams on the left, the chosen one's ledger on the right, three times a second
// while somebody looks.

const LOOK_MS = 300;
const STATES = { running: "running", finished: "finished", client_closed: "client gone", cut: "cut by the mock", refused: "refused" };
const CLIENTS = {
  connecting: "connecting",
  connected: "connected, listening",
  completed: "got the whole answer",
  stopped: "got the end of a stopped answer",
  failed: "was told that the answer failed",
  refused: "was refused",
  lost: "lost the stream without an end",
  "hung up": "hung up",
};
const [list, rows] = [named("list"), named("rows")];

let chosen = null; // a stream's id; none follows this page's own
let drawnList = "";
let drawnRows = "";
let latest = null;

named("contract").append(...props.contracts.map((one) => made("option", one.named, undefined, { value: one.key })));

function condition(one) {
  if (one.state !== "running") return [STATES[one.state] || one.state, one.state === "finished" ? "" : "wrong"];
  if (one.held) return ["held", "warn"];
  if (one.unread) return ["not read", "wrong"];
  return ["running", "right"];
}

function drawList(told) {
  const live = told.streams.filter((one) => one.state === "running");
  const held = live.filter((one) => one.held).length;
  named("count").textContent = live.length ? `${live.length} live${held ? `, ${held} held` : ""}` : "none live";
  const shape = JSON.stringify([chosen, told.own, told.streams.map((one) => [one.id, one.state, one.held, one.unread, one.chunks_sent])]);
  if (shape === drawnList) return;
  drawnList = shape;
  const focused = document.activeElement && document.activeElement.dataset.id;
  const found = [...live, ...told.streams.filter((one) => one.state !== "running").slice(0, 8)];
  const items = found.map((one) => {
    const row = made("li");
    const button = row.appendChild(made("button", undefined, "tt-item", { type: "button", "data-id": one.id }));
    const [words, tone] = condition(one);
    button.append(made("strong", one.id), made("em", words, "tt-chip"));
    button.lastChild.dataset.tone = tone;
    if (one.own) button.append(made("em", "this page’s", "tt-chip"));
    button.append(made("span", `${one.scenario}, ${one.chunks_sent} of ${one.chunks} chunks`), made("span", one.asked.slice(0, 90) || "no message"));
    if (one.id === (chosen || told.own)) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => choose(one.id));
    return row;
  });
  if (!items.length) items.push(made("li", "The mock has not been asked for anything yet. Start a held answer below, or ask in Chat.", "tt-quiet"));
  list.replaceChildren(...items);
  if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function choose(id) {
  chosen = id;
  say(named("acted"));
  look();
}

function fact(name, value, tone = "") {
  const place = made("div");
  const said = made("dd", value);
  said.dataset.tone = tone;
  place.append(made("dt", name), said);
  return place;
}

function facts(stream, told) {
  const found = [];
  const gone = stream.state === "client_closed";
  const seen = gone
    ? `gone, after ${counted(stream.closed_after, "frame")}`
    : stream.state !== "running"
      ? "the answer is over"
      : stream.unread
        ? "does not read: the mock has stopped writing"
        : "takes what is written";
  found.push(fact("The mock’s client", seen, gone || stream.unread ? "wrong" : ""));
  if (stream.state === "running" && stream.rows.length) {
    const last = stream.rows[stream.rows.length - 1];
    const silent = (told.now_ns - stream.started_ns) / 1e6 - last.written_ms;
    const limit = props.patience_s;
    found.push(fact("Silence so far", `${(Math.max(0, silent) / 1000).toFixed(1)} s; this server gives up after ${limit} s`, silent > limit * 500 ? "warn" : ""));
  }
  if (told.client && stream.id === told.own) {
    const client = told.client;
    const tone = { completed: "right", connected: "", connecting: "" }[client.state] ?? "wrong";
    found.push(fact("This page’s client", `${client.named}: ${CLIENTS[client.state] || client.state}${client.code ? ` (${client.code})` : ""}`, tone));
    found.push(fact("It received", `${counted(client.events, "event")}, ${counted(client.pieces, "piece")} of text`));
  }
  named("facts").replaceChildren(...found);
  named("own").hidden = !(told.client && stream.id === told.own && !told.client.over);
}

function drawStream(told) {
  const stream = told.stream;
  named("nothing").hidden = Boolean(stream);
  named("stream").hidden = !stream;
  if (!stream) return;
  named("title").textContent = `Stream ${stream.id}`;
  const [words, tone] = condition(stream);
  say(named("state"), words, tone);
  named("asked").textContent = `${stream.scenario} on ${stream.model}: ${stream.asked}`;
  named("progress").max = Math.max(1, stream.chunks);
  named("progress").value = stream.chunks_sent;
  named("far").textContent = `${stream.chunks_sent} of ${stream.chunks} chunks out${stream.held ? `, held before chunk ${stream.chunks_sent}` : ""}`;
  const live = stream.state === "running";
  for (const name of ["one", "some", "release"]) named(name).disabled = !live || !stream.gated;
  named("hold").disabled = !live;
  facts(stream, told);
  const known = told.client && stream.id === told.own;
  const shape = JSON.stringify([stream.id, stream.sent, known && stream.rows.map((row) => row.received_ms)]);
  if (shape === drawnRows) return;
  drawnRows = shape;
  const box = element.querySelector(".tt-beside");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  rows.replaceChildren(...stream.rows.map((row) => ledgerRow(row, known)));
  if (atEnd) box.scrollTop = box.scrollHeight;
  const before = stream.sent - stream.rows.length;
  named("folded").textContent = (before > 0 ? `${counted(before, "frame")} before these. ` : "") + (known ? "" : "Whose client this is, is not known here: only this page’s own answers show what was received.");
}

function ledgerRow(row, known) {
  const drawn = made("tr");
  const text = row.text === null ? row.kind : row.text.replaceAll("\n", "⏎");
  const missing = known && row.text && row.received_ms === null;
  drawn.append(
    made("td", row.chunk ?? ""),
    made("td", text, row.text === null ? "tt-quiet" : ""),
    made("td", row.written_ms.toFixed(1)),
    made("td", row.received_ms === null ? (missing ? "not yet" : "–") : row.received_ms.toFixed(1), missing ? "tt-missing" : ""),
    made("td", row.hop_ms === null ? "–" : row.hop_ms.toFixed(1)),
  );
  return drawn;
}

let looking = false;
async function look() {
  if (looking) return;
  looking = true;
  const told = await ask("poll", { id: chosen || "" });
  looking = false;
  if (told.problem) {
    drawnList = "";
    return void list.replaceChildren(made("li", told.problem, "tt-problem-line", { role: "alert" }));
  }
  latest = told;
  drawList(told);
  drawStream(told);
}

async function act(name, given = {}) {
  if (!latest || !latest.stream) return;
  const told = await ask(name, { id: latest.stream.id, ...given });
  say(named("acted"), told.problem || "", "wrong");
  await look();
}

async function start() {
  const value = (name) => Number(named(name).value);
  named("start").disabled = true;
  const told = await ask("start", { contract: named("contract").value, message: "Tell me of the sea", hold: value("at"), tokens: value("tokens"), gap: value("gap") });
  named("start").disabled = false;
  if (told.problem) return say(named("acted"), told.problem, "wrong");
  chosen = null;
  say(named("acted"));
  await look();
}

named("start").addEventListener("click", start);
named("one").addEventListener("click", () => act("step", { n: 1 }));
named("some").addEventListener("click", () => act("step", { n: Number(named("many").value) }));
named("release").addEventListener("click", () => act("release"));
named("hold").addEventListener("click", () => act("hold", named("place").value === "" ? {} : { chunk: Number(named("place").value) }));
named("stop").addEventListener("click", () => act("stop"));
named("hang-up").addEventListener("click", () => act("hang_up"));
whileShown(LOOK_MS, look);
