// `npm run soak`: every other program of this folder, one after the other. Hours are fine here; the short forms are in test/e2e.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const programs = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'main.mjs');
for (const name of programs) {
  console.log(`\n# ${name}`);
  const { status } = spawnSync(process.execPath, [folder + name], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
