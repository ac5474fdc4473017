// Markdown as it grows. Builds nodes and sets their text, never HTML, so whatever a model says is
// shown and nothing of it is run or fetched. A finished block is drawn once and not touched again,
// and of an unfinished one only what changed: a long answer costs what its length costs. Nothing
// nests beyond a bound, no text is looked through more than a few times, and no task draws more than
// so much: no answer holds up a page.

const ELEMENTS_MAX = 2000; // elements of finished blocks, beyond which the oldest become plain text
const FOLDED = 200; // blocks that become plain text together
const OPEN_MAX = 4000; // characters of an unfinished block, after which it is cut in two
const NESTED_MAX = 12; // quotes in quotes, lists in lists, spans in spans: deeper ones are plain text
const TASK_MAX = 20_000; // characters that one task draws; the rest comes in the tasks after it
const CODE_MAX = 8000; // characters of code in one text node: growing one copies all of it

const ESCAPED = "\\`*_{}[]()#+-.!|~>";

// Where in a text something comes next. Places are asked for from the left to the right, so that
// the text is looked through once for each thing.
function ahead(text) {
  const next = new Map(); // what is looked for → where it was found; -1: nowhere further on
  const runs = new Map(); // length of a run of backticks → where such runs are, and which is next
  for (const { index, 0: run } of text.matchAll(/`+/g)) {
    if (!runs.has(run.length)) runs.set(run.length, { places: [], at: 0 });
    runs.get(run.length).places.push(index);
  }
  return {
    of(what, from) {
      const known = next.get(what) ?? -2;
      if (known === -1 || known >= from) return known;
      const found = text.indexOf(what, from);
      next.set(what, found);
      return found;
    },
    run(length, from) {
      const found = runs.get(length);
      while (found && found.places[found.at] < from) found.at += 1;
      return found?.places[found.at] ?? -1;
    },
  };
}

// The text with its spans: code, links, strong, emphasis, deleted.
function inline(into, text, depth = 0) {
  if (depth >= NESTED_MAX) {
    into.append(text);
    return into;
  }
  const next = ahead(text);
  const special = /[`![*_~\\]/g;
  const address = { close: -1, end: -1 }; // of the last link: many `[` may have one `](`
  let shown = 0; // up to here
  let at = 0;
  for (;;) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (!found) break;
    at = found.index;
    const span = spanAt(text, at, next, address, depth);
    if (!span.node) {
      at = span.end;
      continue;
    }
    if (at > shown) into.append(text.slice(shown, at));
    into.append(span.node);
    shown = at = span.end;
  }
  if (shown < text.length) into.append(text.slice(shown));
  return into;
}

// The span that begins at a place: its node, and where it ends; no node: what comes is plain text.
function spanAt(text, at, next, address, depth) {
  const sign = text[at];
  if (sign === "`") return codeAt(text, at, next);
  if (sign === "\\") {
    const one = text[at + 1];
    return one && ESCAPED.includes(one) ? { node: document.createTextNode(one), end: at + 2 } : { end: at + 1 };
  }
  if (sign === "[" || (sign === "!" && text[at + 1] === "[")) return linkAt(text, at, next, address, depth);
  if (sign === "~") {
    const found = /~~([^~\n]+)~~/y;
    found.lastIndex = at;
    const gone = found.exec(text);
    return gone ? { node: inline(made("del"), gone[1], depth + 1), end: at + gone[0].length } : { end: at + 1 };
  }
  if (sign === "!") return { end: at + 1 };
  return text[at + 1] === sign ? strongAt(text, at, next, depth) : emphasisAt(text, at, depth);
}

function codeAt(text, at, next) {
  let begin = at;
  while (text[begin] === "`") begin += 1;
  const length = begin - at;
  const close = next.run(length, begin);
  return close < 0 ? { end: begin } : { node: made("code", text.slice(begin, close)), end: close + length };
}

function strongAt(text, at, next, depth) {
  const close = /\S/.test(text[at + 2] ?? " ") ? next.of(text[at].repeat(2), at + 3) : -1;
  if (close < 0) return { end: at + 1 };
  return { node: inline(made("strong"), text.slice(at + 2, close), depth + 1), end: close + 2 };
}

function emphasisAt(text, at, depth) {
  const span = /([*_])([^*_\n]+)\1(?![\w*])/y;
  span.lastIndex = at;
  const found = /[\w*]/.test(text[at - 1] ?? "") ? null : span.exec(text);
  if (!found || found[2] !== found[2].trim()) return { end: at + 1 };
  return { node: inline(made("em"), found[2], depth + 1), end: at + found[0].length };
}

function linkAt(text, at, next, address, depth) {
  const begin = text[at] === "!" ? at + 2 : at + 1;
  const close = next.of("]", begin);
  const line = next.of("\n", begin);
  if (close < 0 || (line >= 0 && line < close) || text[close + 1] !== "(") return { end: begin };
  if (address.close !== close) {
    const url = /[^()\s]+\)/y;
    url.lastIndex = close + 2;
    address.close = close;
    address.end = url.test(text) ? url.lastIndex : -1;
  }
  if (address.end < 0) return { end: begin };
  const url = text.slice(close + 2, address.end - 1);
  return { node: link(text.slice(begin, close), url, text.slice(at, address.end), depth), end: address.end };
}

