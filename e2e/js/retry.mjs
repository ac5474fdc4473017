// One start by socket.io-client with `retries`. Prints a JSON line for its acknowledgement and one
// per event.
//
// The only argument is JSON: url (with namespace), emit [event, payload], ends [events], ackTimeout
// in milliseconds, and lingerMs, the time to listen on after both the end and the acknowledgement.
import { io } from 'socket.io-client';

const asked = JSON.parse(process.argv[2]);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const socket = io(asked.url, {
  transports: ['websocket'],
  forceNew: true,
  reconnectionDelay: 10,
  ackTimeout: asked.ackTimeout,
  retries: 3,
});

let open = 2;
function done() {
  open -= 1;
  if (open === 0) setTimeout(() => socket.close(), asked.lingerMs);
}

let ended = false;
socket.onAny((event, payload) => {
  tell({ event, payload: payload ?? null, sid: socket.id });
  if (asked.ends.includes(event) && !ended) {
    ended = true;
    done();
  }
});
socket.emit(...asked.emit, (error, answer) => {
  tell({ acknowledged: answer ?? null, error: error ? error.message : null });
  done();
});
