// The rooms tab: a pane for each member of this page. What is said is text, never HTML.

const root = location.origin.replace(/^http/, "ws") + location.pathname.replace(/\/ui(\/.*)?$/, "");
const NAMES = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn"];
const STATES = { connecting: ["connecting", "warn"], connected: ["connected", "right"], reconnecting: ["connection lost, coming back", "wrong"] };
const panes = new Set();

named("room").value = new URLSearchParams(location.search).get("room") || `room-${Math.random().toString(36).slice(2, 7)}`;

function nextName() {
  const taken = new Set([...panes].map((pane) => pane.member.userId));
  return NAMES.find((name) => !taken.has(name)) || `Guest ${panes.size + 1}`;
}

function tidy() {
  named("nothing").hidden = panes.size > 0;
  named("join").disabled = panes.size >= props.seats_max;
  named("room").disabled = panes.size > 0;
  named("name").value = nextName();
  const people = [...panes][0]?.people.size;
  say(named("there"), people ? `${counted(people, "person").replace("persons", "people")} in the room` : "");
}

class Pane {
  constructor(userId, roomId) {
    this.people = new Map();
    this.typists = new Set();
    this.messages = new Map();
    this.drawn();
    this.member = new Member(`${root}/ws`, userId, roomId, (event, told) => this.hear(event, told));
    this.title.textContent = userId;
    this.node.setAttribute("aria-label", userId);
  }

