// One turn over fetch, read by the client example of the `ai-chat` protocol's own documentation.
//
// The only argument is JSON: url, headers, body. Prints one JSON line for the sending, one per
// event and one for the end. Times are CLOCK_MONOTONIC, as Python's time.monotonic_ns().
const asked = JSON.parse(process.argv[2]);
const tell = (line) =>
  process.stdout.write(`${JSON.stringify({ at_ns: String(process.hrtime.bigint()), ...line })}\n`);

tell({ started: true });
const response = await fetch(asked.url, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...asked.headers },
  body: JSON.stringify(asked.body),
});
if (!response.ok) {
  tell({ refused: `${response.status} ${await response.text()}` });
} else {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();

  while (true) {
    const { done, value } = await reader.read();
    if (done) break;

    const chunk = decoder.decode(value);
    const lines = chunk.split('\n');

    for (const line of lines) {
      if (line.startsWith('data: ')) {
        const data = JSON.parse(line.slice(6));
        tell({ event: '', payload: data });
      }
    }
  }
}
