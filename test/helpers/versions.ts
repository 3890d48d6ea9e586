// Several versions of zdm as packed tarballs, and a folder in which one of them is installed: for tests of upgrades.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Releases as they were published. */
const KEPT = fileURLToPath(new URL('../fixtures/versions', import.meta.url));

/** Changes the content of a built file; `name` is `master.mjs`, for one. */
type Edit = (name: string, content: string) => string;

export interface Versions {
  /** The command of the installed version. */
  readonly cli: string;
  /** Packs this build as another version, with `edit` made to its files. */
  pack(version: string, edit?: Edit): Promise<void>;
  /** Installs a version over what is there: one that was packed, else the kept release. */
  install(version: string): Promise<void>;
  remove(): void;
}

/** npm as a user has it: without the settings that come from `npm test`. */
export async function npm(args: readonly string[], cwd: string): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$/i.test(name)));
  const { stdout } = await execute('npm', [...args, '--no-update-notifier'], { cwd, env, timeout: 100_000 });
  return stdout;
}

/** An empty folder for versions; `remove` it at the end. */
export function makeVersions(): Versions {
  const folder = mkdtempSync(path.join(tmpdir(), 'zdm-versions-'));
  const place = path.join(folder, 'installed');
  mkdirSync(place);
  const nameOf = (version: string): string => `zdm-${version}.tgz`;
  const tarball = (version: string): string =>
    path.join(existsSync(path.join(folder, nameOf(version))) ? folder : KEPT, nameOf(version));
  return {
    cli: path.join(place, 'node_modules', 'zdm', 'dist', 'cli.cjs'),
    async pack(version, edit = (_, content) => content) {
      const staged = path.join(folder, `staged-${version}`);
      mkdirSync(staged);
      // Without `prepack`: other tests use dist at this moment.
      const flags = ['--json', '--ignore-scripts', '--pack-destination', staged];
      const [packed] = JSON.parse(await npm(['pack', ...flags], ROOT)) as [{ filename: string; version: string }];
      await execute('tar', ['-xzf', path.join(staged, packed.filename), '-C', staged]);
      const content = path.join(staged, 'package');
      change(path.join(content, 'package.json'), (text) =>
        text.replace(`"version": "${packed.version}"`, `"version": "${version}"`),
      );
      for (const name of readdirSync(path.join(content, 'dist')).filter((one) => /\.[cm]js$/.test(one)))
        change(path.join(content, 'dist', name), (text) =>
          edit(name, distinct(text.replaceAll(`"${packed.version}"`, `"${version}"`), version)),
        );
      await execute('tar', ['-czf', path.join(folder, nameOf(version)), '-C', staged, 'package']);
    },
    async install(version) {
      await npm(['install', tarball(version), '--offline', '--no-audit', '--no-fund'], place);
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Compiled code is kept by the digest of its source, which the loading file knows. */
function distinct(text: string, version: string): string {
  return text.replace(/"[0-9a-f]{16}"/, JSON.stringify(version.replaceAll('.', '').padStart(16, '0')));
}

function change(file: string, edit: (content: string) => string): void {
  writeFileSync(file, edit(readFileSync(file, 'utf8')));
}
