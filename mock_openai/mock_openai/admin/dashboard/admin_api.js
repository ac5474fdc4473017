// The admin routes of the server that this page came from. The token stays in this page's memory.

let token = '';
export const useToken = (given) => { token = given; };

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function call(path, method = 'GET') {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`/__mock__${path}`, {
    method, headers, cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(10_000),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, body.error.message);
  return body;
}

export const stream = (id, rest = '') => `/streams/${encodeURIComponent(id)}${rest}`;
