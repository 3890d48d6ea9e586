// The whole dashboard as Ink components, drawn by ink-testing-library, against a daemon in memory.
import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, test } from 'vitest';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import { App } from '../../ui/App.tsx';
import type { OuterCommand } from '../../ui/keys.ts';
import { createOnKeys } from '../../ui/on-key.ts';
import { DaemonLink } from '../../ui/state/daemon-link.ts';
import { initialState } from '../../ui/state/state.ts';
import { createStore } from '../../ui/state/store.ts';
import { until } from '../helpers/until.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { aSlot, anApp, anOperation, aWorker, FLEET, plainTheme } from './samples.ts';

const SIZES = [
  [80, 24],
  [120, 40],
] as const;

const endings: (() => void)[] = [];

afterEach(() => {
  for (const end of endings.splice(0)) end();
  cleanup();
});

function open(daemon: FakeDaemon, columns = 80, rows = 24, readOnly = false) {
  const store = createStore(initialState(Date.now(), columns, rows, { readOnly }));
  const link = new DaemonLink(daemon.connect, store.dispatch);
  const outside: OuterCommand[] = [];
  const outer = (command: OuterCommand): void => void outside.push(command);
  const onKeys = createOnKeys({ store, client: () => link.client, by: 'me (zdm dash)', outer });
  const { stdin, lastFrame } = render(<App store={store} theme={plainTheme()} onKeys={onKeys} />);
  endings.push(() => link.close());
  void link.open();
  const frame = (): string => lastFrame() ?? '';
  const shows = (text: string | RegExp): Promise<boolean> =>
    until(() => (typeof text === 'string' ? frame().includes(text) : text.test(frame())), {
      within: 5000,
      message: () => `${String(text)} in the frame:\n${frame()}`,
    });
  return { store, stdin, frame, shows, outside };
}

describe.each(SIZES)('at %ix%i', (columns, rows) => {
  test('shows every app with its workers, and the keys', async () => {
    const { frame, shows } = open(new FakeDaemon(FLEET), columns, rows);
    await shows('live');
    const lines = frame().split('\n');
    expect(lines).toHaveLength(rows);
    for (const name of ['> api', '  web', '  mailer', '48205', '48202', '▲ backoff', '○ stopped']) {
      expect(frame()).toContain(name);
    }
    expect(lines.at(-1)).toContain('r reload');
  });

  test('r reloads the app under the cursor, and its rollout is seen', async () => {
    const daemon = new FakeDaemon([
      anApp(0, 'api', { workers: [aWorker(1, 1)] }),
      anApp(1, 'web', { workers: [aWorker(1, 1), aWorker(2, 2)] }),
    ]);
    const { stdin, shows } = open(daemon, columns, rows);
    await shows('live');
    stdin.write('j');
    await shows('> web');
    stdin.write('r');
    await shows('Started: reload of web. A aborts it. Same as: zdm reload web');
    await shows(/web › rollout/);
    expect(daemon.calls).toEqual([
      { method: 'operate', params: { kind: 'reload', targets: ['web'], by: 'me (zdm dash)' } },
    ]);
    const running = anOperation({ startedAt: Date.now(), slots: [aSlot(1, 'starting'), aSlot(2, 'waiting')] });
    daemon.change('web', { operations: [running] });
    await shows('0 of 2 replaced');
    stdin.write('q');
    await shows('⟳ reload 0/2');
  });

  test('B asks, and goes back to the release before', async () => {
    const previous = { generation: 16, script: '/srv/41/server.js', startedAt: 0, warmUntil: null };
    const daemon = new FakeDaemon([
      anApp(0, 'api', { workers: [aWorker(1, 1)], previous }),
      anApp(1, 'web', { workers: [aWorker(1, 1)] }),
    ]);
    const { stdin, shows } = open(daemon, columns, rows);
    await shows('live');
    stdin.write('B');
    await shows('To generation 16 (/srv/41/server.js)');
    expect(daemon.calls).toEqual([]);
    stdin.write('y');
    await shows('Started: rollback of api. A aborts it. Same as: zdm rollback api');
    await shows(/api › rollout/);
    expect(daemon.calls).toEqual([
      { method: 'operate', params: { kind: 'rollback', targets: ['api'], by: 'me (zdm dash)' } },
    ]);
    stdin.write('qj');
    await shows('> web');
    stdin.write('B');
    await shows('There is no release of web to go back to');
    expect(daemon.calls).toHaveLength(1);
  });

  test('a second reload asks, waits, and can be thrown out by a newer one', async () => {
    const running = anOperation({ slots: [aSlot(1, 'starting')] });
    const daemon = new FakeDaemon([anApp(0, 'api', { workers: [aWorker(1, 1)], operations: [running] })]);
    const { stdin, shows } = open(daemon, columns, rows);
    await shows('live');
    stdin.write('r');
    await shows('A reload runs: this begins when it has ended. A newer one takes its place.');
    stdin.write('y');
    await shows('The reload waits for the reload that runs. A newer one takes its place.');
    expect(daemon.calls).toHaveLength(1);
  });

  test('a dry run is typed', async () => {
    const daemon = new FakeDaemon([anApp(0, 'api', { workers: [aWorker(1, 1)] })]);
    const { stdin, shows } = open(daemon, columns, rows);
    await shows('live');
    stdin.write(':');
    await shows('tab completes');
    stdin.write('reload api --dry-run');
    await shows(':reload api --dry-run');
    stdin.write('\r');
    await shows('Started: dry run of api. Same as: zdm reload api --dry-run');
    expect(daemon.calls).toEqual([
      { method: 'operate', params: { kind: 'rehearse', targets: ['api'], by: 'me (zdm dash)' } },
    ]);
  });

  test('a lost daemon is said at once, the table stays, and all lives again when it is back', async () => {
    const daemon = new FakeDaemon(FLEET);
    const { stdin, frame, shows } = open(daemon, columns, rows);
    await shows('live');
    daemon.die();
    await shows(/NO DAEMON \ds/);
    await shows('Apps keep running.');
    expect(frame()).toContain('> api');
    stdin.write('r');
    await shows('No reload: the daemon does not answer.');
    await shows('(try 2)');
    await shows('No daemon runs. Start an app and the daemon comes with it: zdm start app.js');
    daemon.up = true;
    await shows(/ live( \d+s)?$/m);
    expect(frame()).not.toContain('NO DAEMON');
    daemon.change('web', { restarts: 77 });
    await shows('77');
  });

  test('help shows every key and goes again', async () => {
    const { stdin, shows } = open(new FakeDaemon(FLEET), columns, rows);
    await shows('live');
    stdin.write('?');
    await shows('zdm › help');
    await shows('keys of: overview');
    stdin.write('G');
    await shows('quit from anywhere');
    stdin.write('\u001B');
    await shows('> api');
  });
});

