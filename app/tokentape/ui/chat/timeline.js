// Draws what was seen of one answer: verdict, figures, chart and rows.
// What comes is handed on by `feed.js`; rows that are not on the page any more are asked for.

const LIVE_ROWS = 40; // rows drawn while the answer comes, when each one costs the next frame
const ROWS_MAX = 400; // rows drawn when it is over, as many as one task can draw; others are a page away
const AROUND = 100; // rows before one that is looked for
const TEXT_MAX = 80; // characters of a text that a row shows
const EVERY_MS = 150; // between two drawings: rows are read, the text is watched and goes first

const part = (name) => element.querySelector(`.tt-${name}`);
const verdict = part("verdict");
const rows = part("rows");
const body = rows.querySelector("tbody");
const end = follower(rows);
const plot = chart(part("chart").querySelector("svg"));
const STATES = {
  waiting: "Waiting for the first token…",
  answering: "Streaming…",
  completed: "Judging…",
  stopped: "Judging…",
  failed: "Failed",
};

let turn = null; // whose rows are drawn
let seen = {}; // what is known of the answer beside its events
let next = 0; // the index of the next row to take
let usual = 0; // the running mean of the gaps between tokens, ms
let ruled = null; // the ruling that is drawn
let shown = "";
let figured = null;
let due = null;
let waiting = []; // rows to be drawn

function begin(of) {
  turn = of;
  seen = {};
  next = usual = 0;
  ruled = null;
  end.restart();
  clearTimeout(due);
  due = null;
  waiting = [];
  shown = "";
  figured = null;
  body.replaceChildren();
  part("count").textContent = "";
  part("hops").hidden = part("frame").hidden = part("legend").hidden = part("paging").hidden = true;
  part("save").hidden = true;
  plot.reset();
  for (const figure of part("figures").children) figure.lastElementChild.replaceChildren("–");
  rows.classList.toggle("tt-filled", Boolean(of));
  if (!of) state("idle", "No answer yet");
}

function state(tone, headline) {
  if (shown === headline) return;
  shown = headline;
  verdict.dataset.tone = tone;
  verdict.firstElementChild.textContent = headline;
  part("findings").textContent = "Order, content and ending are judged when the answer is over.";
}

const DECIMAL = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function number(ms) {
  return DECIMAL.format(ms);
}

// What a row adds to the figures, whether it is drawn or not.
function note(line) {
  const [, at, gap, , , tone, characters] = line;
  plot.add(at, characters);
  slowness(line, gap, tone);
}

function slowness(line, gap, tone) {
  if (tone !== "text" || gap === null) return;
  line.slow = usual > 0 && gap > Math.max(100, 5 * usual);
  if (!line.slow) usual = usual ? usual * 0.95 + gap * 0.05 : gap;
}

function row(line) {
  const [index, at, gap, name, text, tone] = line;
  const drawn = made("tr", undefined, `tt-${tone}`);
  drawn.dataset.index = index;
  const waited = made("td", gap === null ? "" : `+${number(gap)}`, line.slow ? "tt-slow" : "");
  drawn.append(made("td", number(at)), waited, made("td", name));
  const cell = drawn.appendChild(made("td"));
  cell.append(made("span", shortened(text).replaceAll("\n", "⏎"), "tt-piece"));
  return drawn;
}

const shortened = (text) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text);

function take({ turn: of, begins, told, snapshot }) {
  if (begins) return begin(of);
  if (snapshot) {
    waiting = [];
    Object.assign(seen, snapshot.meta);
    plot.before(snapshot.curve);
    const drawn = snapshot.rows.filter(([index]) => index >= next);
    if (drawn.length && drawn[0][0] > next) body.replaceChildren();
    body.append(...drawn.map(row));
    next = snapshot.rows.length ? snapshot.rows.at(-1)[0] + 1 : next;
    trim();
  } else {
    for (const one of told) {
      if (!Array.isArray(one)) Object.assign(seen, one);
      else if (one[0] >= next) {
        waiting.push(one);
        next = one[0] + 1;
      }
    }
    if (waiting.length && !due) due = setTimeout(drawRows, EVERY_MS);
  }
  if (seen.figures?.length) figures(seen.figures);
  if (!seen.ruling) return state(seen.state === "failed" ? "wrong" : "live", STATES[seen.state]);
  if (!ruled) conclude();
}

