// Keeps a part of the page live: asks the server for pieces of markup while somebody can see them,
// and replaces those that changed. The server has escaped all that comes from elsewhere.

const live = {
  pieces: {},
  draw(pieces) {
    for (const [name, markup] of Object.entries(pieces)) {
      if (live.pieces[name] === markup) continue;
      live.pieces[name] = markup;
      for (const place of element.querySelectorAll(`[data-piece="${name}"]`)) place.innerHTML = markup;
    }
  },
  problems: { looking: "", asked: "" },
  // What is wrong with looking is over with the next look; with what was asked, with the next ask.
  problem(words, about = "looking") {
    live.problems[about] = words;
    const told = live.problems.looking || live.problems.asked;
    const place = element.querySelector(".tt-live-problem");
    if (place.textContent !== told) place.textContent = told;
    place.hidden = !told;
    element.firstElementChild.classList.toggle("tt-lost", Boolean(live.problems.looking));
  },
  seen() {
    return document.visibilityState === "visible" && element.offsetParent !== null;
  },
  // Asks by `ask`, again each so many ms; what it is answered goes to `take`, if that is given.
  every(ms, ask, take) {
    let asking = false;
    const turn = async () => {
      if (!element.isConnected) return clearInterval(timer);
      if (asking || !live.seen()) return;
      asking = true;
      try {
        const told = await ask();
        live.problem(told.problem || "");
        if (told.pieces) live.draw(told.pieces);
        if (take) take(told);
      } catch {
        live.problem("No connection to the server; trying again.");
      } finally {
        asking = false;
      }
    };
    const timer = setInterval(turn, ms);
    // A tab that is opened shows what is, not what was.
    new IntersectionObserver(turn).observe(element);
    return turn;
  },
};
