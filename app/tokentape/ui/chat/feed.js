// Takes an answer as it comes, and hands it to the pane's conversation and timeline.
// The value is one text that only grows at its end: lines of JSON, after a head that says whose
// they are and from which line on they are. Lines that were taken are passed over; where some went
// by unseen, a snapshot is asked for.

let turn = null; // whose lines they are
let look = null;
let first = 0; // the number of the first line, when it was last seen
let read = 0; // characters of the value that were taken
let line = 0; // the number of the line that stands there
let next = 0; // the number of the next line to take
let drawn = 0; // characters of answer that were handed on
let asking = false;

function hand(detail) {
  document.dispatchEvent(new CustomEvent(`tokentape:feed:${props.pane}`, { detail: { turn, look, ...detail } }));
}

function take() {
  const value = props.value;
  if (!value) {
    turn = look = null;
    return;
  }
  const head = value.indexOf("\n");
  const [whose, by, from] = value.slice(0, head).split(" ");
  if (whose !== turn || by !== look) {
    [turn, look, next, drawn] = [whose, by, 0, 0];
    first = -1;
    asking = false;
    hand({ begins: true });
  }
  if (Number(from) > next) return ask();
  if (Number(from) !== first) {
    first = line = Number(from);
    read = head + 1;
  }
  // An older value that is shown once more has nothing new.
  if (value.length < read) return;
  let lines = value.slice(read).split("\n");
  lines.pop(); // what follows the last line's end
  read = value.length;
  const at = line;
  line += lines.length;
  // A snapshot may be ahead of the value: what it had is passed over as it comes.
  lines = lines.slice(Math.max(0, next - at));
  if (!lines.length) return;
  next = line;
  const told = lines.map((line) => JSON.parse(line)).filter(Boolean);
  for (const one of told) if (Array.isArray(one)) drawn = one[6];
  hand({ told });
}

async function ask() {
  if (asking) return;
  asking = true;
  const of = look;
  const snapshot = await server.missed([turn, drawn]).catch(() => null);
  if (of !== look) return;
  asking = false;
  if (!snapshot) return;
  next = snapshot.next;
  drawn = snapshot.characters;
  first = -1; // lines are counted anew
  hand({ snapshot });
  take();
}

watch("value", take);
