// Draws the conversation: one article a speaker, the newest answer growing as it comes.
// The value is the newest turn as a whole; what of it is drawn already is not drawn again.

const TURNS_MAX = 50; // older turns leave the page, the server keeps them

const log = element.querySelector(".tt-log");
const turns = log.querySelector(".tt-turns");
const end = follower(log);
const TELL_MS = 250; // between two words to the server of how far the drawing is
const ENDINGS = { stopped: "Stopped", failed: "Incomplete" };

let told = 0;
let current = null; // { turn, article, body, writer, drawn, state }

function speaker(name, className) {
  const article = made("article", undefined, `tt-said ${className}`);
  article.setAttribute("aria-label", name);
  article.append(made("p", name, "tt-speaker"));
  return article;
}

function begin(value) {
  const question = speaker("You", "tt-question");
  question.append(made("div", value.asked, "tt-body"));
  const article = speaker("Assistant", "tt-answer");
  article.dataset.turn = value.turn;
  article.setAttribute("aria-busy", "true");
  article.firstChild.append(made("span", value.about, "tt-about"));
  const body = article.appendChild(made("div", undefined, "tt-body"));
  turns.append(question, article);
  while (turns.children.length > 2 * TURNS_MAX) turns.firstChild.remove();
  return { turn: value.turn, article, body, writer: markdownWriter(body), drawn: 0, state: "" };
}

function mark(value) {
  current.state = value.state;
  current.article.dataset.state = value.state;
  if (value.state === "waiting" || value.state === "answering") return;
  current.writer.close();
  current.article.setAttribute("aria-busy", "false");
  current.article.append(ending(value));
}

function ending(value) {
  const foot = made("div", undefined, "tt-foot");
  if (value.problem) foot.append(complaint(value.problem));
  else if (ENDINGS[value.state]) foot.append(made("span", ENDINGS[value.state], "tt-ending"));
  if (value.text) foot.append(copier(value.text));
  return foot;
}

function complaint(problem) {
  const box = made("div", undefined, "tt-problem");
  box.setAttribute("role", "alert");
  const happened = box.appendChild(made("p"));
  happened.append(made("strong", problem.happened), " ", made("code", problem.code));
  box.append(made("p", problem.advice));
  return box;
}

function copier(text) {
  const button = made("button", "Copy", "tt-copy");
  button.type = "button";
  button.setAttribute("aria-label", "Copy the answer");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed here";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return button;
}

function draw() {
  const value = props.value;
  if (!value) {
    turns.replaceChildren();
    current = null;
    log.classList.remove("tt-talking");
    return;
  }
  if (!current || current.turn !== value.turn) {
    log.classList.add("tt-talking");
    current = begin(value);
    end.restart();
  }
  if (value.text.length > current.drawn) {
    current.writer.write(value.text.slice(current.drawn));
    current.drawn = value.text.length;
    tell(value);
    current.body.answer = value.text; // the answer as it came, for whoever inspects the page
  }
  if (value.state !== current.state) mark(value);
  end.toEnd();
}

// By this the server knows a page that does not keep up, and sends it larger frames less often.
function tell(value) {
  if (performance.now() - told < TELL_MS) return;
  told = performance.now();
  server.drawn([value.turn, value.text.length]).catch(() => {});
}

log.addEventListener("click", (event) => {
  const example = event.target.closest(".tt-example");
  if (example) trigger("select", { index: Number(example.dataset.index) });
});

watch("value", draw);
