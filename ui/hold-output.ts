// What anything in this process prints while the dashboard is on the screen would tear it: it is kept until afterwards.
import { Console } from 'node:console';
import { Writable } from 'node:stream';

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const;
/** The newest of it. */
const KEPT = 16_384;

/** Keeps `console.*` and the warnings of node. The result prints what was kept, and can be called twice. */
export function holdOutput(stderr: NodeJS.WritableStream): () => void {
  let kept = '';
  const sink = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      kept = `${kept}${String(text)}`.slice(-KEPT);
      done();
    },
  });
  const quiet = new Console({ stdout: sink, stderr: sink });
  const loud = { ...console };
  for (const method of METHODS) console[method] = quiet[method].bind(quiet);
  const listeners = process.rawListeners('warning') as NodeJS.WarningListener[];
  const onWarning = ({ name, message }: Error): void => quiet.error(`${name}: ${message}`);
  process.removeAllListeners('warning').on('warning', onWarning);
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    Object.assign(console, Object.fromEntries(METHODS.map((method) => [method, loud[method]])));
    process.off('warning', onWarning);
    for (const listener of listeners) process.on('warning', listener);
    if (kept !== '') stderr.write(kept);
  };
}
