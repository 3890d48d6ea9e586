// What 10,000 frames leave in the heap: the real store, reducer, painters and line diff, as fast as they go.
import { build } from 'esbuild';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from './command.mjs';

const CHILD = fileURLToPath(new URL('dash-heap-child.mjs', import.meta.url));
const FRAMES = 10_000;
/** Histories are full by then, and the code is compiled. */
const WARM_UP = 1000;

/**
 * @param {string} folder
 * @param {{ columns: number, rows: number }} size
 * @returns {Promise<{ growth: number, heap: number, store: number, paint: number }>} bytes; ms per frame of both
 */
export async function heapGrowth(folder, { columns, rows }) {
  const outfile = path.join(folder, 'heap.mjs');
  const js = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  const define = { 'process.env.NODE_ENV': '"production"' };
  await build({ entryPoints: [CHILD], outfile, bundle: true, platform: 'node', format: 'esm', banner: { js }, define });
  const flags = { NODE_OPTIONS: '--expose-gc' };
  return JSON.parse(await output(outfile, [columns, rows, FRAMES, WARM_UP].map(String), { ...process.env, ...flags }));
}
