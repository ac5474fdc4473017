// The scenarios tab: the library on the left, the text in the middle, its plan on the right.
// What is typed is a draft of this page until it is saved.

const CHECK_MS = 200;
const [list, text, gutter] = [named("list"), named("text"), named("gutter")];
const chart = planChart(named("chart"), pick);

let scenarios = [];
let faults = [];
let folder = null;
let unlisted = "Loading…"; // why there is no list
let opened = null; // { name, text, source, kept }
const drafts = new Map(); // what was changed and not saved, by the name that it was opened as
let due = null;
let asked = 0; // of the checks, the newest
let checked = null; // what the newest check found
let mistaken = null; // the line of a mistake

async function load() {
  const told = await ask("library");
  unlisted = told.problem || "";
  if (unlisted) return drawList();
  ({ scenarios, faults, folder } = told);
  const broken = told.errors.map((error) => made("p", error, "tt-warn"));
  named("broken").replaceChildren(...broken);
  named("where").textContent = folder
    ? `Saved scenarios are files in ${folder}; the mock reads them again when they change.`
    : "This mock has no folder for scenarios: what is saved lasts until it ends. Download keeps it; mock-openai serve --scenarios DIR gives it a folder.";
  if (!named("fault").children.length) fillFaults();
  if (!named("model").value) {
    named("model").value = told.model;
    named("url").value = told.upstream || "";
    named("upstream").textContent = told.upstream
      ? `This server’s own upstream is filled in${told.has_key ? "; leave Key empty to use the server’s own key" : ""}.`
      : "This server’s upstream is the mock itself, so there is no real one to fill in: name any OpenAI-compatible server, such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1, and its key.";
    named("upstream").textContent += ` The page may ask: ${told.targets} (UI_TARGETS).`;
  }
  drawList();
}

function fillFaults() {
  const options = faults.map((fault) => made("option", fault.name, undefined, { value: fault.name }));
  named("fault").replaceChildren(...options);
  named("fault").value = "stall";
  explain();
}

function drawList() {
  if (unlisted) {
    const row = made("li", unlisted, "tt-problem-line", { role: "alert" });
    const again = made("button", "Try again", "tt-button tt-small", { type: "button" });
    again.addEventListener("click", load);
    row.append(again);
    return list.replaceChildren(row);
  }
  const words = named("search").value.toLowerCase().split(/\s+/);
  const fits = (one) => words.every((word) => `${one.name} ${one.description} ${one.source}`.toLowerCase().includes(word));
  const found = scenarios.filter((one) => one.source !== "built-in" && fits(one));
  const rows = found.map((one) => {
    const row = made("li");
    const button = row.appendChild(made("button", undefined, "tt-item", { type: "button" }));
    button.append(made("strong", one.name));
    if (drafts.has(one.name)) button.append(made("em", "changed", "tt-chip"));
    else if (!one.source.startsWith("library/")) button.append(made("em", "yours", "tt-chip"));
    button.append(made("span", one.description));
    if (opened && opened.name === one.name) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => open(one.name));
    return row;
  });
  if (!rows.length) rows.push(made("li", "Nothing is named so.", "tt-quiet"));
  list.replaceChildren(...rows);
  named("count").textContent = found.length === scenarios.length - 1 ? found.length : `${found.length} of ${scenarios.length - 1}`;
}

let opening = null; // of those that were asked for, the newest

async function open(name) {
  opening = name;
  const told = await ask("source", { name });
  if (opening !== name) return;
  if (told.problem) return say(named("saved"), told.problem, "wrong");
  show(told);
}

function show(scenario) {
  keepDraft();
  opened = scenario;
  text.value = drafts.get(scenario.name) ?? scenario.text;
  text.scrollTop = 0;
  say(named("saved"));
  say(named("inserted"));
  chart.choose(null);
  title();
  drawList();
  number();
  check();
}

function title() {
  named("title").textContent = opened.name;
  const shipped = opened.source && opened.source.startsWith("library/");
  const held = opened.source === "body";
  named("kept").textContent = !opened.source ? "not saved" : shipped ? "shipped; saving makes a copy of your own" : held ? "held until the mock ends" : opened.source;
  named("remove").hidden = !(opened.kept || held);
}

function keepDraft() {
  if (!opened) return;
  if (text.value !== opened.text) drafts.set(opened.name, text.value);
  else drafts.delete(opened.name);
}

