// Records when the newest answer's text was painted: injected into every page before its own code.
//
// A change is seen by a MutationObserver and counts as painted in the task after the frame that
// shows it. White space is left out, since paragraphs show it by layout and not by characters.
(() => {
  const paintings = [];
  let known = '';
  let answer = null;

  const newest = () => [...document.querySelectorAll('article[aria-label="Assistant"]')].at(-1);

  function look() {
    const article = newest();
    if (!article) return;
    if (article !== answer) {
      answer = article;
      known = '';
      paintings.length = 0;
    }
    const text = (article.querySelector('.tt-body')?.textContent ?? '').replace(/\s+/g, '');
    if (text === known) return;
    const painting = { length: text.length, forward: text.startsWith(known), changed: performance.now() };
    known = text;
    paintings.push(painting);
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        painting.painted = performance.now();
        port1.close();
      };
      port2.postMessage(null);
    });
  }

  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
  });
  window.paintings = paintings;
})();
