// The check tab: a form on the left, how far it is and what was found on the right.

const LOOK_MS = 250;
const CELLS_MAX = 2000;
const TRANSPORTS = { sse: "SSE", socketio: "Socket.IO", websocket: "WebSocket" };
const FIELDS = props.fields; // name, kind, flag, usual, repeats, secret: of the config of a check
const form = named("form");
const field = (name) => form.elements.namedItem(name);

let choices = [];
let own = "";
let mockToken = false;
let file = null; // { name, text }
let since = 0;
let right = 0;
let wrong = 0;
let undecided = 0;
let running = false;
let labels = {}; // what stands before the parts of a report

async function begin() {
  const told = await ask("here");
  if (told.problem) return say(named("unfit"), told.problem, "wrong");
  ({ choices, url: own, mock_token: mockToken } = told);
  if (!field("url").value) field("url").value = own;
  named("targets").textContent = `The page may ask: ${told.targets} (UI_TARGETS, as the server was started).`;
  field("dialect").replaceChildren(
    ...choices.map((one) => made("option", one.dialect, undefined, { value: one.dialect })),
    made("option", "my own: a contract file", undefined, { value: "file" }),
  );
  named("mock").hidden = !told.mock;
  field("mock").checked = Boolean(told.mock);
  dialect();
}

function dialect() {
  const chosen = choices.find((one) => one.dialect === field("dialect").value);
  named("file").hidden = Boolean(chosen);
  named("transport").hidden = !chosen;
  const transports = chosen ? chosen.transports : [];
  field("transport").replaceChildren(...transports.map((one) => made("option", TRANSPORTS[one] || one, undefined, { value: one })));
  field("token").placeholder = chosen && chosen.needs_token ? "needed" : "none";
  command();
}

function filled() {
  const given = { mock: field("mock").checked && !named("mock").hidden };
  for (const name of ["url", "dialect", "transport"]) given[name] = field(name).value;
  for (const { name, kind } of FIELDS) {
    if (kind === "tick") given[name] = field(name).checked;
    else if (kind !== "whole" && kind !== "number") given[name] = field(name).value;
    else if (field(name).value !== "") given[name] = Number(field(name).value);
  }
  if (file) Object.assign(given, { file_name: file.name, file_text: file.text });
  return given;
}

