// A chart of characters received over time: a staircase that stands still while a stream stalls,
// and below it one tick a token. Holds a bounded number of points, however long the answer.

const POINTS_MAX = 600;
const REDRAW_MS = 250;
const SVG = "http://www.w3.org/2000/svg";
const EDGE = { left: 40, right: 10, top: 16, bottom: 30 };

function drawn(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function niceStep(span, steps) {
  const rough = span / steps;
  const size = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * size).find((step) => step >= rough);
}

function inWords(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
}

function chart(svg) {
  let points, planned, characters, stride, skipped, longest, gaps, before, redrawn, due;

  function reset() {
    points = []; // [ms, characters so far]
    planned = []; // as the mock meant it
    characters = 0;
    stride = 1; // of so many tokens one is drawn
    skipped = 0;
    longest = null; // the longest gap, as [from ms, to ms]
    gaps = 0;
    before = null;
    redrawn = 0;
    redraw();
  }

  // So many characters were there at this time; a time that brought none changes nothing.
  function add(ms, total) {
    if (total <= characters) return;
    characters = total;
    if (before !== null) {
      gaps += 1;
      if (!longest || ms - before > longest[1] - longest[0]) longest = [before, ms];
    }
    before = ms;
    if (points.length && (skipped += 1) < stride) return;
    skipped = 0;
    points.push([ms, characters]);
    if (points.length > POINTS_MAX) {
      points = points.filter((_, index) => index % 2 === 0);
      stride *= 2;
    }
  }

  // What was there before the first of `add`, as after a reload.
  function earlier(found) {
    const from = points.length ? points[0][0] : Infinity;
    points = [...found.filter(([ms]) => ms < from), ...points];
    if (found.length && before === null) [before, characters] = found.at(-1);
    soon();
  }

  function plan(found) {
    planned = found;
    soon();
  }

  function soon() {
    if (due) return;
    due = setTimeout(() => {
      due = null;
      redrawn = performance.now();
      redraw();
    }, Math.max(0, redrawn + REDRAW_MS - performance.now()));
  }

  function redraw() {
    const width = Math.max(240, svg.clientWidth || 480);
    const height = Math.max(100, svg.clientHeight || 150);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const end = Math.max(before ?? 0, planned.at(-1)?.[0] ?? 0, 500);
    const top = Math.max(characters, planned.at(-1)?.[1] ?? 0, 20);
    const x = (ms) => EDGE.left + (ms / end) * (width - EDGE.left - EDGE.right);
    const y = (n) => height - EDGE.bottom - (n / top) * (height - EDGE.top - EDGE.bottom);
    const at = (value) => value.toFixed(1);
    const parts = [...axes(end, top, x, y, width, height)];
    if (planned.length) {
      let path = `M${at(x(planned[0][0]))} ${at(y(0))}`;
      for (const [ms, n] of planned) path += `H${at(x(ms))}V${at(y(n))}`;
      parts.push(drawn("path", { d: path, class: "tt-plan" }));
    }
    if (points.length) {
      const usual = (before - points[0][0]) / Math.max(1, gaps);
      if (longest && longest[1] - longest[0] > Math.max(120, 4 * usual)) {
        parts.push(...stall(longest, x, height, width));
      }
      let path = `M${at(x(points[0][0]))} ${at(y(0))}`;
      for (const [ms, n] of points) path += `H${at(x(ms))}V${at(y(n))}`;
      path += `H${at(x(before))}V${at(y(characters))}`;
      parts.push(drawn("path", { d: `${path}V${at(y(0))}Z`, class: "tt-area" }));
      parts.push(drawn("path", { d: path, class: "tt-line" }));
      const ticks = apart(points, x).map((px) => `M${at(px)} ${height - EDGE.bottom + 3}v6`).join("");
      parts.push(drawn("path", { d: ticks, class: "tt-ticks" }));
      parts.push(...firstToken(points[0][0], x, y, width));
    }
    svg.replaceChildren(...parts);
  }

  // Ticks so close that they would run together are left out.
  function apart(points, x) {
    const places = [];
    for (const [ms] of points) {
      const px = x(ms);
      if (!places.length || px - places.at(-1) >= 2.5) places.push(px);
    }
    return places;
  }

  function* axes(end, top, x, y, width, height) {
    const up = niceStep(top, 3);
    for (let n = 0; n <= top; n += up) {
      yield drawn("line", { x1: EDGE.left, x2: width - EDGE.right, y1: y(n), y2: y(n), class: "tt-grid" });
      yield drawn("text", { x: EDGE.left - 6, y: y(n) + 3.5, "text-anchor": "end" }, n.toLocaleString("en"));
    }
    const along = niceStep(end, width < 380 ? 3 : 5);
    for (let ms = 0; ms <= end; ms += along) {
      const anchor = x(ms) > width - 30 ? "end" : "middle";
      yield drawn("text", { x: x(ms), y: height - 6, "text-anchor": anchor }, ms ? inWords(ms) : "0");
    }
  }

  function* firstToken(ms, x, y, width) {
    const left = x(ms) < width - 130;
    yield drawn("line", { x1: x(ms), x2: x(ms), y1: 6, y2: y(0), class: "tt-first" });
    yield drawn(
      "text",
      { x: x(ms) + (left ? 5 : -5), y: 13, "text-anchor": left ? "start" : "end", class: "tt-first-name" },
      `first token ${inWords(ms)}`,
    );
  }

  function* stall([from, to], x, height, width) {
    const middle = Math.min(Math.max(x((from + to) / 2), 60), width - 50);
    yield drawn("rect", {
      x: x(from), width: Math.max(1, x(to) - x(from)), y: EDGE.top,
      height: height - EDGE.top - EDGE.bottom, class: "tt-stall",
    });
    yield drawn(
      "text",
      { x: middle, y: EDGE.top + 12, "text-anchor": "middle", class: "tt-stall-name" },
      `${inWords(to - from)} gap`,
    );
  }

  new ResizeObserver(soon).observe(svg);
  reset();
  return { reset, add, before: earlier, plan, soon };
}
