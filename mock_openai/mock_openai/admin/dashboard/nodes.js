// Nodes whose content is text: nothing here is ever parsed as HTML.

export const LONGEST = 20_000; // characters of one text that are shown

export const shortened = (text, most = LONGEST) =>
  text.length > most ? `${text.slice(0, most)}… (${text.length - most} characters more)` : text;

export function node(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  if (text !== undefined) made.textContent = shortened(String(text));
  made.append(...children);
  return made;
}

// A node is written only where it changes: a selection and the focus stay.
export function write(target, text, className = target.className) {
  if (target.textContent !== text) target.textContent = text;
  if (target.className !== className) target.className = className;
}

// One child for each item, in the items' order; a child stays with its key.
export function list(parent, items, key, make, update) {
  const old = new Map([...parent.children].map((one) => [one.dataset.key, one]));
  items.forEach((item, at) => {
    const name = String(key(item));
    let child = old.get(name);
    if (child === undefined) {
      child = make(item);
      child.dataset.key = name;
    }
    old.delete(name);
    if (parent.children[at] !== child) {
      const focused = child.contains(document.activeElement) ? document.activeElement : null;
      parent.insertBefore(child, parent.children[at] ?? null);
      focused?.focus();
    }
    update(child, item);
  });
  for (const gone of old.values()) gone.remove();
}
