// A `fetch` for HttpAgent that comes back to a run whose connection was lost:
//
//   new HttpAgent({ url, fetch: resumingFetch() })
//
// The agent sees one stream, each event once. It knows the run by the header `Tokentape-Run` and the
// place in it by the SSE ids.
const OVER = /"type":"RUN_(FINISHED|ERROR)"/;

export const resumingFetch = ({ retries = 5, waitMs = 1000 } = {}) => async (url, init) => {
  const answer = await fetch(url, init);
  const run = answer.headers.get('tokentape-run');
  if (!answer.ok || !run) return answer;

  const { 'Content-Type': _, ...headers } = init.headers;
  let lastId = '';

  const resumed = async () => {
    for (let tried = 0; tried < retries; tried += 1) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const after = lastId ? { 'Last-Event-ID': lastId } : {};
      try {
        return await fetch(`${url}/runs/${run}`, { headers: { ...headers, ...after }, signal: init.signal });
      } catch (error) {
        if (init.signal?.aborted) throw error;
      }
    }
    throw new Error('The connection to the run is lost.');
  };

  // Whole events only: what was cut off comes again.
  async function* events(body) {
    const decoder = new TextDecoder();
    let pending = '';
    try {
      for await (const bytes of body) {
        pending += decoder.decode(bytes, { stream: true });
        const whole = pending.split('\n\n');
        pending = whole.pop();
        for (const event of whole) {
          lastId = /^id: (.+)$/m.exec(event)?.[1] ?? lastId;
          yield `${event}\n\n`;
          if (OVER.test(event)) return true;
        }
      }
    } catch (error) {
      if (init.signal?.aborted) throw error;
    }
    return false;
  }

  async function* allEvents() {
    let body = answer.body;
    while (!(yield* events(body))) {
      const again = await resumed();
      if (again.status !== 200) throw new Error(`The run can't be come back to: HTTP ${again.status}.`);
      body = again.body;
    }
  }

  const source = allEvents();
  const encoder = new TextEncoder();
  const stream = new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return new Response(stream, { status: answer.status, headers: answer.headers });
};