const quoted = (word) => (/^[\w./:@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function command() {
  const given = filled();
  const words = [`tokentape check ${quoted(given.url || "URL")}`];
  const flag = (name, value, usual) => value !== undefined && value !== "" && value !== usual && words.push(`--${name} ${quoted(String(value))}`);
  if (given.dialect === "file") flag("contract", file ? file.name : "FILE");
  else {
    flag("dialect", given.dialect);
    const chosen = choices.find((one) => one.dialect === given.dialect);
    if (chosen && chosen.transports.length > 1) flag("transport", given.transport);
  }
  for (const one of FIELDS) option(one, given[one.name], flag, words);
  if (given.mock) words.push("--mock MOCK_URL", ...(mockToken ? ['--mock-token "$MOCK_ADMIN_TOKEN"'] : []));
  named("command").textContent = words.join(" \\\n  ");
}

// One field of the form as options. What stands behind a name may be a secret: a command line is
// copied into many places.
function option({ name, kind, flag: option, usual, repeats, secret }, value, flag, words) {
  const bare = option.replace(/^--/, "");
  if (kind === "tick") return value !== usual && words.push(option);
  if (secret && kind !== "lines") return value && words.push(`${option} "$${name.toUpperCase()}"`);
  const nameIn = (line, mark) => line.slice(0, Math.max(0, line.indexOf(mark))).trim() || "NAME";
  const mark = name === "headers" ? ": " : "=";
  if (secret) for (const line of value.split("\n").map((each) => each.trim()).filter(Boolean)) words.push(`${option} ${quoted(`${nameIn(line, mark.trim())}${mark}…`)}`);
  else if (repeats) for (const each of value.split(/[\s,]+/).filter(Boolean)) flag(bare, each);
  else flag(bare, value, usual);
}

async function go(event) {
  event.preventDefault();
  if (running) return;
  say(named("unfit"));
  const told = await ask("start", filled());
  if (told.problem) return say(named("unfit"), told.problem, "wrong");
  since = right = wrong = undecided = 0;
  named("cells").replaceChildren();
  named("nothing").hidden = named("report").hidden = true;
  named("course").hidden = false;
  named("course").scrollIntoView({ block: "nearest" }); // on a narrow page it is below the form
  under(true);
}

function under(way) {
  running = way;
  named("go").disabled = way;
  named("cancel").hidden = !way;
}

async function look() {
  if (!running) return;
  const told = await ask("poll", { since });
  if (told.problem) return say(named("unfit"), told.problem, "wrong");
  say(named("unfit"));
  if (told.idle) return under(false);
  for (const one of told.answers) cell(one);
  since += told.answers.length;
  named("progress").max = told.turns;
  named("progress").value = told.report ? Math.min(told.turns, told.turn) : Math.max(0, told.turn - 1);
  const found = (wrong ? `, ${wrong} wrong` : "") + (undecided ? `, ${undecided} undecided` : "");
  say(named("far"), `${told.running ? `answer ${told.turn} of ${told.turns}` : counted(since, "answer")}, ${counted(told.events, "event")}, ${told.elapsed_s.toFixed(1)} s${found}`);
  named("cells").setAttribute("aria-label", `Answers: ${right} right, ${wrong} wrong${undecided ? `, ${undecided} undecided` : ""}`);
  if (told.report) {
    under(false);
    report(told.report);
  }
}

function cell(one) {
  if (one.right) right += 1;
  else if (one.undecided) undecided += 1;
  else wrong += 1;
  if (named("cells").children.length >= CELLS_MAX) return;
  const box = made("span", undefined, "tt-cell");
  box.dataset.tone = one.right ? "right" : one.undecided ? "warn" : "wrong";
  const first = one.first_token_ms === null ? "" : `, first token ${inTime(one.first_token_ms)}`;
  box.title = `${one.called}: ${one.right ? "right" : `${one.undecided ? "undecided: " : ""}${one.rules.join(", ")}`}; ${counted(one.events, "event")}${first}`;
  named("cells").append(box);
}

function fact(name, value) {
  const place = made("div");
  place.append(made("dt", name), made("dd", value));
  return place;
}

function report(told) {
  labels = told.labels;
  named("report").hidden = false;
  const tone = { right: "right", wrong: "wrong" }[told.verdict] || "warn";
  say(named("conclusion"), told.conclusion, tone);
  named("short").hidden = !told.stopped_short;
  named("short").textContent = told.stopped_short || "";
  named("facts").replaceChildren(
    fact(labels.checked, `${told.contract} at ${told.url}`),
    fact(labels.promised, told.promised),
    ...told.figures.map(([name, what]) => fact(name, what)),
  );
  named("wrong").replaceChildren(...cameRaw(told.raw), ...told.wrong.map(answer));
  if (told.more_wrong) named("wrong").append(made("p", told.more_wrong, "tt-quiet"));
  named("wrong").append(...told.undecided.map(unsure));
  if (told.more_undecided) named("wrong").append(made("p", told.more_undecided, "tt-quiet"));
}

function unsure(one) {
  const box = made("section", undefined, "tt-found");
  box.setAttribute("aria-label", one.heading);
  box.append(made("h3", one.heading));
  for (const doubt of one.doubts) {
    const when = doubt.offset_ms === null ? "" : `, ${inTime(doubt.offset_ms)}`;
    const words = box.appendChild(made("p"));
    words.append(made("strong", doubt.kind), ` ${labels.at_event} ${doubt.index}${when}: ${doubt.message}`);
  }
  return box;
}

function answer(one) {
  const box = made("section", undefined, "tt-found");
  box.setAttribute("aria-label", one.heading);
  box.append(made("h3", one.heading));
  const came = box.appendChild(made("p", undefined, "tt-quiet"));
  came.append(`${labels.came}: `, one.came);
  box.append(...one.violations.map(violation));
  if (one.more) box.append(made("p", one.more, "tt-quiet"));
  if (one.acceptance) box.append(made("p", `${labels.accept}: ${one.acceptance}`));
  box.append(...cameRaw(one.raw));
  return box;
}

// Where no event was recognised, people look themselves.
function cameRaw(lines) {
  if (!lines || !lines.length) return [];
  const text = made("pre", lines.join("\n"), "tt-command", { tabindex: "0", role: "region", "aria-label": labels.raw });
  return [made("p", `${labels.raw}:`, "tt-quiet"), text];
}

function violation(one) {
  const box = made("div", undefined, "tt-violation");
  const head = box.appendChild(made("p"));
  const when = one.offset_ms === null ? "" : `, ${inTime(one.offset_ms)}`;
  head.append(made("strong", one.kind), ` ${labels.at_event} ${one.index}${when}: ${one.message}`);
  const around = made("table", undefined, "tt-around", { "aria-label": `${labels.around} ${one.index}` });
  const body = around.appendChild(made("tbody"));
  for (const line of one.lines) {
    const row = body.appendChild(made("tr", undefined, line.marked ? "tt-marked" : ""));
    row.append(made("td", line.index), made("td", line.offset_ms === null ? "" : `${line.offset_ms.toFixed(1)} ms`), made("td", line.name), made("td", line.what));
    if (line.cut_after) {
      const cut = body.appendChild(made("tr", undefined, "tt-cut"));
      cut.append(made("td", labels.cut, undefined, { colspan: 4 }));
    }
  }
  const scroller = made("div", undefined, "tt-scroll", { tabindex: "0", role: "region", "aria-label": `${labels.around} ${one.index}` });
  scroller.append(around);
  const mend = made("p");
  mend.appendChild(made("em")).append(...prose(one.means));
  mend.append(" ", made("strong", `${labels.mend}: `), ...prose(one.mend));
  box.append(scroller, mend);
  return box;
}

async function download(kind, name, type) {
  const told = await ask("download", { kind });
  if (told.problem) return say(named("unfit"), told.problem, "wrong");
  save(name, type, told.text);
}

form.addEventListener("submit", go);
form.addEventListener("input", command);
field("dialect").addEventListener("change", dialect);
field("file").addEventListener("change", async () => {
  const chosen = field("file").files[0];
  file = chosen ? { name: chosen.name, text: await chosen.text() } : null;
  command();
});
field("url").addEventListener("input", () => {
  // Of another server nobody here knows what is due, unless somebody says so. At once, not when the
  // field is left: what changes its height then moves the button away from under the mouse.
  field("mock").checked = field("url").value.replace(/\/+$/, "") === own;
  command();
});
named("cancel").addEventListener("click", () => ask("cancel"));
named("json").addEventListener("click", () => download("json", "tokentape-check.json", "application/json"));
named("junit").addEventListener("click", () => download("junit", "tokentape-check.xml", "application/xml"));
named("sarif").addEventListener("click", () => download("sarif", "tokentape-check.sarif", "application/json"));
begin();
whileShown(LOOK_MS, look);