// The answer is over and judged.
function conclude() {
  drawRows();
  if (seen.plan.length) {
    plot.plan(seen.plan);
    part("legend").hidden = false;
  }
  if (seen.hops.length) hops(seen.hops);
  const root = (window.gradio_config?.root ?? "").replace(/\/+$/, "");
  part("save").href = `${root}/timelines/${encodeURIComponent(turn)}.jsonl`;
  part("save").hidden = next === 0;
  rows.classList.toggle("tt-filled", next > 0);
  rule(seen.ruling);
  unfold();
}

function drawRows() {
  clearTimeout(due);
  due = null;
  if (!waiting.length) return;
  const fresh = waiting;
  waiting = [];
  fresh.forEach(note);
  body.append(...fresh.slice(-LIVE_ROWS).map(row));
  trim();
}

function trim() {
  // Who scrolled back to read keeps what is there to read, within the bound.
  const most = end.following ? LIVE_ROWS : ROWS_MAX;
  while (body.rows.length > most) body.rows[0].remove();
  count();
  plot.soon();
  end.toEnd();
}

const firstDrawn = () => (body.rows.length ? Number(body.rows[0].dataset.index) : 0);
const lastDrawn = () => (body.rows.length ? Number(body.rows[body.rows.length - 1].dataset.index) : -1);

// The newest rows, or those around what the ruling points at, once no more come.
async function unfold() {
  const breach = ruled?.breaches[0];
  if (breach) await point(breach.row);
  else if (next > body.rows.length) await page(Math.max(0, next - ROWS_MAX));
}

// Draws the rows from an index on, instead of those that are drawn.
async function page(from) {
  const of = turn;
  const found = await server.rows([of, from, ROWS_MAX]).catch(() => null); // nothing, of a server that is gone
  if (of !== turn || !found?.length) return;
  usual = 0;
  for (const line of found) slowness(line, line[2], line[5]);
  body.replaceChildren(...found.map(row));
  for (const breach of ruled?.breaches ?? []) placeOf(breach.row)?.classList.add("tt-broken");
  count();
  if (from + found.length >= next) end.toEnd();
}

function count() {
  const drawn = body.rows.length;
  const events = `${next.toLocaleString("en")} ${next === 1 ? "event" : "events"}`;
  const folded = next - drawn;
  part("count").textContent =
    folded <= 0 ? events
    : ruled ? `${(firstDrawn() + 1).toLocaleString("en")} to ${(lastDrawn() + 1).toLocaleString("en")} of ${events}`
    : `${events}, ${folded.toLocaleString("en")} folded`;
  part("paging").hidden = !ruled || folded <= 0;
  part("paging").firstElementChild.disabled = firstDrawn() === 0;
  part("paging").lastElementChild.disabled = lastDrawn() + 1 >= next;
}

function figures(found) {
  if (found === figured) return;
  figured = found;
  part("figures").replaceChildren(
    ...found.map((figure) => {
      const box = made("div");
      box.title = figure.meaning;
      const value = made("dd", figure.value);
      if (figure.value !== "–") value.append(made("span", ` ${figure.unit}`));
      box.append(made("dt", figure.name), value);
      return box;
    }),
  );
}

// How late the text was on the screen, by each part of its way.
function hops(found) {
  part("hops").hidden = !found.length;
  part("hops").replaceChildren(
    ...found.map((hop) => {
      const box = made("div");
      box.title = `${hop.meaning}; half of the pieces took no longer than ${number(hop.p50)} ms, 99 in 100 no longer than ${number(hop.p99)} ms`;
      const value = made("dd", `${number(hop.p50)} / ${number(hop.p99)}`);
      value.append(made("span", " ms"));
      box.append(made("dt", hop.name), value);
      return box;
    }),
  );
}