let numbered = ""; // what the gutter shows: it is drawn anew only when that changes

function number() {
  const lines = text.value.split("\n").length;
  if (numbered === `${lines} ${mistaken}`) return;
  numbered = `${lines} ${mistaken}`;
  const rows = Array.from({ length: lines }, (_, at) => {
    const row = made("span", at + 1);
    if (at + 1 === mistaken) row.className = "tt-mistaken";
    return row;
  });
  gutter.replaceChildren(...rows);
  gutter.scrollTop = text.scrollTop;
}

function typed() {
  if (!opened) return;
  const before = drafts.has(opened.name);
  keepDraft();
  if (drafts.has(opened.name) !== before) drawList();
  number();
  say(named("saved"));
  checked = null;
  asked += 1; // what is under way is about an older text
  clearTimeout(due);
  due = setTimeout(check, CHECK_MS);
}

async function check() {
  clearTimeout(due);
  const mine = (asked += 1);
  checked = null;
  const told = await ask("check", { text: text.value, message: named("message").value });
  if (mine !== asked) return;
  checked = told;
  const mistake = told.mistake;
  mistaken = mistake ? mistake.line : null;
  text.setAttribute("aria-invalid", String(Boolean(mistake)));
  named("to-line").hidden = !mistake;
  named("always").hidden = !told.always;
  named("save").disabled = !told.picture;
  // The mock plays what was saved; a draft is known to nobody else.
  const playable = told.picture && opened && opened.source && text.value === opened.text;
  const link = named("try");
  if (playable) link.href = `?tab=chat&scenario=${encodeURIComponent(opened.name)}`;
  else link.removeAttribute("href");
  if (playable) link.removeAttribute("aria-disabled");
  else link.setAttribute("aria-disabled", "true");
  link.title = playable ? "" : "Save it first";
  if (told.problem) say(named("found"), told.problem, "wrong");
  else if (mistake) say(named("found"), `Line ${mistake.line}${mistake.path ? `, ${mistake.path}` : ""}: ${mistake.message}`, "wrong");
  else say(named("found"), "Right: the mock can play it.", "right");
  number();
  named("chart").classList.toggle("tt-stale", !told.picture);
  if (told.picture) draw(told.picture, told.summary);
}

function draw(picture, summary) {
  chart.draw(picture);
  named("chart").setAttribute("aria-label", `Chart of the plan: ${summary}`);
  const refused = picture.status >= 400 ? `refused with ${picture.status}` : counted(picture.chunks_in_all, "chunk");
  const part = picture.drawn_in_part ? ", the first ones drawn" : "";
  named("figures").textContent = `${refused}${part} in ${inTime(picture.end_ms)}; ${picture.ending}`;
  const rows = picture.faults.map((fault) => {
    const row = made("li");
    row.append(made("strong", fault.fault), ` at ${fault.at}: `);
    if (fault.placed) row.append("a checker must see ", made("code", fault.violation));
    else {
      row.append(`strikes nowhere, the answer has no such place`);
      row.className = "tt-nowhere";
    }
    return row;
  });
  named("struck").replaceChildren(...rows);
}

function pick(chunk) {
  named("place").value = "chunk";
  named("number").value = chunk;
  placed();
  named("fault").focus();
}

function placed() {
  const counts = ["chunk", "byte"].includes(named("place").value);
  named("number").disabled = !counts;
  const chunk = named("place").value === "chunk" ? Number(named("number").value) : null;
  chart.choose(chunk);
}

function explain() {
  const fault = faults.find((one) => one.name === named("fault").value);
  if (!fault) return;
  const seen = fault.violation === "none" ? "the stream is right, if unusual" : `a checker must see ${fault.violation}`;
  named("effect").textContent = `${fault.effect}; ${seen}.`;
  named("value").placeholder = fault.value || "none";
  // Some strike at one place only, and would be put there by whoever knows them.
  if (["request", "after last chunk", "before first chunk"].includes(fault.at) && named("place").value === "chunk") {
    named("effect").textContent += ` Usually at: ${fault.at}.`;
  }
}

