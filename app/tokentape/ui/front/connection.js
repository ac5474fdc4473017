// Says where the page stands with its server, and brings it back: looks for the server now and
// then, and when it is back after a loss, reloads what was under way.

const EVERY_MS = 3000; // between two looks while all is well
const PATIENCE_MS = 5000; // for an answer
const WAITS_S = [1, 2, 3, 5]; // between two looks while it is not there; the last one goes on
const GIVES_UP_S = 90; // without an answer for so long, a person is asked

const box = element.querySelector(".tt-connection");
const words = box.querySelector("span");
const counting = box.querySelector(".tt-wait");
const button = box.querySelector("button");
const root = (window.gradio_config?.root ?? "").replace(/\/+$/, "");
const started = window.gradio_config?.app_id;

let lostAt = null;
let tries = 0;
let timer = null;
let looking = false;

// `wait` changes each second: it is seen, and not read out.
function say(state, text, wait = "") {
  if (box.dataset.state !== state) box.dataset.state = state;
  if (words.textContent !== text) words.textContent = text;
  counting.textContent = wait;
  document.body.classList.toggle("tt-lost", state !== "connected");
  button.hidden = state === "connected";
  button.textContent = state === "failed" ? "Try again" : "Now";
}

async function look() {
  if (looking) return;
  looking = true;
  clearTimeout(timer);
  try {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`${root}/gradio_api/app_id`, { cache: "no-store", signal: patience });
    if (!answer.ok) throw new Error(answer.status);
    back((await answer.json()).app_id);
  } catch {
    lost();
  } finally {
    looking = false;
  }
}

function back(server) {
  const restarted = started !== undefined && String(server) !== String(started);
  // What was under way is joined by the page that comes; what is written and not sent is kept.
  if (restarted || (lostAt !== null && window.tokentape?.running?.())) {
    say("reconnecting", "Connected again, loading…");
    location.reload();
    return;
  }
  lostAt = null;
  tries = 0;
  say("connected", "Connected");
  timer = setTimeout(look, EVERY_MS);
}

function lost() {
  lostAt ??= performance.now();
  if (performance.now() - lostAt > GIVES_UP_S * 1000) return say("failed", "No connection to the server");
  const wait = WAITS_S[Math.min(tries, WAITS_S.length - 1)];
  tries += 1;
  countdown(wait);
}

function countdown(seconds) {
  if (seconds <= 0) {
    say("reconnecting", "Reconnecting…");
    look();
    return;
  }
  say("reconnecting", "Connection lost, reconnecting", ` in ${seconds} s`);
  timer = setTimeout(() => countdown(seconds - 1), 1000);
}

button.addEventListener("click", () => {
  if (box.dataset.state === "failed") lostAt = performance.now();
  look();
});
addEventListener("online", look);
addEventListener("offline", look);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
look();