function link(label, url, source, depth) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return document.createTextNode(source);
  const node = inline(made("a"), label || url, depth + 1);
  node.href = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer nofollow";
  return node;
}

const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;

function listed(lines) {
  const lists = []; // the open lists, outermost first, with their indentation
  const root = document.createDocumentFragment();
  let item = null;
  for (const line of lines) {
    const found = ITEM.exec(line);
    if (!found) {
      if (item) inline(item, `\n${line.trim()}`);
      continue;
    }
    const indent = found[1].length;
    while (lists.length && lists.at(-1).indent > indent) lists.pop();
    if (!lists.length || (lists.at(-1).indent < indent && lists.length < NESTED_MAX)) {
      const node = made(/\d/.test(found[2]) ? "ol" : "ul");
      if (node.tagName === "OL") node.start = parseInt(found[2], 10);
      (lists.length && item ? item : root).append(node);
      lists.push({ indent, node });
    }
    item = inline(made("li"), found[3]);
    lists.at(-1).node.append(item);
  }
  return root;
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
}

function tabled(lines) {
  const scroller = made("div", undefined, "tt-table");
  const table = scroller.appendChild(made("table"));
  const head = table.createTHead().insertRow();
  for (const cell of cells(lines[0])) head.append(inline(made("th"), cell));
  const body = table.createTBody();
  for (const line of lines.slice(2)) {
    const row = body.insertRow();
    for (const cell of cells(line)) inline(row.insertCell(), cell);
  }
  return scroller;
}