async function insert() {
  const place = named("place").value;
  const where = ["chunk", "byte"].includes(place) ? `${place === "byte" ? "byte" : ""}${Number(named("number").value)}` : place;
  const before = text.value;
  const told = await ask("insert", { text: before, fault: named("fault").value, place: where, value: named("value").value });
  if (text.value !== before) return say(named("inserted"), "The text has changed meanwhile: insert it again.", "warn");
  if (told.problem) return say(named("inserted"), told.problem, "wrong");
  text.value = told.text;
  typed();
  say(named("inserted"), `Line ${told.line}.`, "right");
  toLine(told.line, false);
}

function toLine(line, focus = true) {
  const lines = text.value.split("\n");
  const from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  if (focus) text.focus();
  text.setSelectionRange(from, from + (lines[line - 1] || "").length);
  text.scrollTop = Math.max(0, (line - 4) * 20);
  gutter.scrollTop = text.scrollTop;
}

async function saveIt() {
  if (!checked) await check(); // who clicks sooner than the check comes means the newest text
  if (!checked || !checked.picture) return;
  const [name, saved, from] = [checked.name, text.value, opened];
  const told = await ask("save", { name, text: saved });
  if (told.problem) return say(named("saved"), told.problem, "wrong");
  await load();
  if (opened === from && text.value === saved) {
    from.text = saved; // so it is no draft any more
    await open(name);
  }
  say(named("saved"), told.kept ? `Saved as ${told.kept}.` : "Saved: the mock holds it until it ends.", "right");
}

async function removeIt() {
  const name = opened.name;
  const told = await ask("remove", { name });
  if (told.problem) return say(named("saved"), told.problem, "wrong");
  opened.text = text.value; // nothing of it is kept as a draft
  await load();
  if (scenarios.some((one) => one.name === name)) await open(name);
  else show({ name: "my-scenario", text: props.fresh, source: "" });
  say(named("saved"), `${name} is removed.`, "right");
}

// What has come of a recording that is under way.
function howFar({ status, writes, bytes, first_ms }) {
  if (!status) return "Asking…";
  if (!writes) return `The server answers ${status}, and says nothing yet.`;
  return `Recording: ${counted(writes, "write")}, ${bytes.toLocaleString("en")} bytes, the first after ${inTime(first_ms)}.`;
}

async function recordIt() {
  const given = { "Base URL": named("url").value, Key: named("key").value, Model: named("model").value, Message: named("question").value };
  named("start").disabled = true;
  named("stop").hidden = false;
  const begun = performance.now();
  let soFar = {};
  const tick = () => say(named("recording"), `${howFar(soFar)} ${Math.round((performance.now() - begun) / 1000)} s`);
  const ticking = setInterval(async () => {
    tick();
    soFar = await ask("recorded_so_far");
  }, 500);
  tick();
  const told = await ask("recorded", given);
  clearInterval(ticking);
  named("start").disabled = false;
  named("stop").hidden = true;
  if (told.problem) return say(named("recording"), told.problem, "wrong");
  named("key").value = "";
  show({ name: told.name, text: told.text, source: "" });
  const odd = told.status === 200 ? "" : ` The server answered ${told.status}: that is what was recorded.`;
  say(named("recording"), `Recorded: ${counted(told.writes, "write")} in ${inTime(told.end_ms)}, the first after ${inTime(told.first_ms)}.${odd} Nothing is saved yet.`, told.status === 200 ? "right" : "warn");
}

text.addEventListener("input", typed);
text.addEventListener("scroll", () => (gutter.scrollTop = text.scrollTop));
named("message").addEventListener("input", () => {
  clearTimeout(due);
  due = setTimeout(check, CHECK_MS);
});
named("search").addEventListener("input", drawList);
named("new").addEventListener("click", () => show({ name: "my-scenario", text: props.fresh, source: "" }));
named("to-line").addEventListener("click", () => toLine(mistaken));
named("save").addEventListener("click", saveIt);
named("remove").addEventListener("click", removeIt);
named("download").addEventListener("click", () => save(`${(checked && checked.name) || "scenario"}.yaml`, "application/yaml", text.value));
named("place").addEventListener("change", placed);
named("number").addEventListener("input", placed);
named("fault").addEventListener("change", explain);
named("insert").addEventListener("click", insert);
named("start").addEventListener("click", recordIt);
named("stop").addEventListener("click", () => ask("stop_recording"));

(async () => {
  await load();
  const wanted = new URLSearchParams(location.search).get("open");
  if (wanted && scenarios.some((one) => one.name === wanted)) await open(wanted);
  else if (!opened) show({ name: "my-scenario", text: props.fresh, source: "" });
})();
