// The Monitor: pieces once a second.

live.every(1000, () => server.poll({}));