  drawn() {
    const node = (this.node = made("section", undefined, "tt-seat"));
    const head = node.appendChild(made("div", undefined, "tt-head"));
    this.title = head.appendChild(made("h2"));
    this.state = head.appendChild(made("span", "", "tt-chip", { role: "status", "aria-label": "Connection" }));
    this.status = head.appendChild(made("select", undefined, "tt-input tt-slim", { "aria-label": "Presence" }));
    for (const one of ["online", "away", "busy"]) this.status.append(made("option", one));
    this.list = node.appendChild(made("ul", undefined, "tt-people", { "aria-label": "People" }));
    this.log = node.appendChild(made("div", undefined, "tt-room-log", { role: "log", "aria-label": "Messages", tabindex: "0" }));
    this.typing = node.appendChild(made("p", "", "tt-typing", { role: "status", "aria-label": "Typing" }));
    const form = node.appendChild(made("form", undefined, "tt-actions"));
    this.text = form.appendChild(made("input", undefined, "tt-input", { "aria-label": "Message", placeholder: "Say something, or ask", autocomplete: "off", maxlength: "4000" }));
    const send = form.appendChild(made("button", "Send", "tt-button tt-primary"));
    const button = (words, act, kind = "") => {
      const one = form.appendChild(made("button", words, `tt-button ${kind}`, { type: "button" }));
      one.addEventListener("click", act);
      return one;
    };
    this.asking = button("Ask the model", () => this.ask());
    this.stopping = button("Stop", () => this.tried(this.member.emit("chat:stop", { roomId: this.member.roomId })));
    this.stopping.disabled = true;
    button("Lose connection", () => this.member.drop(), "tt-slim");
    button("Leave", () => this.leave(), "tt-slim");
    this.working = [send, this.asking, this.status];
    this.told = node.appendChild(made("p", "", "tt-said-so", { role: "status", "aria-label": "Answer" }));
    this.text.addEventListener("input", () => this.member.types(this.text.value !== ""));
    this.status.addEventListener("change", () => this.tried(this.member.emit("presence:update", { status: this.status.value })));
    form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      this.send();
    });
  }

  hear(event, told) {
    const { userId } = told;
    if (event === "refused") {
      say(this.state, "not let in", "wrong");
      say(this.told, `${told.message} (${told.code})`, "wrong");
    } else if (event === "state") {
      say(this.state, ...STATES[told]);
      for (const one of this.working) one.disabled = told !== "connected";
    } else if (event === "joined") {
      this.people = new Map(told.members.map((one) => [one.userId, one.status]));
      this.typists.clear();
      for (const message of told.recent) this.keep(message);
    } else if (event === "room:join") this.people.set(userId, "online");
    else if (event === "room:leave") this.people.delete(userId);
    else if (event === "presence:update") this.people.set(userId, told.status);
    else if (event === "typing:start") this.typists.add(userId);
    else if (event === "typing:stop") this.typists.delete(userId);
    else if (event === "message:stream") this.stream(told);
    else if (event === "message:new") this.keep(told);
    else if (event === "error") this.fail(told);
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...[...this.people].map(([name, status]) => made("li", status === "online" ? name : `${name}, ${status}`, undefined, { "data-status": status })));
    const who = [...this.typists];
    say(this.typing, who.length ? `${who.join(", ")} ${who.length > 1 ? "are" : "is"} typing…` : "");
    tidy();
  }

  article(key, author, role) {
    const found = this.messages.get(key);
    if (found) return found;
    const one = made("article", undefined, undefined, { "data-role": role, "aria-label": author });
    one.append(made("strong", author), made("p"));
    this.messages.set(key, one);
    this.log.append(one);
    if (this.messages.size > props.messages_max) {
      const [oldest, node] = this.messages.entries().next().value;
      this.messages.delete(oldest);
      node.remove();
    }
    return one;
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
  }

  stream({ runId, content }) {
    const follow = this.atEnd();
    const one = this.article(runId, "assistant", "assistant");
    one.setAttribute("aria-busy", "true");
    one.querySelector("p").append(content);
    this.stopping.disabled = false;
    if (follow) this.log.scrollTop = this.log.scrollHeight;
  }

  keep(message) {
    const follow = this.atEnd();
    const ended = message.runId !== undefined;
    const one = this.article(message.runId || message.id, message.userId, message.role || "user");
    const said = one.querySelector("p");
    if (said.textContent !== message.content) said.textContent = message.content;
    one.removeAttribute("aria-busy");
    if (message.stopped && said === one.lastChild) one.append(made("span", "Stopped", "tt-quiet"));
    if (ended) this.stopping.disabled = true;
    if (follow) this.log.scrollTop = this.log.scrollHeight;
  }

  fail({ runId, message, code }) {
    if (!runId) return; // the acknowledgement says it too, to who asked
    const follow = this.atEnd();
    const one = this.article(runId, "assistant", "assistant");
    one.removeAttribute("aria-busy");
    one.append(made("span", `${message} (${code})`, "tt-problem-line", { role: "alert" }));
    this.stopping.disabled = true;
    if (follow) this.log.scrollTop = this.log.scrollHeight;
  }

  async tried(answer) {
    const { ok, message, code } = await answer;
    say(this.told, ok ? "" : `${message} (${code})`, ok ? "" : "wrong");
    return ok;
  }

  async send() {
    const content = this.text.value;
    if (!content.trim() || !this.member.connected) return;
    const { roomId } = this.member;
    this.member.types(false);
    if (await this.tried(this.member.emit("message:send", { roomId, content, clientMessageId: `${Date.now()}-${Math.random()}` }))) this.text.value = "";
  }

  async ask() {
    if (this.text.value.trim()) await this.send();
    await this.tried(this.member.emit("chat:ask", { roomId: this.member.roomId }));
  }

  leave() {
    this.member.leave();
    panes.delete(this);
    this.node.remove();
    tidy();
    named("name").focus();
  }
}

function join(userId) {
  const roomId = named("room").value.trim();
  if (!roomId || !userId.trim()) return;
  if ([...panes].some((pane) => pane.member.userId === userId.trim())) {
    say(named("told"), `${userId.trim()} is here already: a second tab is no second person.`, "warn");
    return;
  }
  say(named("told"));
  const pane = new Pane(userId.trim(), roomId);
  panes.add(pane);
  named("seats").append(pane.node);
  tidy();
}

named("form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  join(named("name").value);
});
named("two").addEventListener("click", () => {
  join("Ann");
  join("Bob");
});
tidy();
