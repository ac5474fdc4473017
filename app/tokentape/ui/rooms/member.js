// A member of a room, as the protocol's documentation tells a client to be: frames on a plain
// WebSocket, back after a lost connection with what it has seen, typing that does not repeat itself.
// Knows no page: `tell` is called with each event, with "state" when the connection changes, and with
// "refused" where the room does not take the member.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
const LOST = { ok: false, code: "LOST", message: "The connection was lost before this was answered." };

class Member {
  constructor(url, userId, roomId, tell) {
    Object.assign(this, { url, userId, roomId, tell });
    this.answers = new Map();
    this.runs = new Map(); // the last seq that was seen of each run that goes on
    this.number = 0;
    this.waitMs = FIRST_WAIT_MS;
    this.left = false;
    this.connect();
  }

  connect() {
    this.tell("state", "connecting");
    const socket = (this.socket = new WebSocket(this.url));
    socket.onopen = () => this.enter();
    socket.onmessage = ({ data }) => this.take(JSON.parse(data));
    socket.onclose = () => this.lost();
  }

  async enter() {
    this.emit("auth", { userId: this.userId });
    // What was seen a part of comes first: then joining does not tell it again.
    for (const [runId, lastSeq] of this.runs) {
      const answer = await this.emit("resume", { runId, lastSeq });
      if (answer === LOST) return;
      if (!answer.ok) this.runs.delete(runId);
    }
    const joined = await this.emit("room:join", { roomId: this.roomId });
    if (joined === LOST) return;
    if (!joined.ok) return this.tell("refused", joined);
    this.waitMs = FIRST_WAIT_MS;
    this.tell("joined", joined);
    this.tell("state", "connected");
  }

  take(frame) {
    if (!frame.event) {
      this.answers.get(frame.ackId)?.(frame.data);
      this.answers.delete(frame.ackId);
      return;
    }
    const { runId, seq } = frame.data;
    if (runId !== undefined && seq !== undefined) {
      if (seq <= (this.runs.get(runId) ?? -1)) return;
      if (frame.event === "message:stream") this.runs.set(runId, seq);
      else this.runs.delete(runId);
    }
    this.tell(frame.event, frame.data);
  }

  // The acknowledgement, or `LOST` of a connection that is lost before it comes.
  emit(event, data = {}) {
    if (!this.connected) return Promise.resolve(LOST);
    const ackId = (this.number += 1);
    this.socket.send(JSON.stringify({ event, data, ackId }));
    return new Promise((answered) => this.answers.set(ackId, answered));
  }

  get connected() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  lost() {
    for (const answered of this.answers.values()) answered(LOST);
    this.answers.clear();
    this.typing = false;
    if (this.left) return;
    this.tell("state", "reconnecting");
    setTimeout(() => this.left || this.connect(), this.waitMs * (0.5 + Math.random() / 2));
    this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
  }

  // The server hears of it once in a while, and forgets it by itself.
  types(something) {
    clearTimeout(this.pausing);
    if (!this.connected) return;
    if (something && !this.typing) this.emit("typing:start", { roomId: this.roomId });
    if (!something && this.typing) this.emit("typing:stop", { roomId: this.roomId });
    this.typing = something;
    if (something) this.pausing = setTimeout(() => (this.typing = false), 3000);
  }

  drop() {
    this.socket.close();
  }

  async leave() {
    this.left = true;
    if (this.connected) await this.emit("room:leave", { roomId: this.roomId });
    this.socket.close();
  }
}
