// One member of a room of `inference`, by the real socket.io-client or by `ws`. Prints one JSON line
// per event and acknowledgement.
//
// The only argument is JSON: url, transport (socketio or websocket), userId, roomId, members (how
// many to wait for), and ask: the question that this one puts to the model, if any. Who asks also
// says something before, types, and is busy; everybody leaves when the answer is there.
import { io } from 'socket.io-client';
import WebSocket from 'ws';

const asked = JSON.parse(process.argv[2]);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const heard = [];
let changed = () => {};

function note(event, payload) {
  tell({ event, payload });
  heard.push([event, payload]);
  changed();
}

async function until(true_) {
  while (!true_()) await new Promise((resolve) => (changed = resolve));
}

function overSocketio() {
  const socket = io(`${asked.url}/ws`, { auth: { userId: asked.userId }, forceNew: true });
  socket.onAny(note);
  const emit = (event, payload) => socket.emitWithAck(event, payload);
  return new Promise((resolve) =>
    socket.on('connect', () => resolve({ emit, close: () => socket.close() })),
  );
}

function overWebSocket() {
  const socket = new WebSocket(`${asked.url.replace('http', 'ws')}/ws`);
  const answers = [];
  socket.on('message', (text) => {
    const frame = JSON.parse(text);
    if (frame.event) note(frame.event, frame.data);
    else answers[frame.ackId](frame.data);
  });
  const emit = (event, data) =>
    new Promise((resolve) => {
      const ackId = answers.push(resolve) - 1;
      socket.send(JSON.stringify({ event, data, ackId }));
    });
  return new Promise((resolve) =>
    socket.on('open', async () => {
      await emit('auth', { userId: asked.userId });
      resolve({ emit, close: () => socket.close() });
    }),
  );
}

const roomId = asked.roomId;
const { emit, close } = await (asked.transport === 'socketio' ? overSocketio() : overWebSocket());
const joined = await emit('room:join', { roomId });
tell({ joined });
const there = new Set(joined.members.map((member) => member.userId));
await until(() => {
  heard.forEach(([event, { userId }]) => event === 'room:join' && there.add(userId));
  return there.size >= asked.members;
});
if (asked.ask) {
  tell({ sent: await emit('message:send', { roomId, content: 'Hello', clientMessageId: 'm1' }) });
  tell({ again: await emit('message:send', { roomId, content: 'Hello', clientMessageId: 'm1' }) });
  await emit('presence:update', { status: 'busy', metadata: { lastActive: 1 } });
  await emit('typing:start', { roomId });
  await emit('typing:start', { roomId });
  await emit('typing:stop', { roomId });
  const messages = [{ role: 'user', content: asked.ask }];
  tell({ started: await emit('chat:ask', { roomId, messages }) });
}
await until(() => heard.some(([event, payload]) => event === 'message:new' && payload.runId));
tell({ left: await emit('room:leave', { roomId }) });
close();
setTimeout(() => process.exit(), 50);
