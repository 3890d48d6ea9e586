// Someone who lists the repository has read the architecture: this holds what the folders promise.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  codeOf,
  files,
  imports,
  importsOf,
  isWithin,
  offenders,
  texts,
  withoutTexts,
  type Import,
} from './source-files.ts';

/** A file that is one thing may be this long; two that are half of one each are worse. */
const LINE_CEILING = 280;

/** Folder -> what its files may import of ours: folders or single files. The longest matching folder counts. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  cli: ['cli', 'ui/paint', 'daemon/client', 'daemon/protocol'],
  'cli/load-dash.ts': ['cli', 'ui'],
  'cli/in-app': ['cli/in-app', 'cli/load-foreground.ts', 'daemon/protocol'],
  // With the masters in it, and never loaded by anything but load-foreground.ts.
  'cli/foreground': [
    'cli/foreground',
    'daemon/client',
    'daemon/foreground',
    'daemon/master/master.ts',
    'daemon/os',
    'daemon/protocol',
    'ui/paint',
  ],
  ui: ['ui', 'daemon/client', 'daemon/protocol'],
  'ui/paint': ['ui/paint', 'daemon/protocol'],
  'daemon/protocol': ['daemon/protocol'],
  'daemon/client': ['daemon/client', 'daemon/os', 'daemon/protocol'],
  'daemon/control': ['daemon/control', 'daemon/channel', 'daemon/protocol', 'daemon/os', 'daemon/store', 'daemon/logs'],
  'daemon/master': [
    'daemon/master',
    'daemon/channel',
    'daemon/connections',
    'daemon/rollout',
    'daemon/logs',
    'daemon/metrics',
    'daemon/os',
    'daemon/protocol',
  ],
  'daemon/foreground': [
    'daemon/foreground',
    'daemon/client',
    'daemon/connections',
    'daemon/control',
    'daemon/logs',
    'daemon/master',
    'daemon/protocol',
    'daemon/store',
  ],
  'daemon/worker': [
    'daemon/worker',
    'daemon/channel',
    'daemon/connections',
    'daemon/protocol/answer-times.ts',
    'daemon/protocol/worker-link.ts',
  ],
  'daemon/graceful': [
    'daemon/graceful',
    'daemon/connections',
    'daemon/protocol/duration.ts',
    'daemon/protocol/nearest.ts',
    'daemon/worker/http2.ts',
    'daemon/worker/marker.ts',
    'daemon/worker/websockets.ts',
  ],
  // Between a master of 0.1.0 and the one that takes its app over.
  'daemon/upgrade': ['daemon/upgrade', 'daemon/channel', 'daemon/os', 'daemon/protocol'],
  'daemon/rollout': ['daemon/rollout', 'daemon/protocol'],
  'daemon/channel': ['daemon/channel'],
  'daemon/connections': ['daemon/connections'],
  'daemon/os': ['daemon/os', 'daemon/protocol'],
  'daemon/logs': ['daemon/logs', 'daemon/os', 'daemon/protocol'],
  'daemon/metrics': ['daemon/metrics', 'daemon/os', 'daemon/protocol'],
  'daemon/store': ['daemon/store', 'daemon/os', 'daemon/protocol'],
};

/** Entry files of processes: they begin by saying who runs them. */
const ENTRIES = [
  'cli/main.ts',
  'cli/in-app/main.ts',
  'daemon/control/main.ts',
  'daemon/master/main.ts',
  'daemon/upgrade/main.ts',
  'daemon/worker/preload.ts',
  'daemon/graceful/main.ts',
];

/** The first line of an exported function or class. */
const EXPORTED = /^export (abstract )?(async )?(function|class)\b/;

