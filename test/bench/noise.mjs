// Numbers from a busy machine are worth less: say so.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { machineTimes } from './proc.mjs';
import { spread } from './stats.mjs';

const BUSY = 0.1;
const SPREAD = 0.2;

export function describeMachine() {
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');
  console.log(`node ${process.version}, ${cpus().length} cores, load ${load}`);
}

/** Looks at the machine for a second, before anything is started. */
export async function warnIfBusy() {
  const before = machineTimes();
  await pause(1000);
  const after = machineTimes();
  const total = after.total - before.total;
  const busy = (after.busy - before.busy) / total;
  const steal = (after.steal - before.steal) / total;
  if (busy > BUSY)
    console.log(`NOISY: others use ${(busy * 100).toFixed(0)} % of this machine; trust the ratios less.`);
  if (steal > 0.02) console.log(`NOISY: the host takes ${(steal * 100).toFixed(0)} % of the CPU time away.`);
}

/**
 * Rounds of the same thing that differ a lot mean that something else was going on.
 *
 * @param {string} name
 * @param {readonly number[]} values
 */
export function warnIfSpread(name, values) {
  const by = spread(values);
  if (by > SPREAD) console.log(`  NOISY: rounds of ${name} differ by ${(by * 100).toFixed(0)} % of the median.`);
}