// One block of Markdown, without code fences, as nodes.
function block(text, depth = 0) {
  const all = document.createDocumentFragment();
  let lines = text.replace(/^\n+/, "").trimEnd().split("\n");
  const rest = lines.findIndex((line) => !/^#{1,6}\s/.test(line));
  for (const line of rest < 0 ? lines : lines.slice(0, rest)) {
    const [, signs, title] = /^(#{1,6})\s+(.*)$/.exec(line) ?? [null, "#", line];
    all.append(inline(made(`h${Math.min(6, signs.length + 2)}`), title.replace(/\s#+$/, "")));
  }
  lines = rest < 0 ? [] : lines.slice(rest);
  if (lines.length) all.append(body(lines, depth));
  return all;
}

// What is no heading.
function body(lines, depth) {
  if (lines.length === 1 && /^\s*([-*_])(\s*\1){2,}\s*$/.test(lines[0])) return made("hr");
  if (ITEM.test(lines[0])) return listed(lines);
  if (depth < NESTED_MAX && lines.every((line) => /^\s*>/.test(line))) {
    const quote = made("blockquote");
    quote.append(block(lines.map((line) => line.replace(/^\s*>\s?/, "")).join("\n"), depth + 1));
    return quote;
  }
  if (lines.length > 1 && lines[0].includes("|") && lines[1].includes("-") && /^[\s|:-]+$/.test(lines[1])) {
    return tabled(lines);
  }
  const item = lines.findIndex((line) => ITEM.test(line));
  if (item > 0) {
    const all = document.createDocumentFragment();
    all.append(inline(made("p"), lines.slice(0, item).join("\n")), listed(lines.slice(item)));
    return all;
  }
  return inline(made("p"), lines.join("\n"));
}

// Makes what is drawn like what was made anew, and leaves alone what is alike.
function redraw(drawn, anew) {
  const old = [...drawn.childNodes];
  const all = [...anew.childNodes];
  all.forEach((node, number) => {
    const before = old[number];
    if (!before) drawn.append(node);
    else if (before.isEqualNode(node)) return;
    else if (before.nodeType === Node.TEXT_NODE && node.nodeType === Node.TEXT_NODE) before.data = node.data;
    else if (before.nodeType === Node.ELEMENT_NODE && before.cloneNode().isEqualNode(node.cloneNode?.())) redraw(before, node);
    else before.replaceWith(node);
  });
  for (const node of old.slice(all.length)) node.remove();
}

const LINES = new Set(["P", "LI", "TR", "PRE", "BLOCKQUOTE", "H3", "H4", "H5", "H6", "UL", "OL", "DIV"]);

// What a drawn block says, a line each.
function plain(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  const text = [...node.childNodes].map(plain).join(node.tagName === "TR" ? "\t" : "");
  return LINES.has(node.tagName) && text && !text.endsWith("\n") ? `${text}\n` : text;
}

// Writes growing Markdown into an element: write(text) as often as it grows, close(done) at its end.
// What is too much for one task is drawn in later ones; `grown` is called after each of those.
function markdownWriter(into, grown = () => {}) {
  const FENCE = /^[ ]{0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n/;
  let waiting = ""; // what came and is not drawn yet
  let later = false; // a task that draws it is to come
  let due = false; // the unfinished block is to be drawn in this task
  let closed = null; // what is to be called at the end
  let open = ""; // the text of the unfinished block, or of the unfinished line of code
  let node = null; // where the unfinished block is drawn
  let code = null; // { fence, text, line, amid } while inside a fence; amid: in a line too long to close it

  let elements = 0; // of finished blocks

  // The text of a very long answer stays whole; what was drawn of its beginning goes.
  function settle(block) {
    elements += 1 + block.getElementsByTagName("*").length;
    if (elements <= ELEMENTS_MAX) return;
    const oldest = [...into.children].filter((one) => one.className !== "tt-plain" && one !== block).slice(0, FOLDED);
    if (!oldest.length) return;
    for (const one of oldest) elements -= 1 + one.getElementsByTagName("*").length;
    const last = [...into.children].findLast((one) => one.className === "tt-plain");
    const folded = made("div", oldest.map(plain).join("\n"), "tt-plain");
    oldest[0].before(folded);
    for (const one of oldest) one.remove();
    if (last && last.textContent.length < 100_000) {
      last.firstChild.appendData(`\n${folded.textContent}`);
      folded.remove();
    }
  }

  function begin() {
    node = into.appendChild(made("div", undefined, "tt-block"));
  }

  function finish(text) {
    if (!node) begin();
    node.replaceChildren(text.trim() ? block(text) : "");
    if (!node.hasChildNodes()) node.remove();
    else settle(node);
    node = null;
  }

  function enter(fence, language) {
    if (!node) begin();
    const pre = made("pre");
    pre.tabIndex = 0;
    if (language) pre.dataset.language = language;
    const text = document.createTextNode("");
    const line = document.createTextNode("");
    pre.appendChild(made("code")).append(text, line);
    node.replaceChildren(pre);
    code = { fence, text, line, amid: false };
  }

  function addCode(text) {
    if (code.text.length > CODE_MAX) code.line.before((code.text = document.createTextNode("")));
    code.text.appendData(text);
  }

  function leave() {
    code.line.data = "";
    code = null;
    settle(node);
    node = null;
  }

  function step() {
    if (code) {
      const end = open.indexOf("\n");
      if (end < 0 && open.length <= OPEN_MAX) return false;
      if (end < 0 || end > OPEN_MAX) {
        addCode(open.slice(0, OPEN_MAX));
        open = open.slice(OPEN_MAX);
        code.amid = true;
        return true;
      }
      const line = open.slice(0, end);
      open = open.slice(end + 1);
      const closing = line.trim();
      if (!code.amid && closing.startsWith(code.fence) && /^(`+|~+)$/.test(closing)) leave();
      else {
        addCode(`${line}\n`);
        code.amid = false;
      }
      return true;
    }
    const fence = FENCE.exec(open.slice(0, OPEN_MAX));
    if (fence) {
      open = open.slice(fence[0].length);
      enter(fence[1], fence[2]);
      return true;
    }
    const cut = boundary(open);
    if (cut < 0) return false;
    finish(open.slice(0, cut));
    open = open.slice(cut).replace(/^\n+/, "");
    return true;
  }

  // Where the first block ends: at a blank line, before a fence, or where it is too long.
  function boundary(text) {
    const near = text.slice(0, OPEN_MAX);
    const found = /\n[ \t]*\n|\n(?=[ ]{0,3}(?:`{3,}|~{3,}))/.exec(near);
    if (found && (found.index > 0 || near.trim())) return found.index + found[0].length;
    if (text.length <= OPEN_MAX) return -1;
    const end = Math.max(text.lastIndexOf("\n", OPEN_MAX), text.lastIndexOf(" ", OPEN_MAX));
    return end > OPEN_MAX / 2 ? end + 1 : OPEN_MAX;
  }

  function draw(text) {
    open += text;
    while (step());
    if (!due) queueMicrotask(show);
    due = true;
  }

  // The unfinished block, once for all that came in one task.
  function show() {
    due = false;
    if (code) {
      if (code.line.data !== open) code.line.data = open;
    } else if (open.trim()) {
      if (!node) begin();
      redraw(node, block(open));
    }
  }

  function end() {
    if (code && (code.amid || !/^(`+|~+)$/.test(open.trim()))) addCode(open);
    if (code) leave();
    else if (open.trim()) finish(open);
    open = "";
    closed();
  }

  function work() {
    const text = waiting.slice(0, TASK_MAX);
    waiting = waiting.slice(TASK_MAX);
    draw(text);
    if (waiting) {
      later = true;
      setTimeout(() => {
        later = false;
        work();
        grown();
      });
    } else if (closed) end();
  }

  return {
    write(text) {
      waiting += text;
      if (!later) work();
    },
    close(done = () => {}) {
      closed = done;
      if (!later) end();
    },
  };
}