describe('the reading of imports', () => {
  test('finds files, and every import of ours is one of them', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(imports.length).toBeGreaterThan(200);
    expect(offenders(({ ours, target }) => ours && !texts.has(target))).toEqual([]);
  });

  test.each([
    ["import { a } from './x.ts';", { target: 'ui/x.ts', typeOnly: false }],
    ["import a, { type B } from '../y.ts';", { target: 'y.ts', typeOnly: false }],
    ["import type { B } from './x.ts';", { target: 'ui/x.ts', typeOnly: true }],
    ["import { type B, type C } from './x.ts';", { target: 'ui/x.ts', typeOnly: true }],
    ["import {\n  a,\n  b,\n} from './x.ts';", { target: 'ui/x.ts', typeOnly: false }],
    ["import './x.ts';", { target: 'ui/x.ts', typeOnly: false }],
    ["export { a } from './x.ts';", { target: 'ui/x.ts', typeOnly: false }],
    ["export * from './x.ts';", { target: 'ui/x.ts', typeOnly: false }],
    ["const a = await import('./x.ts');", { target: 'ui/x.ts', dynamic: true }],
    ["import * as fs from 'node:fs';", { target: 'node:fs', ours: false }],
  ])('understands %s', (code, expected) => {
    expect(importsOf('ui/a.ts', code)).toEqual([expect.objectContaining(expected)]);
  });
});

describe('the import table', () => {
  const folderOf = (file: string): string | undefined =>
    Object.keys(MAY_IMPORT)
      .filter((folder) => isWithin(file, folder))
      .toSorted((one, other) => other.length - one.length)[0];

  test('names every file', () => {
    expect(files.filter((file) => !folderOf(file))).toEqual([]);
  });

  test.each(Object.entries(MAY_IMPORT))('%s imports what it may', (folder, allowed) => {
    const here = imports.filter(({ from, ours }) => ours && folderOf(from) === folder);
    const wrong = here.filter(({ target }) => !allowed.some((one) => isWithin(target, one)));
    expect(wrong.map(({ from, target }) => `${from} -> ${target}`)).toEqual([]);
  });

  test('ui is loaded by one command, and only on demand', () => {
    expect(
      offenders(
        ({ from, target, dynamic, typeOnly }) =>
          isWithin(target, 'ui') && !isWithin(target, 'ui/paint') && !isWithin(from, 'ui') && !dynamic && !typeOnly,
      ),
    ).toEqual([]);
  });

  test('rollout knows the words of protocol, not its code', () => {
    expect(
      offenders(
        ({ from, target, typeOnly }) =>
          isWithin(from, 'daemon/rollout') && isWithin(target, 'daemon/protocol') && !typeOnly,
      ),
    ).toEqual([]);
  });

  test('no imports go in a circle', () => {
    expect(circles(imports.filter(({ ours }) => ours))).toEqual([]);
  });
});

/** Packages and modules of node that the files of a folder import. */
function outside(folder: string): string[] {
  return [...new Set(imports.filter(({ from, ours }) => !ours && isWithin(from, folder)).map(({ target }) => target))];
}

