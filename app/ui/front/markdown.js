// Markdown as it grows. Builds nodes and sets their text, never HTML, so whatever a model says is
// shown and nothing of it is run or fetched. A finished block is drawn once and not touched again,
// so that a long answer costs what its length costs.

const ELEMENTS_MAX = 2000; // elements of finished blocks, beyond which the oldest become plain text
const FOLDED = 200; // blocks that become plain text together
const OPEN_MAX = 4000; // characters of an unfinished block, after which it is cut in two

const INLINE = new RegExp(
  [
    "(?<code>`+)(?<codeText>[^`]|[^`].*?[^`])\\k<code>(?!`)",
    "!?\\[(?<label>[^\\]\\n]*)\\]\\((?<url>[^()\\s]+)\\)",
    "(?<strong>\\*\\*|__)(?=\\S)(?<strongText>.+?\\S??)\\k<strong>",
    "(?<![\\w*])(?<em>[*_])(?=[^\\s*_])(?<emText>[^*_\\n]*?[^\\s*_])\\k<em>(?![\\w*])",
    "~~(?<gone>[^~\\n]+)~~",
    "\\\\(?<escaped>[\\\\`*_{}\\[\\]()#+\\-.!|~>])",
  ].join("|"),
  "su",
);

function inline(into, text) {
  let rest = text;
  for (;;) {
    const found = INLINE.exec(rest);
    if (!found) break;
    into.append(rest.slice(0, found.index));
    into.append(inlineNode(found));
    rest = rest.slice(found.index + found[0].length);
  }
  into.append(rest);
  return into;
}

function inlineNode(found) {
  const part = found.groups;
  if (part.code) return made("code", part.codeText);
  if (part.url !== undefined) return link(part.label, part.url, found[0]);
  if (part.strong) return inline(made("strong"), part.strongText);
  if (part.em) return inline(made("em"), part.emText);
  if (part.gone) return inline(made("del"), part.gone);
  return document.createTextNode(part.escaped);
}

function link(label, url, source) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return document.createTextNode(source);
  const node = inline(made("a"), label || url);
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
    if (!lists.length || lists.at(-1).indent < indent) {
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
function block(text) {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  const head = /^(#{1,6})\s+(.*)$/.exec(lines[0]);
  if (head) {
    const all = document.createDocumentFragment();
    all.append(inline(made(`h${Math.min(6, head[1].length + 2)}`), head[2].replace(/\s#+$/, "")));
    if (lines.length > 1) all.append(block(lines.slice(1).join("\n")));
    return all;
  }
  if (lines.length === 1 && /^\s*([-*_])(\s*\1){2,}\s*$/.test(lines[0])) return made("hr");
  if (ITEM.test(lines[0])) return listed(lines);
  if (lines.every((line) => /^\s*>/.test(line))) {
    const quote = made("blockquote");
    quote.append(block(lines.map((line) => line.replace(/^\s*>\s?/, "")).join("\n")));
    return quote;
  }
  if (lines.length > 1 && lines[0].includes("|") && /^[\s|:-]*-[\s|:-]*$/.test(lines[1])) {
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

const LINES = new Set(["P", "LI", "TR", "PRE", "BLOCKQUOTE", "H3", "H4", "H5", "H6", "UL", "OL", "DIV"]);

// What a drawn block says, a line each.
function plain(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  const text = [...node.childNodes].map(plain).join(node.tagName === "TR" ? "\t" : "");
  return LINES.has(node.tagName) && text && !text.endsWith("\n") ? `${text}\n` : text;
}

// Writes growing Markdown into an element: write(text) as often as it grows, close() at its end.
function markdownWriter(into) {
  const FENCE = /^[ ]{0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^\n]*\n/;
  let open = ""; // the text of the unfinished block, or of the unfinished line of code
  let node = null; // where the unfinished block is drawn
  let code = null; // { fence, text, line } while inside a fence

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
    code = { fence, text, line };
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
      if (end < 0) return false;
      const line = open.slice(0, end);
      open = open.slice(end + 1);
      const closing = line.trim();
      if (closing.startsWith(code.fence) && /^(`+|~+)$/.test(closing)) leave();
      else code.text.appendData(`${line}\n`);
      return true;
    }
    const fence = FENCE.exec(open);
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
    const found = /\n[ \t]*\n|\n(?=[ ]{0,3}(?:`{3,}|~{3,}))/.exec(text);
    if (found && (found.index > 0 || text.trim())) return found.index + found[0].length;
    if (text.length <= OPEN_MAX) return -1;
    const end = Math.max(text.lastIndexOf("\n", OPEN_MAX), text.lastIndexOf(" ", OPEN_MAX));
    return end > OPEN_MAX / 2 ? end + 1 : OPEN_MAX;
  }

  return {
    write(text) {
      open += text;
      while (step());
      if (code) {
        code.line.data = open;
      } else if (open.trim()) {
        if (!node) begin();
        node.replaceChildren(block(open));
      }
    },
    close() {
      if (code && !/^\s*(`+|~+)\s*$/.test(open)) code.text.appendData(open);
      if (code) leave();
      else if (open.trim()) finish(open);
      open = "";
    },
  };
}
