// Draws what was seen of one answer: verdict, figures, chart and the newest rows.
// The value holds a window of rows that only grows at its end; rows drawn already are passed over.

const LIVE_ROWS = 60; // rows drawn while the answer comes, when each one costs the next frame
const ROWS_MAX = 1000; // rows drawn when it is over; older ones are folded away for good
const EVERY_MS = 100; // between two drawings: rows are read, the text is watched and goes first

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
let next = 0; // the index of the next row to take
let read = 0; // characters of the window's lines that were taken
let first = 0; // the window's first row, when it was last seen
let usual = 0; // the running mean of the gaps between tokens, ms
let ruled = false;
let shown = "";
let figured = "";
let due = null;
let waiting = []; // rows to be drawn
let kept = []; // the lines of the newest rows, to be drawn again when the answer is over

function made(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function begin(value) {
  turn = value && value.turn;
  next = read = first = usual = 0;
  ruled = false;
  end.restart();
  waiting = [];
  kept = [];
  shown = figured = "";
  body.replaceChildren();
  part("count").textContent = "";
  plot.reset();
  for (const figure of part("figures").children) figure.lastElementChild.replaceChildren("–");
  rows.classList.toggle("tt-filled", Boolean(value));
  if (!value) state("idle", "No answer yet");
}

function state(tone, headline) {
  if (shown === headline) return;
  shown = headline;
  verdict.dataset.tone = tone;
  verdict.firstElementChild.textContent = headline;
  part("findings").textContent = "Order, content and ending are judged when the answer is over.";
}

// The lines that were not taken yet. After a cut of the window they are counted by rows; a page
// that was so far behind that some were cut unseen goes on after them.
function fresh(value) {
  const cut = value.first !== first;
  let lines = (cut ? value.lines : value.lines.slice(read)).split("\n");
  lines.pop(); // what follows the last line's end
  const seen = cut ? next - value.first : 0;
  next = (cut ? value.first : next) + lines.length;
  if (seen > 0) lines = lines.slice(seen);
  first = value.first;
  read = value.lines.length;
  return lines;
}

const DECIMAL = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function number(ms) {
  return DECIMAL.format(ms);
}

// What a row adds to the figures, whether it is drawn or not.
function note(line) {
  const [, at, gap, , , tone, length] = line;
  if (length) plot.add(at, length);
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
  cell.append(made("span", text.replaceAll("\n", "⏎"), "tt-piece"));
  return drawn;
}

function draw() {
  const value = props.value;
  if (!value || value.turn !== turn) begin(value);
  if (!value) return;
  waiting.push(...fresh(value));
  if (waiting.length && !due) due = setTimeout(drawRows, EVERY_MS);
  if (value.figures.length) figures(value.figures);
  if (!value.ruling) return state(value.state === "failed" ? "wrong" : "live", STATES[value.state]);
  if (ruled) return;
  unfold(); // so that what the ruling points at is there
  rule(value.ruling);
}

function drawRows() {
  clearTimeout(due);
  due = null;
  if (!waiting.length) return;
  const fresh = waiting.map((line) => JSON.parse(line));
  kept.push(...fresh);
  waiting = [];
  if (kept.length > 2 * ROWS_MAX) kept = kept.slice(-ROWS_MAX);
  fresh.forEach(note);
  body.append(...fresh.slice(-LIVE_ROWS).map(row));
  // Who scrolled back to read keeps what is there to read, within the bound.
  const most = end.following ? LIVE_ROWS : ROWS_MAX;
  while (body.rows.length > most) body.rows[0].remove();
  count();
  plot.soon();
  end.toEnd();
}

// All rows that are kept, once no more come.
function unfold() {
  drawRows();
  const drawn = body.rows.length ? Number(body.rows[0].dataset.index) : next;
  const older = kept.slice(-ROWS_MAX).filter(([index]) => index < drawn);
  body.prepend(...older.map(row));
  count();
}

function count() {
  const folded = next - body.rows.length;
  const events = `${next.toLocaleString("en")} ${next === 1 ? "event" : "events"}`;
  part("count").textContent = folded > 0 ? `${events}, ${folded.toLocaleString("en")} folded` : events;
}

function figures(found) {
  const values = found.map((figure) => figure.value).join();
  if (values === figured) return;
  figured = values;
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

function rule(ruling) {
  ruled = true;
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
    show(body.querySelector(".tt-broken"));
  }
  end.toEnd();
}

function breachLine(breach) {
  const line = made("li");
  const button = line.appendChild(made("button", breach.rule, "tt-rule"));
  button.type = "button";
  button.title = "Show the event";
  button.addEventListener("click", () => point(breach.row));
  line.append(` ${breach.finding}`);
  const place = body.querySelector(`tr[data-index="${breach.row}"]`);
  if (place) place.classList.add("tt-broken");
  return line;
}

// Scrolls the rows alone: the page stays where the reader has it.
function show(place) {
  if (place) rows.scrollTop = place.offsetTop - rows.clientHeight / 2;
}

function point(index) {
  const place = body.querySelector(`tr[data-index="${index}"]`) || body.lastElementChild;
  if (!place) return;
  show(place);
  place.classList.add("tt-pointed");
  setTimeout(() => place.classList.remove("tt-pointed"), 1600);
}

watch("value", draw);