describe('what is taken from outside', () => {
  test('protocol opens nothing', () => {
    expect(outside('daemon/protocol').filter((one) => one !== 'node:crypto' && one !== 'node:path')).toEqual([]);
  });

  test('rollout is pure: no module, no clock, no chance', () => {
    expect(outside('daemon/rollout')).toEqual([]);
    const impure =
      /\b(Date|process|performance|globalThis|console)\.\w|\bMath\.random\b|\b(set|queue)[A-Z]\w*\(|\bnew Date\b/;
    expect(files.filter((file) => isWithin(file, 'daemon/rollout') && impure.test(withoutTexts(codeOf(file))))).toEqual(
      [],
    );
  });

  test('what runs in the user’s process has no packages', () => {
    expect(
      [
        ...outside('daemon/worker'),
        ...outside('daemon/graceful'),
        ...outside('daemon/connections'),
        ...outside('daemon/channel'),
        ...outside('daemon/protocol'),
      ].filter((one) => !one.startsWith('node:')),
    ).toEqual([]);
  });

  test('only ui takes ink and react, and not its painters, which the commands use too', () => {
    expect(outside('ui/paint').filter((one) => /^(ink|react)([-/]|$)/.test(one))).toEqual([]);
    expect(offenders(({ from, target }) => /^(ink|react)([-/]|$)/.test(target) && !isWithin(from, 'ui'))).toEqual([]);
  });

  test('no file of the master takes node:cluster, the worker’s side three, and the program that becomes a master', () => {
    const clusters = imports.filter(({ target }) => target === 'node:cluster').map(({ from }) => from);
    expect(clusters.toSorted()).toEqual([
      'cli/in-app/main.ts',
      'daemon/worker/cluster-mode.ts',
      'daemon/worker/preload.ts',
      'daemon/worker/seam.ts',
    ]);
  });

  test('no shell is asked to run anything, but by the user’s own pager and, as pid 1, to become a parent', () => {
    const taken = files.flatMap((file) =>
      [...codeOf(file).matchAll(/^import \{([^}]*)\} from 'node:child_process'/gm)].flatMap(([, names]) =>
        names!.split(',').map((name) => name.trim()),
      ),
    );
    expect([...new Set(taken)].toSorted()).toEqual([
      'execFile',
      'execFileSync',
      'spawn',
      'spawnSync',
      'type ChildProcess',
      'type StdioOptions',
    ]);
    expect(files.filter((file) => /\bshell: true|\/bin\/sh/.test(codeOf(file))).toSorted()).toEqual([
      'cli/reaper.ts',
      'ui/pager.ts',
    ]);
  });

  test('one file opens unix sockets for peers, and one for workers, who connect by another; the others serve the apps', () => {
    const nets = imports.filter(({ target, typeOnly }) => target === 'node:net' && !typeOnly).map(({ from }) => from);
    expect(nets.toSorted()).toEqual([
      'daemon/channel/pipes.ts',
      'daemon/connections/close.ts',
      'daemon/connections/self-test.ts',
      'daemon/graceful/listening.ts',
      'daemon/master/adoption/arrivals.ts',
      'daemon/master/listeners.ts',
      'daemon/master/private-line.ts',
      'daemon/master/shared-socket.ts',
      'daemon/master/slot-sockets.ts',
      'daemon/master/socket-file.ts',
      // Where workers print into.
      'daemon/master/workers/fifos.ts',
      'daemon/os/unix-socket.ts',
    ]);
  });
});

describe('files', () => {
  test(`none is longer than ${LINE_CEILING} lines`, () => {
    const long = files.map((file) => ({ file, lines: texts.get(file)!.split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > LINE_CEILING)).toEqual([]);
  });

  test('none is a drawer for everything', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.)/i.test(file))).toEqual([]);
  });

  test('names are kebab-case; only components begin with a capital', () => {
    const plain = /^[a-z0-9]+(-[a-z0-9]+)*\.ts$/;
    const fits = (file: string): boolean => {
      const name = path.basename(file);
      return (
        plain.test(name) || (file.endsWith('.tsx') && isWithin(file, 'ui') && /^([A-Z][A-Za-z]*|main)\.tsx$/.test(name))
      );
    };
    expect(files.filter((file) => !fits(file))).toEqual([]);
  });

  test('an exported function says what it does; a class may say it at the top of its file', () => {
    const bare = files
      .filter((file) => !isWithin(file, 'ui'))
      .flatMap((file) => {
        const lines = texts.get(file)!.split('\n');
        const isSaid = (at: number): boolean =>
          /\*\/$|^\/\/|^export function .*;$/.test(lines[at - 1] ?? '') ||
          (lines[at]!.includes(' class ') && lines[0]!.startsWith('//'));
        return lines.flatMap((line, at) => (EXPORTED.test(line) && !isSaid(at) ? [`${file}:${at + 1} ${line}`] : []));
      });
    expect(bare).toEqual([]);
  });

  test('nothing is exported without a name', () => {
    expect(files.filter((file) => /^export default\b|\bas default\b/m.test(codeOf(file)))).toEqual([]);
  });

  test.each(ENTRIES)('%s says first who runs it', (file) => {
    expect(texts.get(file)).toMatch(/^(#!.*\n)?\/\/ RUNS /);
  });
});

/** Every circle once, as the files it goes through. */
function circles(edges: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, target } of edges) next.set(from, [...(next.get(from) ?? []), target]);
  const found = new Map<string, string>();
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) found.set(trail.slice(at).toSorted().join(), [...trail.slice(at), file].join(' -> '));
    if (at >= 0 || done.has(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return [...found.values()];
}
