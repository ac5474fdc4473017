// One turn by the real socket.io-client. Prints one JSON line for the sending and one per event.
//
// The only argument is JSON: url (with namespace), auth, transports (absent: the client's own
// choice), emit [event, ...arguments], ends [events], stop {after, emit} and lingerMs, the time
// to listen on after the end. Times are CLOCK_MONOTONIC, as Python's time.monotonic_ns().
import { io } from 'socket.io-client';

const asked = JSON.parse(process.argv[2]);
const tell = (line) =>
  process.stdout.write(`${JSON.stringify({ at_ns: String(process.hrtime.bigint()), ...line })}\n`);

const socket = io(asked.url, {
  auth: asked.auth ?? {},
  reconnection: false,
  forceNew: true,
  ...(asked.transports ? { transports: asked.transports } : {}),
});

function leave() {
  socket.close();
  // A long poll under way would keep the process for as long as the server holds it.
  setTimeout(() => process.exit(), 50);
}

let count = 0;
socket.onAny((event, ...payloads) => {
  tell({ event, payload: payloads[0] ?? null });
  count += 1;
  if (asked.stop && count === asked.stop.after) {
    tell({ stopped: true });
    socket.emit(...asked.stop.emit);
  }
  if (asked.ends.includes(event)) setTimeout(leave, asked.lingerMs);
});
socket.on('connect', () => {
  tell({ started: true });
  socket.emit(...asked.emit);
});
socket.on('connect_error', (error) => {
  tell({ refused: error.message });
  leave();
});
