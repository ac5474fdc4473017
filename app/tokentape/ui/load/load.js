// The Load tab: the form starts a run, pieces show it while it goes, buttons fetch what it left.

const form = element.querySelector("form");
const stopButton = form.querySelector('[name="stop"]');
const startButton = form.querySelector('[type="submit"]');
const TYPES = { html: "text/html", json: "application/json", junit: "application/xml" };
const FIELDS = props.fields; // name and kind: of the config of a run
const KEEP_MS = 60000; // how long a fetched report can be opened by its address

function filled() {
  const data = new FormData(form);
  const given = { target: data.get("target") };
  for (const { name, kind } of FIELDS) {
    if (kind === "tick") given[name] = data.has(name);
    else if (kind === "ticks") given[name] = data.getAll(name);
    else if (kind !== "whole" && kind !== "number") given[name] = data.get(name);
    else if (data.get(name) !== "") given[name] = Number(data.get(name));
  }
  return given;
}

function show(told) {
  if (told.pieces) live.draw(told.pieces);
  if (told.running === undefined) return;
  const ever = Boolean(told.pieces.state);
  startButton.disabled = told.running;
  stopButton.disabled = !told.running;
  element.querySelector(".tt-run").hidden = !ever;
  element.querySelector(".tt-nothing").hidden = ever;
  element.querySelector(".tt-reports").hidden = !told.reported;
}

async function act(name, given) {
  try {
    const told = await server[name](given);
    live.problem(told.problem || "", "asked");
    return told;
  } catch {
    live.problem("No connection to the server; try again.", "asked");
    return {};
  }
}

async function fetched(name) {
  const told = await act("report", { file: name });
  if (told.text === undefined) return null;
  const address = URL.createObjectURL(new Blob([told.text], { type: `${TYPES[name]};charset=utf-8` }));
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
  return address;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  startButton.disabled = true;
  const told = await act("start", filled());
  show(told);
  if (told.running === undefined) startButton.disabled = false;
});

stopButton.addEventListener("click", async () => show(await act("stop", {})));

element.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-open], [data-save]");
  if (!button) return;
  // The window is opened by the click itself: later the browser would take it for an advertisement.
  const opened = button.dataset.open ? window.open("", "_blank") : null;
  const address = await fetched(button.dataset.open || button.dataset.save);
  if (opened) address ? (opened.location = address) : opened.close();
  else if (address) Object.assign(document.createElement("a"), { href: address, download: button.dataset.name }).click();
});

live.every(1000, () => server.poll({}), show);