function rule(ruling) {
  ruled = ruling;
  state(ruling.tone, ruling.headline);
  const findings = part("findings");
  findings.replaceChildren();
  const checks = made("ul", undefined, "tt-checks");
  for (const check of ruling.checks) {
    const line = checks.appendChild(made("li"));
    line.dataset.tone = check.tone;
    line.append(made("strong", check.name), made("span", check.finding));
  }
  findings.append(checks);
  if (ruling.breaches.length) {
    const breaches = findings.appendChild(made("ol", undefined, "tt-breaches"));
    breaches.append(...ruling.breaches.map(breachLine));
    if (ruling.folded) findings.append(made("p", `and ${ruling.folded} more`));
    end.leave();
  }
  count();
  end.toEnd();
}

function breachLine(breach) {
  const line = made("li");
  const button = line.appendChild(made("button", breach.rule, "tt-rule"));
  button.type = "button";
  button.title = "Show the event";
  button.addEventListener("click", () => point(breach.row, true));
  line.append(` ${breach.finding}`);
  placeOf(breach.row)?.classList.add("tt-broken");
  return line;
}

const placeOf = (index) => body.querySelector(`tr[data-index="${index}"]`);

// Scrolls the rows alone: the page stays where the reader has it.
async function point(index, marked = false) {
  if (!placeOf(index) && index < next) await page(Math.max(0, index - AROUND));
  const found = placeOf(index) || body.lastElementChild;
  if (!found) return;
  end.leave();
  rows.scrollTop = found.offsetTop - rows.clientHeight / 2;
  if (!marked) return;
  found.classList.add("tt-pointed");
  setTimeout(() => found.classList.remove("tt-pointed"), 1600);
  frame(index);
}

// One event as it came.
async function frame(index) {
  const of = turn;
  const found = await server.frame([of, index]).catch(() => null);
  if (of !== turn || !found) return;
  const { event, payload, ...rest } = found;
  const head = [`Event ${index}`, event, `${number(rest.offset_ms)} ms`, rest.seq === null ? "" : `seq ${rest.seq}`, `read ${rest.read}`];
  part("frame-head").firstElementChild.textContent = head.filter(Boolean).join(" · ");
  const raw = rest.kind === null && typeof payload?.raw === "string" ? payload.raw : JSON.stringify(payload, null, 2);
  part("frame").querySelector("pre").textContent = raw;
  part("frame").hidden = false;
  for (const one of body.querySelectorAll('[aria-selected="true"]')) one.removeAttribute("aria-selected");
  placeOf(index)?.setAttribute("aria-selected", "true");
}

body.addEventListener("click", (event) => {
  const found = event.target.closest("tr");
  if (found) frame(Number(found.dataset.index));
});
// By keyboard: the arrows go from frame to frame.
rows.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp" && event.key !== "Enter") return;
  const now = body.querySelector('[aria-selected="true"]');
  if (event.key !== "Enter" && !now) return;
  event.preventDefault();
  const to = !now ? body.rows[0] : event.key === "ArrowDown" ? now.nextElementSibling : event.key === "ArrowUp" ? now.previousElementSibling : now;
  if (!to) return;
  end.leave();
  to.scrollIntoView({ block: "nearest" });
  frame(Number(to.dataset.index));
});
function closeFrame() {
  part("frame").hidden = true;
  rows.focus();
}
part("frame").querySelector("button").addEventListener("click", closeFrame);
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !part("frame").hidden) closeFrame();
});
part("paging").addEventListener("click", (event) => {
  const to = event.target.dataset.to;
  if (!to) return;
  end.leave();
  page(to === "earlier" ? Math.max(0, firstDrawn() - ROWS_MAX) : Math.min(lastDrawn() + 1, Math.max(0, next - ROWS_MAX)));
});
document.addEventListener("tokentape:hops", (event) => {
  if (event.detail.turn === turn) hops(event.detail.hops);
});

// What is judged takes room from the rows; the newest stay in sight.
new ResizeObserver(() => end.toEnd()).observe(rows);

document.addEventListener(`tokentape:feed:${props.pane}`, (event) => take(event.detail));
