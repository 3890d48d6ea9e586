// Runs commands to their end.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * What `node script args` prints; rejects when it fails.
 *
 * @param {string} script
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} env
 */
export async function output(script, args, env) {
  const { stdout } = await execute(process.execPath, [script, ...args], { env, timeout: 60_000, maxBuffer: 2 ** 26 });
  return stdout;
}

/**
 * Runs `node args` without looking at its output; how long it took in ms.
 *
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<number>}
 */
export function time(args, env) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => {
      const took = performance.now() - started;
      if (code === 0) resolve(took);
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}

/**
 * Without what npm and a zdm or PM2 of the user would bring in; and without extra certificates, which Node 20 reads at every
 * start: that can take twice as long as the start itself and would make all ratios look good.
 */
export function cleanEnvironment() {
  const foreign = /^(npm_|NODE_OPTIONS$|NODE_ENV$|NODE_EXTRA_CA_CERTS$|ZDM_|PM2_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
