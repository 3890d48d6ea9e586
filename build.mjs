// Builds dist/: one file for each process, so that each loads only what it runs. Everything is bundled: an installed zdm has
// no dependencies, starts faster, and an update of it replaces whole files.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';

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
// The dashboard is one CommonJS file, like the commands, so that its compiled code can be kept: it is there 75 ms earlier (of 180,
// Node 20.20). Such a file cannot wait at its top level. Ink does so for its development mode, which nobody uses on a server, and
// for its layout engine: that is waited for by name (`ready`). The engine would also load all of node's fetch for a data: URL.
const inkAtOnce = {
  name: 'ink-at-once',
  setup(bundler) {
    const edited = (filter, edit) =>
      bundler.onLoad({ filter }, async ({ path }) => ({ contents: edit(await readFile(path, 'utf8')) }));
    bundler.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'none', namespace: 'none' }));
    bundler.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export default undefined;' }));
    edited(/ink\/build\/reconciler\.js$/, (code) =>
      code.replace("await import('./devtools.js')", 'undefined').replace('await loadPackageJson()', '{}'),
    );
    edited(/yoga-wasm-base64-esm\.js$/, (code) => `const fetch = undefined;\n${code}`);
    edited(/yoga-layout\/dist\/src\/index\.js$/, (code) =>
      code.replace(
        'const Yoga = wrapAssembly(await loadYoga());',
        `const Yoga = {};
         export const ready = loadYoga().then((assembly) => void Object.assign(Yoga, wrapAssembly(assembly)));`,
      ),
    );
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
const daemon = [
  build({ ...common, ...esm, entryPoints: ['daemon/control/main.ts'], outfile: 'dist/zdmd.mjs' }),
  build({ ...common, ...esm, entryPoints: ['daemon/master/main.ts'], outfile: 'dist/master.mjs' }),
  build({ ...common, ...esm, entryPoints: ['daemon/upgrade/main.ts'], outfile: 'dist/upgrade.mjs' }),
  build({ ...common, format: 'cjs', entryPoints: ['daemon/worker/preload.ts'], outfile: 'dist/preload.cjs' }),
  // In a program of its user it may be loaded beside anything: CommonJS, for require and import.
  build({ ...common, format: 'cjs', entryPoints: ['cli/foreground/main.ts'], outfile: 'dist/foreground.cjs' }),
  build({ ...common, format: 'cjs', entryPoints: ['cli/in-app/main.ts'], outfile: 'dist/in-app.cjs' }),
  build({ ...common, format: 'esm', entryPoints: ['cli/library.ts'], outfile: 'dist/library.mjs' }),
  build({ ...common, format: 'cjs', entryPoints: ['daemon/graceful/main.ts'], outfile: 'dist/graceful.cjs' }),
];
// Parsing is most of what a command costs beside node itself.
const command = { ...common, format: 'cjs', minify: true };
const dash = await build({
  ...command,
  define: { ...common.define, 'process.env.DEV': '"false"' },
  plugins: [inkAtOnce],
  stdin: { contents: "export * from './ui/main.tsx'; export { ready } from 'yoga-layout';", resolveDir: '.' },
  outfile: 'dist/dash.cjs',
});
// Each file knows the digest of the one that it loads.
const commands = await build({
  ...command,
  define: { ...common.define, DASH_DIGEST: await digestOf('dist/dash.cjs') },
  plugins: [noChildProcess],
  entryPoints: ['cli/run.ts'],
  outfile: 'dist/commands.cjs',
});
await build({
  ...command,
  define: { ...common.define, COMMANDS_DIGEST: await digestOf('dist/commands.cjs') },
  entryPoints: ['cli/main.ts'],
  outfile: 'dist/cli.cjs',
  banner: { js: '#!/usr/bin/env node' },
});
await chmod('dist/cli.cjs', 0o755);
// What programs may require() has the types of CommonJS files, in a package of modules.
await mkdir('dist/types/commonjs', { recursive: true });
await writeFile('dist/types/commonjs/package.json', '{ "type": "commonjs" }\n');
await writeNotices([...(await Promise.all(daemon)), dash, commands]);

/** As a text of JavaScript. */
async function digestOf(file) {
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return JSON.stringify(digest.slice(0, 16));
}

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
