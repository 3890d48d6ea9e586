import { beforeEach, expect, test } from 'vitest';
import type { Client } from '../../daemon/client/types.ts';
import { OutputLink } from '../../ui/state/output-link.ts';
import { createStore, type Store } from '../../ui/state/store.ts';
import { initialState } from '../../ui/state/state.ts';
import type { ViewCommand } from '../../ui/keys.ts';
import { FakeOutput } from './fake-output.ts';
import { FLEET, FLEET_ACTION, NOW } from './samples.ts';
import { lines } from './sample-logs.ts';

let daemon: FakeOutput;
let client: Client | null;
let store: Store;
let link: OutputLink;

beforeEach(() => {
  daemon = new FakeOutput();
  client = daemon.client;
  store = createStore(initialState(NOW, 80, 24));
  link = new OutputLink(store, () => client);
  store.dispatch(FLEET_ACTION);
});

const press = (command: ViewCommand): void => store.dispatch({ type: 'command', command, key: '' });

function lose(): void {
  client = null;
  store.dispatch({ type: 'lost', at: NOW, retryAt: NOW, reason: null });
}

test('nothing flows while nobody looks', () => {
  press('next');
  press('describe');
  expect(daemon.asked).toEqual([]);
});

test('the output of the app on the screen flows, until it is left', () => {
  press('open');
  expect(daemon.asked).toMatchObject([{ targets: ['api'], lines: 2000, open: true }]);
  daemon.print(lines(1, 3));
  expect(store.getState().logs.lines).toHaveLength(3);
  press('logs');
  press('rollout');
  expect(daemon.asked).toHaveLength(1);
  press('back');
  press('back');
  press('back');
  expect(daemon.followed).toEqual([]);
});

test('other apps on the screen are asked for anew', () => {
  press('open');
  daemon.print(lines(1, 3));
  store.dispatch({ type: 'go', view: 'app', app: 'web' });
  expect(daemon.followed).toEqual([['web']]);
  expect(store.getState().logs).toMatchObject({ apps: ['web'], lines: [] });
});

test('several apps are asked for together', () => {
  press('mark-all');
  press('logs');
  expect(daemon.followed).toEqual([FLEET.map(({ name }) => name)]);
});

test('an app that is gone is not asked for any more, the others are', () => {
  press('mark-all');
  press('logs');
  store.dispatch({ type: 'event', event: { type: 'removed', name: 'web' }, at: NOW });
  expect(daemon.followed).toEqual([FLEET.map(({ name }) => name).filter((name) => name !== 'web')]);
});

test('a new connection is asked again, and the lines stay meanwhile', () => {
  press('open');
  daemon.print(lines(1, 3));
  lose();
  expect(daemon.followed).toEqual([]);
  expect(store.getState().logs.lines).toHaveLength(3);
  const next = new FakeOutput();
  client = next.client;
  store.dispatch(FLEET_ACTION);
  expect(next.followed).toEqual([['api']]);
});

test('live figures ask for nothing again', () => {
  press('open');
  for (let at = 0; at < 5; at += 1) store.dispatch({ type: 'tick', at: NOW + at });
  store.dispatch(FLEET_ACTION);
  expect(daemon.asked).toHaveLength(1);
});

test('closed, it asks for nothing', () => {
  press('open');
  link.close();
  expect(daemon.followed).toEqual([]);
  press('back');
  press('open');
  expect(daemon.asked).toHaveLength(1);
});

test('what a slow reader had left goes on where it had stopped; the first answer of a new daemon is all there is', () => {
  press('open');
  daemon.print(lines(1, 3));
  daemon.asked[0]!.handlers.snapshot(lines(4, 2));
  expect(store.getState().logs.lines).toHaveLength(5);
  lose();
  client = daemon.client;
  store.dispatch(FLEET_ACTION);
  daemon.asked.at(-1)!.handlers.event(lines(1, 2));
  expect(daemon.asked).toHaveLength(2);
});