test('a daemon that is not there yet is waited for', async () => {
  const daemon = new FakeDaemon(FLEET);
  daemon.up = false;
  const { shows } = open(daemon);
  await shows('NO DAEMON');
  daemon.up = true;
  await shows('> api');
});

test('a refused reload is said', async () => {
  const daemon = new FakeDaemon(FLEET);
  daemon.refusal = new ZdmError('MASTER_FAILED', 'its master does not answer');
  const { stdin, shows } = open(daemon);
  await shows('live');
  stdin.write('jr');
  await shows('No reload of web: its master does not answer');
});

test('three fast presses are three rows, Enter opens, Backspace returns, q leaves', async () => {
  const { stdin, shows, outside } = open(new FakeDaemon(FLEET));
  await shows('> api');
  stdin.write('jjj');
  await shows('> payme');
  stdin.write('kk');
  await shows('> web');
  stdin.write('\r');
  await shows('zdm › web');
  stdin.write('\u007F');
  await shows('> web');
  expect(outside).toEqual([]);
  stdin.write('q');
  await until(() => outside.includes('quit'));
});

test('a removed app goes, with its own view', async () => {
  const daemon = new FakeDaemon(FLEET);
  const { stdin, frame, shows } = open(daemon);
  await shows('> api');
  stdin.write('\r');
  await shows('zdm › api');
  daemon.remove('api');
  await shows('> web');
  await shows('api was deleted.');
  expect(frame()).not.toContain('> api');
});

test('the bar of a rollout names what can be done to it now', async () => {
  const daemon = new FakeDaemon([anApp(0, 'api', { workers: [aWorker(1, 0)] })]);
  const { stdin, frame, shows } = open(daemon, 120, 30);
  await shows('> api');
  stdin.write('v');
  await shows('esc back');
  expect(frame()).not.toContain('A abort');
  daemon.change('api', { operations: [anOperation({ slots: [aSlot(0, 'starting'), aSlot(1, 'waiting')] })] });
  await shows('A abort');
  expect(frame()).not.toContain('F end drain');
});

