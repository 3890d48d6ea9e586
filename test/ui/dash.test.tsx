// The whole dashboard as Ink components, drawn by ink-testing-library, against a daemon in memory.
import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, test } from 'vitest';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import { App } from '../../ui/App.tsx';
import { createOnKey } from '../../ui/on-key.ts';
import { DaemonLink } from '../../ui/state/daemon-link.ts';
import { initialState } from '../../ui/state/state.ts';
import { createStore } from '../../ui/state/store.ts';
import { until } from '../helpers/until.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { aSlot, anApp, anOperation, aWorker, FLEET, plainTheme, RECEIPT } from './samples.ts';

const SIZES = [
  [80, 24],
  [120, 40],
] as const;

const endings: (() => void)[] = [];

afterEach(() => {
  for (const end of endings.splice(0)) end();
  cleanup();
});

function open(daemon: FakeDaemon, columns = 80, rows = 24) {
  const store = createStore(initialState(Date.now(), columns, rows));
  const link = new DaemonLink(daemon.connect, store.dispatch);
  let left = false;
  const quit = (): void => void (left = true);
  const onKey = createOnKey({ store, client: () => link.client, redraw: () => {}, quit });
  const { stdin, lastFrame } = render(<App store={store} theme={plainTheme()} onKey={onKey} />);
  endings.push(() => link.close());
  void link.open();
  const frame = (): string => lastFrame() ?? '';
  const shows = (text: string | RegExp): Promise<boolean> =>
    until(() => (typeof text === 'string' ? frame().includes(text) : text.test(frame())), {
      within: 5000,
      message: () => `${String(text)} in the frame:\n${frame()}`,
    });
  return { store, stdin, frame, shows, left: () => left };
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

  test('r reloads the app under the cursor, and the rollout is seen to its receipt', async () => {
    const daemon = new FakeDaemon([
      anApp(0, 'api', { workers: [aWorker(1, 1)] }),
      anApp(1, 'web', { workers: [aWorker(1, 1), aWorker(2, 2)] }),
    ]);
    const { stdin, frame, shows } = open(daemon, columns, rows);
    await shows('live');
    stdin.write('j');
    await shows('> web');
    stdin.write('r');
    await shows('Started: reload of web. Same as: zdm reload web');
    expect(daemon.calls).toEqual([{ method: 'operate', params: { kind: 'reload', targets: ['web'] } }]);

    const running = anOperation({ startedAt: Date.now(), slots: [aSlot(1, 'starting'), aSlot(2, 'waiting')] });
    daemon.change('web', { operations: [running] });
    await shows('⟳ reload 0/2');
    await shows('RELOAD web g16 → g17  0 of 2 replaced');
    expect(frame()).toMatch(/ ▒+░+ 0%/);

    const steps = [{ at: Date.now(), slot: 1, text: 'ready after 0.9s' }];
    daemon.change('web', {
      operations: [{ ...running, slots: [aSlot(1, 'done', 900), aSlot(2, 'draining', 700)], steps }],
    });
    await shows('2 of 2 replaced');
    expect(frame()).toContain('1 ✓ done 0.9s');
    // Its old worker has gone: nothing drains there any more.
    expect(frame()).toContain('2 ✓ done 0.7s');
    expect(frame()).toContain('1 ready after 0.9s');

    const receipt = { ...RECEIPT, replaced: 2, slots: 2 };
    const slots = [aSlot(1, 'done', 900), aSlot(2, 'done', 700)];
    daemon.change('web', { operations: [{ ...running, phase: 'done', endedAt: Date.now(), slots, receipt }] });
    await shows('✓ done in');
    await shows('2/2 replaced  0 cut  131 moved  2 still draining  requests 4210 old, 981 new');
    expect(frame()).toContain('● online');
  });

  test('a failed reload says why and what the new code printed', async () => {
    const daemon = new FakeDaemon([anApp(0, 'api', { workers: [aWorker(1, 1)] })]);
    const { shows } = open(daemon, columns, rows);
    await shows('live');
    const failure = { slot: 1, reason: 'exit code 1 before it was ready', lines: ['Error: \u001B[2Jno database'] };
    const times = { startedAt: Date.now(), endedAt: Date.now() };
    daemon.change('api', {
      operations: [anOperation({ phase: 'failed', ...times, slots: [aSlot(1, 'failed')], failure })],
    });
    await shows('✖ failed after');
    await shows('slot 1: exit code 1 before it was ready');
    await shows('┊ Error: no database');
  });

  test('a lost daemon is said at once, the table stays, and all lives again when it is back', async () => {
    const daemon = new FakeDaemon(FLEET);
    const { stdin, frame, shows } = open(daemon, columns, rows);
    await shows('live');
    daemon.die();
    await shows(/NO DAEMON \ds/);
    await shows('Apps do not need it to run.');
    expect(frame()).toContain('> api');
    stdin.write('r');
    await shows('api was not reloaded: the daemon does not answer.');
    await shows('(try 2)');
    await shows('No daemon runs. Start an app and the daemon comes with it: zdm start app.js');
    daemon.up = true;
    await shows('live');
    expect(frame()).not.toContain('NO DAEMON');
    daemon.change('web', { restarts: 77 });
    await shows('77');
  });

  test('help shows every key and goes again', async () => {
    const { stdin, frame, shows } = open(new FakeDaemon(FLEET), columns, rows);
    await shows('live');
    stdin.write('?');
    await shows('zdm › help');
    expect(frame()).toContain('reload the app at once');
    expect(frame()).toContain('quit from anywhere');
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
  stdin.write('r');
  await shows('api was not reloaded: its master does not answer');
});

test('three fast presses are three rows, Enter opens, Backspace returns, q leaves', async () => {
  const { stdin, shows, left } = open(new FakeDaemon(FLEET));
  await shows('> api');
  stdin.write('jjj');
  await shows('> payments');
  stdin.write('kk');
  await shows('> web');
  stdin.write('\r');
  await shows('zdm › web');
  stdin.write('\u007F');
  await shows('> web');
  expect(left()).toBe(false);
  stdin.write('q');
  await until(left);
});

test('a removed app goes, with its own view', async () => {
  const daemon = new FakeDaemon(FLEET);
  const { stdin, frame, shows } = open(daemon);
  await shows('> api');
  stdin.write('\r');
  await shows('zdm › api');
  daemon.remove('api');
  await shows('> web');
  expect(frame()).not.toContain('api');
});
