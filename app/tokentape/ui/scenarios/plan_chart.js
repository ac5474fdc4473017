// A chart of a plan: each chunk at its time, as it was meant and as it is sent; faults where they
// strike. A click on a place chooses the chunk that was meant for it.

const PLAN_SVG = "http://www.w3.org/2000/svg";
const PLAN_EDGE = { left: 40, right: 14, top: 34, bottom: 28 };
const LABELS_MAX = 3; // rows of fault names, one below the other

function planNode(tag, attributes, text) {
  const node = document.createElementNS(PLAN_SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function planStep(span, steps) {
  const rough = span / steps;
  const size = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * size).find((step) => step >= rough);
}

function planChart(svg, onPick) {
  let picture = null;
  let chosen = null; // a chunk
  let x, y;

  function scale() {
    const width = Math.max(240, svg.clientWidth || 480);
    const height = Math.max(160, svg.clientHeight || 240);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const last = (points) => (points.length ? points[points.length - 1][0] : 0);
    const end = Math.max(last(picture.sent), last(picture.meant), picture.end_ms, 100);
    const most = picture.meant.reduce((top, [, chunk]) => Math.max(top, chunk), 4);
    x = (ms) => PLAN_EDGE.left + (ms / end) * (width - PLAN_EDGE.left - PLAN_EDGE.right);
    y = (n) => height - PLAN_EDGE.bottom - (n / most) * (height - PLAN_EDGE.top - PLAN_EDGE.bottom);
    return { width, height, end, most };
  }

  function axes({ width, height, end, most }) {
    const parts = [];
    const step = planStep(end, width < 420 ? 3 : 6);
    for (let ms = 0; ms <= end * 1.001; ms += step) {
      const anchor = ms === 0 ? "start" : x(ms) > width - 30 ? "end" : "middle";
      parts.push(
        planNode("line", { x1: x(ms), x2: x(ms), y1: PLAN_EDGE.top, y2: height - PLAN_EDGE.bottom, class: "tt-grid" }),
        planNode("text", { x: x(ms), y: height - 10, "text-anchor": anchor }, inTime(ms)),
      );
    }
    const rise = Math.max(1, planStep(most, 4));
    for (let n = 0; n <= most; n += rise) {
      parts.push(planNode("text", { x: PLAN_EDGE.left - 8, y: y(n) + 4, "text-anchor": "end" }, n));
    }
    parts.push(planNode("text", { x: 2, y: 12 }, "chunk"));
    return parts;
  }

  const dots = (points) => points.map(([ms, n]) => `M${x(ms).toFixed(1)} ${y(n).toFixed(1)}h0`).join("");
  const line = (points) => points.map(([ms, n]) => `${x(ms).toFixed(1)},${y(n).toFixed(1)}`).join(" ");

  function marks({ width, height }) {
    const parts = [];
    const taken = [];
    for (const fault of picture.faults) {
      if (fault.ms === null || !fault.placed) continue;
      const at = x(fault.ms);
      const name = fault.chunk === null ? fault.fault : `${fault.fault}@${fault.chunk}`;
      const long = name.length * 6.5;
      const right = at + long > width;
      const from = right ? at - long : at;
      let row = 0;
      while (taken.some((t) => t.row === row && from < t.to + 6 && from + long > t.from - 6)) row += 1;
      taken.push({ row, from, to: from + long });
      parts.push(
        planNode("line", { x1: at, x2: at, y1: PLAN_EDGE.top - 6, y2: height - PLAN_EDGE.bottom, class: "tt-strike" }),
      );
      if (row < LABELS_MAX) {
        parts.push(planNode("text", { x: at, y: 12 + row * 11, "text-anchor": right ? "end" : "start", class: "tt-strike-name" }, name));
      }
    }
    const held = picture.hold === null ? null : picture.meant.find(([, n]) => n === picture.hold);
    if (held) {
      parts.push(
        planNode("line", { x1: x(held[0]), x2: x(held[0]), y1: PLAN_EDGE.top, y2: height - PLAN_EDGE.bottom, class: "tt-held" }),
        planNode("text", { x: x(held[0]) + 4, y: height - PLAN_EDGE.bottom - 6, class: "tt-held-name" }, `held at ${picture.hold}`),
      );
    }
    return parts;
  }

  function draw(next) {
    if (next !== undefined) picture = next;
    if (!picture) return svg.replaceChildren();
    const room = scale();
    const parts = axes(room);
    const place = picture.meant.find(([, n]) => n === chosen);
    if (place) {
      parts.push(planNode("line", { x1: x(place[0]), x2: x(place[0]), y1: PLAN_EDGE.top, y2: room.height - PLAN_EDGE.bottom, class: "tt-chosen" }));
      parts.push(planNode("circle", { cx: x(place[0]), cy: y(place[1]), r: 6, class: "tt-chosen-dot" }));
    }
    parts.push(
      planNode("path", { d: dots(picture.meant), class: "tt-meant" }),
      planNode("polyline", { points: line(picture.sent), class: "tt-sent-line" }),
      planNode("path", { d: dots(picture.sent), class: "tt-sent" }),
      ...marks(room),
    );
    svg.replaceChildren(...parts);
  }

  svg.addEventListener("click", (event) => {
    if (!picture || !picture.meant.length) return;
    const box = svg.getBoundingClientRect();
    const at = event.clientX - box.left;
    const high = event.clientY - box.top;
    // A stretch of many chunks at one time is told apart by height, all else by time.
    const far = ([ms, n]) => Math.abs(x(ms) - at) + Math.abs(y(n) - high) / 8;
    const [, chunk] = picture.meant.reduce((near, point) => (far(point) < far(near) ? point : near));
    onPick(chunk);
  });
  new ResizeObserver(() => draw()).observe(svg);

  return {
    draw,
    choose(chunk) {
      chosen = chunk;
      draw();
    },
  };
}
