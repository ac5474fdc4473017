// Walks a page by Tab, from where the focus is: what is passed on the way, whether each shows that
// it has the focus, and what was not passed.
window.keyboard = (() => {
  const KINDS = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";
  let rest = new Map(); // each place that has to be reached, as it looks without the focus
  let passed = new Set();
  let unseen = [];

  const style = (node) => {
    const { outline, boxShadow, borderColor, backgroundColor, color } = getComputedStyle(node);
    return [outline, boxShadow, borderColor, backgroundColor, color].join("|");
  };
  // A field may show its focus on the frame around it.
  const look = (node) => {
    const found = [];
    for (let at = node; at && found.length < 5; at = at.parentElement) found.push(style(at));
    return found.join("\n");
  };
  const named = (node) => {
    const label = node.labels && node.labels[0] && node.labels[0].textContent.trim();
    const name = node.getAttribute("aria-label") || label || node.textContent.trim() || node.id;
    return `${node.tagName.toLowerCase()} '${name.slice(0, 40)}'`;
  };
  const open = (node) =>
    node.isConnected && !node.disabled && node.tabIndex >= 0 && !node.closest("[inert]") &&
    node.checkVisibility({ visibilityProperty: true });
  // Of a group of radio buttons Tab reaches one.
  const stands = (node) => node.type === "radio" && [...passed].some((one) => one.name === node.name);

  function pass() {
    const node = document.activeElement;
    // Nowhere: at the page's end, or where a list that was open until now has had the focus.
    if (keyboard.over || !node || node === document.body) return;
    if (passed.has(node)) {
      keyboard.over = true;
      return;
    }
    passed.add(node);
    if (rest.has(node) && rest.get(node) === look(node)) unseen.push(named(node));
  }

  const keyboard = {
    over: false, // whether the walk came back to where it had been
    start() {
      const from = document.activeElement;
      const after = (node) => from.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
      const found = [...document.querySelectorAll(KINDS)].filter((node) => open(node) && after(node));
      rest = new Map(found.map((node) => [node, look(node)]));
      passed = new Set();
      unseen = [];
      keyboard.over = false;
    },
    wrong() {
      const missed = [...rest.keys()].filter((node) => !passed.has(node) && open(node) && !stands(node));
      return [
        ...unseen.map((name) => `no sign of focus: ${name}`),
        ...missed.map((node) => `not reached: ${named(node)}`),
      ];
    },
  };
  window.walking?.abort();
  window.walking = new AbortController();
  addEventListener("keyup", (event) => event.key === "Tab" && pass(), { capture: true, signal: walking.signal });
  return keyboard;
})();
