// Our tab in Locust's page: shown while Locust says, in the page's address, that it is chosen.
(() => {
  const element = document.getElementById("tokentape");
  const server = { look: async () => (await fetch("tokentape/pieces")).json() };

/* live.js */

  function chosen() {
    return new URLSearchParams(location.search).get("tab") === "tokentape";
  }

  function dark() {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g) || [];
    return Number(red) + Number(green) + Number(blue) < 384;
  }

  const look = live.every(2000, server.look);

  function follow() {
    // Before a run Locust shows its form and no tabs.
    const shown = chosen() && document.querySelector('[role="tab"]') !== null;
    element.classList.toggle("dark", dark());
    if (element.hidden !== !shown) {
      element.hidden = !shown;
      document.body.classList.toggle("tt-chosen", shown);
      if (shown) look();
    }
  }

  setInterval(follow, 300);
  follow();
})();
