// The fleet that the dashboard is measured with: six apps with ten workers each, every value of which changes.
export const APPS = 6;
export const WORKERS = 10;

const MB = 1024 * 1024;
const START = Date.now() - 3_600_000;
const NAMES = ['api', 'web', 'jobs', 'mailer', 'search', 'thumbnailer'];

/** What the daemon says of all apps at the beginning. */
export function fleet() {
  return NAMES.slice(0, APPS).map((name, id) => ({
    id,
    name,
    spec: specOf(name),
    state: 'online',
    reason: null,
    retryAt: null,
    masterPid: 4000 + id,
    generation: 17,
    wanted: WORKERS,
    up: WORKERS,
    since: START,
    restarts: id,
    workers: Array.from({ length: WORKERS }, (_, slot) => ({
      slot,
      pid: 48_000 + id * 100 + slot,
      generation: 17,
      stage: 'online',
      startedAt: START,
      readyAt: START + 400,
      deadline: null,
      ...figuresOf(id, slot, 0),
    })),
    listeners: [`${3000 + id}`],
    waiting: 0,
    lastExit: null,
    operations: [],
    events: [],
  }));
}

/** What is new in second `second`: all of it. */
export function figures(second) {
  return NAMES.slice(0, APPS).map((name, app) => ({
    name,
    at: START + 3_600_000 + second * 1000,
    waiting: second % 7,
    workers: Array.from({ length: WORKERS }, (_, slot) => figuresOf(app, slot, second)),
  }));
}

/** The last two minutes of one app. */
export function pastOf(name) {
  const app = NAMES.indexOf(name);
  const worker = (slot) => seriesOf((at) => figuresOf(app, slot, at - 120));
  return {
    name,
    at: START + 3_600_000,
    total: worker(0),
    workers: Array.from({ length: WORKERS }, (_, slot) => ({ id: app * 100 + slot, ...worker(slot) })),
  };
}

/** The next `count` lines of the first app. */
export function lines(from, count) {
  return Array.from({ length: count }, (_, at) => ({
    app: NAMES[0],
    stream: (from + at) % 10 === 0 ? 'err' : 'out',
    text: `GET /orders/${from + at}?page=${(from + at) % 50} 200 ${(from + at) % 90}ms user=${((from + at) * 7919) % 10_000}`,
    seq: from + at + 1,
    at: Date.now(),
    slot: (from + at) % WORKERS,
    generation: 17,
  }));
}

function figuresOf(app, slot, second) {
  const wave = Math.abs(Math.sin((second + slot) / 9 + app));
  return {
    id: app * 100 + slot,
    cpu: Math.round(wave * 900 + (second % 10)) / 10,
    memory: Math.round((150 + slot + wave * 80) * MB) + second * 4096,
    connections: Math.round(wave * 300) + (second % 10),
    requests: Math.max(0, second + 120) * 97 + slot,
    lag: Math.round(wave * 20) + (second % 5),
    latency: Math.round(wave * 60) + 3 + (second % 7),
  };
}

function seriesOf(figuresAt) {
  const seconds = Array.from({ length: 120 }, (_, at) => figuresAt(at));
  const keys = ['cpu', 'memory', 'connections', 'requests', 'lag', 'latency'];
  return Object.fromEntries(keys.map((key) => [key, seconds.map((second) => (key === 'requests' ? 97 : second[key]))]));
}

function specOf(name) {
  return {
    name,
    script: `/srv/${name}/server.js`,
    args: [],
    cwd: `/srv/${name}`,
    env: {},
    execMode: 'cluster',
    interpreter: null,
    nodeArgs: [],
    instances: WORKERS,
    waitReady: false,
    listenTimeout: 10_000,
    killTimeout: 5000,
    drainTimeout: 30_000,
    holdTimeout: 10_000,
    move: true,
    balance: 'least',
    sticky: 'none',
    socketMode: 0o600,
    shutdownWithMessage: false,
    autorestart: true,
    maxRestarts: 15,
    minUptime: 1000,
    restartDelay: 0,
    throttle: null,
    limits: null,
    outFile: `/srv/${name}/out.log`,
    errorFile: `/srv/${name}/err.log`,
  };
}
