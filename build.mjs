// Builds dist/: one file for each process, so that each loads only what it runs. Everything is bundled: an installed zdm has
// no dependencies, starts faster, and an update of it replaces whole files.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { ZDM_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
};
// Bundled CommonJS packages ask for node's own modules by require().
const esm = {
  format: 'esm',
  banner: {
    js: "import { createRequire as zdmCreateRequire } from 'node:module'; const require = zdmCreateRequire(import.meta.url);",
  },
};
// Ink asks for react's devtools statically; nobody debugs the dashboard of a server with them.
const noDevtools = {
  name: 'no-devtools',
  setup(bundler) {
    bundler.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'none', namespace: 'none' }));
    bundler.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export default undefined;' }));
  },
};

// commander loads it for subcommands that are programs of their own. We have none, and it would cost every command 2 ms.
const noChildProcess = {
  name: 'no-child-process',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'none', namespace: 'none' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export default undefined;' }));
  },
};

await rm('dist', { recursive: true, force: true });
const results = await Promise.all([
  build({
    ...common,
    format: 'cjs',
    // Parsing is most of what a command costs beside node itself.
    minify: true,
    plugins: [noChildProcess],
    entryPoints: ['cli/run.ts'],
    outfile: 'dist/commands.cjs',
  }),
  build({ ...common, ...esm, entryPoints: ['daemon/control/main.ts'], outfile: 'dist/zdmd.mjs' }),
  build({ ...common, ...esm, entryPoints: ['daemon/master/main.ts'], outfile: 'dist/master.mjs' }),
  build({ ...common, format: 'cjs', entryPoints: ['daemon/worker/preload.ts'], outfile: 'dist/preload.cjs' }),
  build({ ...common, format: 'esm', entryPoints: ['cli/library.ts'], outfile: 'dist/library.mjs' }),
  build({
    ...common,
    ...esm,
    minify: true,
    plugins: [noDevtools],
    entryPoints: ['ui/main.tsx'],
    outfile: 'dist/dash.mjs',
  }),
]);
const commands = createHash('sha256').update(await readFile('dist/commands.cjs'));
await build({
  ...common,
  format: 'cjs',
  minify: true,
  define: { ...common.define, COMMANDS_DIGEST: JSON.stringify(commands.digest('hex').slice(0, 16)) },
  entryPoints: ['cli/main.ts'],
  outfile: 'dist/cli.cjs',
  banner: { js: '#!/usr/bin/env node' },
});
await chmod('dist/cli.cjs', 0o755);
await writeNotices(results);

/** The licences of what is bundled ask for their texts to come along. */
async function writeNotices(built) {
  const folders = new Set(
    built
      .flatMap(({ metafile }) => Object.keys(metafile.inputs))
      .map((input) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
      .filter((folder) => folder !== undefined),
  );
  const parts = await Promise.all(
    [...folders]
      .toSorted((one, other) => one.localeCompare(other))
      .map(async (folder) => {
        const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
        const texts = await Promise.all(
          ['LICENSE', 'license', 'LICENSE.md', 'license.md', 'LICENSE.txt'].map((file) =>
            readFile(`${folder}/${file}`, 'utf8').catch(() => ''),
          ),
        );
        return `${name} ${version} (${license})\n\n${texts.find((text) => text !== '')?.trim() ?? 'No licence text in the package.'}\n`;
      }),
  );
  await writeFile('dist/THIRD-PARTY-NOTICES.txt', parts.join(`\n${'-'.repeat(80)}\n\n`));
}
