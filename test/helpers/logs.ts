// The logs of a zdm home, for the output of a failed test.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const MAX_LINES = 120;

/** The ends of all log files of a home, each under its name. */
export function readLogs(home: string): string {
  if (!existsSync(home)) return `(no home at ${home})`;
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
  const texts = files.toSorted().map((name) => `--- ${name}\n${lastLines(path.join(home, name))}`);
  return texts.length > 0 ? texts.join('\n') : `(no logs in ${home})`;
}

function lastLines(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const left = lines.length > MAX_LINES ? [`… ${lines.length - MAX_LINES} lines before`] : [];
  return [...left, ...lines.slice(-MAX_LINES)].join('\n');
}
