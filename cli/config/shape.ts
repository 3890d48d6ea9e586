import type { AppFields } from './fields.ts';
import { didYouMean } from '../../daemon/protocol/nearest.ts';
import { shown } from './reading.ts';
import { validateApp } from './validate.ts';

/** The apps of a config file, and all that is wrong or worth knowing, each with its place in the file. */
export interface FileContent {
  readonly apps: readonly AppFields[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const BESIDE_APPS = new Map([
  ['deploy', true],
  ['static', true],
  ['$schema', false],
]);

/** Reads what a config file exports: `{ apps: [...] }`, an array, or one app. */
export function readContent(content: unknown): FileContent {
  if (Array.isArray(content)) return readList(content);
  if (typeof content !== 'object' || content === null) {
    return { apps: [], problems: [`expected { apps: [...] }, a list or one app, got ${shown(content)}`], warnings: [] };
  }
  if (!('apps' in content)) {
    const one = validateApp(content, undefined, ['apps']);
    return { apps: [one.app], problems: one.problems, warnings: one.warnings };
  }
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const key of Object.keys(content).filter((key) => key !== 'apps')) {
    const missed = BESIDE_APPS.get(key);
    if (missed === undefined)
      problems.push(`unknown field "${key}".${didYouMean(key, ['apps', ...BESIDE_APPS.keys()])}`);
    else if (missed) warnings.push(`not supported yet, ignored: ${key}`);
  }
  const { apps } = content;
  // PM2 takes a single app here, too.
  const list = readList(Array.isArray(apps) ? apps : [apps]);
  return {
    apps: list.apps,
    problems: [...problems, ...list.problems],
    warnings: [...warnings, ...list.warnings],
  };
}

function readList(list: readonly unknown[]): FileContent {
  const read = list.map((item) => validateApp(item));
  const placed = (kind: 'problems' | 'warnings') =>
    read.flatMap((app, index) => app[kind].map((text) => `apps[${index}]: ${text}`));
  const problems = list.length === 0 ? ['there are no apps in it'] : placed('problems');
  return { apps: read.map(({ app }) => app), problems, warnings: placed('warnings') };
}
