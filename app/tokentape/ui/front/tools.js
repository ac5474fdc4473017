// What the tabs drawn by hand share: parts by name, questions to the server, words.

// A sentence with what stands between backticks as code.
const prose = (text) => text.split("`").map((part, at) => (at % 2 ? made("code", part) : part));

const named = (name) => element.querySelector(`[data-part="${name}"]`);

// What the server function answers; a server that does not is a problem like any other.
async function ask(name, given = {}) {
  const silent = { problem: "The server does not answer. Is it still running?" };
  try {
    return (await server[name](given)) ?? silent;
  } catch {
    return silent;
  }
}

// Says it in words where the reader hears of it; nothing said empties the place.
function say(place, words = "", tone = "") {
  if (place.textContent !== words) place.textContent = words;
  place.dataset.tone = tone;
}

const shown = () => element.isConnected && element.offsetParent !== null && !document.hidden;

// Calls `step` again and again, one at a time, while the tab can be seen.
function whileShown(ms, step) {
  (async () => {
    while (element.isConnected) {
      if (shown()) await step();
      await new Promise((over) => setTimeout(over, ms));
    }
  })();
}

function save(name, type, text) {
  const link = made("a", undefined, undefined, { download: name });
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function inTime(ms) {
  if (ms === null || ms === undefined) return "–";
  if (!ms) return "0";
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`;
}
