// What /proc says about processes.
import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/**
 * CPU time of a process so far in ms, user and system.
 *
 * @param {number} pid
 */
export function cpuOf(pid) {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** CPU time of all ended and waited-for children of this process so far, in ms. */
export function cpuOfEndedChildren() {
  const fields = statOf(process.pid);
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/**
 * Memory in MB: `pss` counts shared pages by share, `own` only what no other process has.
 *
 * @param {number} pid
 */
export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { rss: kb('Rss') / 1024, pss: kb('Pss') / 1024, own: (kb('Private_Clean') + kb('Private_Dirty')) / 1024 };
}

/**
 * @param {number} pid
 * @returns {number[]}
 */
export function childrenOf(pid) {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Share of CPU time that was not idle, and that was stolen by the host, since boot; in ticks. */
export function machineTimes() {
  const [user, nice, system, idle, wait, irq, soft, steal] =
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1].split(' ').map(Number) ?? [];
  const busy = user + nice + system + irq + soft + steal;
  return { busy, steal, total: busy + idle + wait };
}

/** The fields of /proc/<pid>/stat after the name, which may itself contain spaces. */
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
