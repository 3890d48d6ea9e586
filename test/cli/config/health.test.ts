import { expect, test } from 'vitest';
import { readHealth } from '../../../cli/config/health.ts';
import { problemsOf } from '../../../cli/config/reading.ts';
import { HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';

const USUAL = { ...HEALTH_DEFAULTS, path: '/healthz' };
const PATH = 'expected a path that begins with "/" such as "/healthz"';
const CHARACTERS = 'expected a path without spaces, control characters and letters beyond ASCII ("%20" for a space)';
const STATUS = 'expected a status (100 to 599) such as 204, or a range such as "200-299"';

const with_ = (parts: object): object => ({ path: '/healthz', ...parts });

test.each<[unknown, object]>([
  ['/healthz', {}],
  ['/', { path: '/' }],
  ['/a?b=%20#c', { path: '/a?b=%20#c' }],
  [{ path: '/healthz' }, {}],
  [with_({ timeout: null, headers: undefined }), {}],
  [with_({ port: 8080 }), { port: '8080' }],
  [with_({ port: './admin.sock' }), { port: 'admin.sock' }],
  [with_({ status: 204 }), { status: { least: 204, most: 204 } }],
  [with_({ status: '204' }), { status: { least: 204, most: 204 } }],
  [with_({ status: '200-299' }), { status: { least: 200, most: 299 } }],
  [with_({ status: '200 - 200' }), { status: { least: 200, most: 200 } }],
  [with_({ timeout: '5s', interval: 250 }), { timeout: 5_000, interval: 250 }],
  [with_({ successes: 3, failures: '5' }), { successes: 3, failures: 5 }],
  [with_({ headers: { Host: 'a.example', 'X-N': 1, none: null } }), { headers: { Host: 'a.example', 'X-N': '1' } }],
])('%j', (value, changes) => {
  expect(readHealth(value, 'health')).toEqual({ value: { ...USUAL, ...changes } });
});

test.each<[unknown, string | RegExp | readonly string[]]>([
  [true, 'health: expected a path such as "/healthz", or an object with one, got true'],
  [['/a'], 'health: expected a path such as "/healthz", or an object with one, got ["/a"]'],
  ['healthz', `health: ${PATH}, got "healthz"`],
  ['', `health: ${PATH}, got ""`],
  ['http://localhost/', `health: ${PATH}, got "http://localhost/"`],
  ['/a b', `health: ${CHARACTERS}, got "/a b"`],
  ['/a\r\nHost: b', `health: ${CHARACTERS}, got "/a\\r\\nHost: b"`],
  ['/ä', `health: ${CHARACTERS}, got "/ä"`],
  [{}, 'health.path is missing'],
  [{ paht: '/a' }, 'unknown field "health.paht". Did you mean "health.path"?'],
  [with_({ constructor: 1 }), 'unknown field "health.constructor".'],
  [with_({ Path: '/' }), 'unknown field "health.Path". Did you mean "health.path"?'],
  [{ path: 7 }, `health.path: ${PATH}, got 7`],
  [with_({ port: 0 }), /^health\.port: expected a port \(1 to 65535\), .*, got 0$/],
  [with_({ port: 70_000 }), /^health\.port: expected a port .*, got 70000$/],
  [with_({ status: 'ok' }), `health.status: ${STATUS}, got "ok"`],
  [with_({ status: 20 }), `health.status: ${STATUS}, got 20`],
  [with_({ status: 600 }), `health.status: ${STATUS}, got 600`],
  [with_({ status: '299-200' }), `health.status: ${STATUS}, got "299-200"`],
  [with_({ status: '200-' }), `health.status: ${STATUS}, got "200-"`],
  [with_({ timeout: -1 }), 'health.timeout: expected a duration such as 500 (ms), "10s" or "2m", got -1'],
  [with_({ timeout: 0 }), 'health.timeout: expected a duration above 0, got 0'],
  [with_({ interval: '0s' }), 'health.interval: expected a duration above 0, got "0s"'],
  [with_({ successes: 0 }), 'health.successes: expected a number, 1 or more, got 0'],
  [with_({ failures: 1.5 }), 'health.failures: expected a number, 1 or more, got 1.5'],
  [with_({ headers: ['a'] }), 'health.headers: expected an object of headers, got ["a"]'],
  [with_({ headers: { 'a b': '1' } }), 'health.headers: "a b" cannot be the name of a header'],
  [with_({ headers: { '': '1' } }), 'health.headers: "" cannot be the name of a header'],
  [with_({ headers: { a: true } }), 'health.headers.a: expected a text without line breaks and control characters'],
  [
    with_({ headers: { a: 'secret\r\nb: c' } }),
    'health.headers.a: expected a text without line breaks and control characters',
  ],
  [
    with_({ successes: 0, headers: { a: '\0', b: '\n' }, x: 1 }),
    [
      'health.successes: expected a number, 1 or more, got 0',
      'health.headers.a: expected a text without line breaks and control characters',
      'health.headers.b: expected a text without line breaks and control characters',
      'unknown field "health.x".',
    ],
  ],
])('%j is refused', (value, problems) => {
  const found = problemsOf(readHealth(value, 'health'), 'health', value);
  expect(found).toEqual([problems].flat().map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))));
});
