// Single requests of a test, each on a connection of its own and never retried.
import http from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  method?: string;
  body?: string | Buffer;
  headers?: Readonly<Record<string, string>>;
  socketPath?: string;
  /** Deadline in ms (default 20 s). */
  within?: number;
}

/** What the fixture apps answer on `/`. */
export interface FixtureAnswer {
  readonly n: number;
  readonly version: number;
  readonly pid: number;
  readonly slot: string | null;
  readonly count: number;
  readonly method: string;
}

/** One request to 127.0.0.1; rejects when there is no complete answer. */
export function ask(port: number, path = '/', options: Ask = {}): Promise<Reply> {
  const { method = 'GET', body, headers, socketPath, within = 20_000 } = options;
  const target = socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...target, path, method, headers, agent: false, timeout: within }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data: string) => (text += data));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.once('timeout', () => request.destroy(new Error(`No answer to ${method} ${path} within ${within} ms`)));
    request.once('error', reject);
    request.end(body);
  });
}

/** The answer of a fixture app. */
export async function askFixture(port: number, path = '/', options: Ask = {}): Promise<FixtureAnswer> {
  const { status, text } = await ask(port, path, options);
  if (status !== 200) throw new Error(`Status ${status} from ${path}: ${text.slice(0, 200)}`);
  return JSON.parse(text) as FixtureAnswer;
}
