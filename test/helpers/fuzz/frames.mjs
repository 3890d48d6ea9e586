// What no client of ours would say: made by chance, the same for the same seed. None of it would do anything to an app, even
// where it is understood.

/** Longer than a daemon takes (bytes). */
const TOO_LONG = 1024 * 1024 + 1;

const NAMES = [
  'explode',
  'toString',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '',
  ' ',
  'HELLO',
  'ping\u0000',
  '😀',
  'x'.repeat(5_000),
];
/** In the place of something else. None of it names an app, or is no object and yet good parameters. */
const ODD = [
  -1,
  0.5,
  1e308,
  '',
  'x'.repeat(200),
  [],
  {},
  true,
  '__proto__',
  [[[[]]]],
  '\u0000',
  '\ud800',
  '😀',
  { toJSON: 1 },
  { length: 1e9 },
];
const SPEC = {
  name: '../evil',
  script: '/bin/false',
  args: [],
  cwd: '/',
  env: { A: '1' },
  execMode: 'fork',
  interpreter: null,
  instances: 1,
};

/** Understood by a daemon or a master, and wrong, or good for nothing. */
const WRONG = [
  { method: 'hello', params: { protocol: 99, version: '0' } },
  { method: 'hello', params: { protocol: 99, version: '0', app: 'api' } },
  { method: 'open', params: { id: 'seven', spec: SPEC } },
  { method: 'start', params: { specs: [SPEC], replace: false, by: 'fuzz' } },
  { method: 'operate', params: { kind: 'explode', targets: ['nobody-here'], slot: -1, op: 7 } },
  {
    method: 'operate',
    params: {
      kind: 'explode',
      op: 7,
      spec: SPEC,
      scale: { mode: 'set', count: 3 },
      slot: null,
      patient: false,
      by: null,
    },
  },
  { method: 'control', params: { action: 'explode', targets: ['nobody-here'], by: 'fuzz' } },
  { method: 'environment', params: { targets: ['nobody-here'], secrets: 'yes' } },
  { topic: 'logs', params: { targets: ['nobody-here'], lines: 10, streams: ['out'], follow: true } },
  { topic: 'output', params: { targets: ['nobody-here'], lines: 'ten' } },
  { cancel: 3 },
  { id: 5, result: { a: [1, 2, 3] } },
  { id: 6, snapshot: [] },
  { id: 7, event: { type: 'app' } },
  { id: null, error: { code: 'TIMEOUT', message: 'x', hint: null } },
];
const HARMLESS = ['ping', 'list', 'history', 'description'];

/**
 * Makes frames; `random` gives numbers in [0, 1). A frame with `ends` is the last of its connection: it is too long, or it was
 * broken off.
 */
export function frameMaker(random) {
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => structuredClone(list[below(list.length)]);
  const line = (message) => Buffer.from(`${JSON.stringify(message)}\n`);
  const id = () => (random() < 0.7 ? below(200) : pick(ODD));

  /** One property, at any depth, becomes something else, goes away, or comes. What makes a call harmless stays. */
  const spoil = (value) => {
    const key = pick(
      Object.keys(value).filter(
        (one) => !['method', 'topic', 'params', 'kind', 'action', 'name', 'specs'].includes(one),
      ),
    );
    const kind = random();
    if (key === undefined || kind < 0.2) value[String(pick(ODD))] = pick(ODD);
    else if (typeof value[key] === 'object' && value[key] !== null && kind < 0.5) spoil(value[key]);
    else if (kind < 0.65) delete value[key];
    else value[key] = pick(ODD);
  };
  const wrong = () => {
    const message = pick(WRONG);
    if (!('id' in message)) message.id = id();
    if (random() < 0.6) spoil(message.params ?? message);
    return message;
  };
  const noise = () => Buffer.from(Array.from({ length: below(300) }, () => below(256)));

  const kinds = [
    [10, () => Buffer.concat([noise(), Buffer.from('\n')])],
    [5, () => line(pick([1, null, [], 'text', true, {}, { id: id() }, [{ id: 1, method: 'ping' }]]))],
    [10, () => line({ id: id(), [pick(['method', 'topic'])]: pick(NAMES), params: pick(ODD) })],
    [40, () => line(wrong())],
    [3, () => line({ id: id(), method: 'shutdown', params: pick([1, 'all', true, [], 0.5]) })],
    [8, () => line({ id: id(), method: pick(HARMLESS), params: {} })],
    [8, () => line({ id: id(), topic: pick(['apps', 'status']), params: {} })],
    [8, () => line({ cancel: id() })],
    // Cut anywhere, so that it grows together with what comes next.
    [4, () => line(wrong()).subarray(0, below(60))],
    [2, () => Buffer.from(`${'['.repeat(below(20_000))}\n`)],
    [1, () => line({ id: 'y'.repeat(below(60_000)), method: 'explode' })],
    [0.02, () => Buffer.alloc(TOO_LONG, 'z'), true],
    [0.3, () => line(wrong()).subarray(0, 20), true],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  return () => {
    let at = random() * total;
    const [, make, ends = false] = kinds.find(([weight]) => (at -= weight) < 0);
    return { bytes: make(), ends };
  };
}