describe('a question', () => {
  const two = [anApp(0, 'api', { workers: [aWorker(1, 0)] }), anApp(1, 'web', { workers: [aWorker(1, 0)] })];

  test('stands below the table; only y is yes', async () => {
    const daemon = new FakeDaemon(two);
    const { stdin, frame, shows, store } = open(daemon);
    await shows('> api');
    stdin.write('R');
    await shows('Restart api?');
    expect(frame()).toContain('> api');
    expect(frame()).toContain('Same as: zdm restart api');
    expect(frame().split('\n')).toHaveLength(24);
    for (const key of ['\r', ' ', 'r', 'x', 'D']) stdin.write(key);
    await until(() => store.getState().sheet !== null);
    stdin.write('n');
    await until(() => store.getState().sheet === null);
    expect(daemon.calls).toEqual([]);
    stdin.write('R');
    await shows('Restart api?');
    stdin.write('y');
    await until(() => daemon.calls.length === 1);
    expect(daemon.calls[0]).toMatchObject({ params: { kind: 'restart', targets: ['api'] } });
  });

  test('of a deletion wants the name, and Enter counts only then', async () => {
    const daemon = new FakeDaemon(two);
    const { stdin, shows, store } = open(daemon);
    await shows('> api');
    stdin.write('D');
    await shows('Type api to confirm:');
    stdin.write('ap');
    await shows('confirm: ap');
    stdin.write('\r');
    stdin.write('i');
    await shows('confirm: api');
    expect(daemon.calls).toEqual([]);
    stdin.write('\r');
    await until(() => daemon.calls.length === 1);
    expect(store.getState()).toMatchObject({ sheet: null, field: null });
  });

  test('Esc takes it back, with what was typed', async () => {
    const { stdin, shows, store } = open(new FakeDaemon(two));
    await shows('> api');
    stdin.write('D');
    await shows('Type api');
    stdin.write('ap');
    await shows('confirm: ap');
    stdin.write('\u001B');
    await until(() => store.getState().sheet === null && store.getState().field === null);
  });

  test('about marked apps names them', async () => {
    const daemon = new FakeDaemon(two);
    const { stdin, shows } = open(daemon);
    await shows('> api');
    stdin.write('*');
    await shows('2 marked');
    stdin.write('r');
    await shows('Reload 2 apps?');
    await shows('api, web.');
    stdin.write('y');
    await until(() => daemon.calls.length === 1);
    expect(daemon.calls[0]).toMatchObject({ params: { kind: 'reload', targets: ['api', 'web'] } });
  });

  test.each([
    [60, 15],
    [40, 8],
  ])('fits on a screen of %ix%i', async (columns, rows) => {
    const { stdin, frame, shows } = open(new FakeDaemon(two), columns, rows);
    await shows('> api');
    stdin.write('R');
    await shows('y yes  n no');
    const lines = frame().split('\n');
    expect(lines).toHaveLength(rows);
    expect(lines.every((line) => line.length <= columns)).toBe(true);
  });
});

describe('the command line', () => {
  test('speaks the grammar of the commands, completes, remembers, and says what it does not know', async () => {
    const daemon = new FakeDaemon([anApp(0, 'api', { workers: [aWorker(1, 0)] })]);
    const { stdin, shows, store } = open(daemon);
    await shows('> api');
    stdin.write(':');
    stdin.write('rest');
    stdin.write('\t');
    await shows(' :restart');
    stdin.write('ap');
    stdin.write('\t');
    await shows(' :restart api');
    stdin.write('\r');
    await shows('Restart api?');
    stdin.write('y');
    await until(() => daemon.calls.length === 1);
    expect(daemon.calls[0]).toMatchObject({ params: { kind: 'restart', targets: ['api'] } });
    stdin.write(':');
    stdin.write('relod api');
    stdin.write('\r');
    await shows('"relod" is not a command here.');
    stdin.write(':');
    stdin.write('\u001B[A');
    await shows(' :relod api');
    stdin.write('\u001B[A');
    await shows(' :restart api');
    stdin.write('\u001B');
    await until(() => store.getState().field === null);
    stdin.write(':');
    stdin.write('pause api');
    stdin.write('\r');
    await shows('There is nothing to pause: no rollout of api runs.');
    stdin.write(':');
    stdin.write('describe api');
    stdin.write('\r');
    await until(() => store.getState().trail.at(-1)?.view === 'describe');
  });

  test('takes a paste as text; outside of it a paste does nothing', async () => {
    const daemon = new FakeDaemon(FLEET);
    const { stdin, shows, store } = open(daemon);
    await shows('> api');
    stdin.write('rrrrDDDDRRRR');
    stdin.write(':');
    await until(() => store.getState().field !== null);
    expect(daemon.calls).toEqual([]);
    expect(store.getState().sheet).toBeNull();
    stdin.write('logs api\rreload api\r');
    await shows(' :logs api reload api');
    expect(store.getState().trail).toHaveLength(1);
  });
});

test('the filter follows the typing; Enter keeps it, Esc takes it back', async () => {
  const { stdin, frame, shows, store } = open(new FakeDaemon(FLEET));
  await shows('> api');
  stdin.write('/');
  stdin.write('we');
  await shows('> web');
  expect(frame()).not.toContain('mailer  ');
  stdin.write('\r');
  await until(() => store.getState().field === null);
  expect(store.getState().filter).toBe('we');
  stdin.write('\u001B');
  await until(() => store.getState().filter === '');
  stdin.write('/');
  stdin.write('zzz');
  await until(() => store.getState().filter === 'zzz');
  stdin.write('\u001B');
  await until(() => store.getState().filter === '' && store.getState().field === null);
});

test('read-only: no key and no command line changes anything', async () => {
  const daemon = new FakeDaemon(FLEET);
  const { stdin, frame, shows, store } = open(daemon, 80, 24, true);
  await shows('> api');
  for (const key of ['r', 'R', 'S', 'D', '+', '-']) stdin.write(key);
  stdin.write(':');
  stdin.write('delete api');
  stdin.write('\r');
  await shows('Nothing can be changed here: this dashboard is read-only.');
  expect(daemon.calls).toEqual([]);
  expect(store.getState().sheet).toBeNull();
  expect(frame()).not.toContain('reload  ');
});
