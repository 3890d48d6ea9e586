// Bundled and run by dash-heap.mjs: 10,000 frames as the dashboard makes them, but without waiting for the next second.
import { createTheme } from '../../ui/paint/theme.ts';
import { frameBytes } from '../../ui/screen.ts';
import { paintBody } from '../../ui/screens/body.ts';
import { initialState } from '../../ui/state/state.ts';
import { createStore } from '../../ui/state/store.ts';
import { figures, fleet, pastOf } from './fleet.mjs';

const [columns, rows, frames, warmUp] = process.argv.slice(2).map(Number);
const START = Date.now();
const theme = createTheme({
  color: true,
  styles: true,
  unicode: true,
  clock: (at) => new Date(at).toISOString().slice(11, 19),
});
const store = createStore(initialState(START, columns, rows));

let shown = null;
const spent = { store: 0, paint: 0 };
const frame = (second) => {
  const at = START + second * 1000;
  const event = { type: 'figures', figures: figures(second) };
  const began = performance.now();
  store.dispatch({ type: 'event', event, at });
  store.dispatch({ type: 'tick', at });
  const known = performance.now();
  const next = { rows: paintBody(store.getState(), columns, rows, theme), cursor: null };
  frameBytes(shown, next, columns);
  shown = next;
  spent.store += known - began;
  spent.paint += performance.now() - known;
};
const heap = () => {
  for (let times = 0; times < 3; times += 1) globalThis.gc();
  return process.memoryUsage().heapUsed;
};

store.dispatch({ type: 'snapshot', apps: fleet(), at: START });
store.dispatch({ type: 'history', history: fleet().map(({ name }) => pastOf(name)) });
store.dispatch({ type: 'command', command: 'last', key: 'G' });
for (let app = 0; app < fleet().length; app += 1) {
  store.dispatch({ type: 'command', command: 'expand', key: 'right' });
  store.dispatch({ type: 'command', command: 'previous', key: 'k' });
}
for (let second = 1; second <= warmUp; second += 1) frame(second);
const before = heap();
Object.assign(spent, { store: 0, paint: 0 });
for (let second = warmUp + 1; second <= warmUp + frames; second += 1) frame(second);
const { store: state, paint } = spent;
console.log(JSON.stringify({ growth: heap() - before, heap: before, store: state / frames, paint: paint / frames }));
