// A file in the user's own pager.
import { messageOf } from '../daemon/protocol/errors.ts';
import type { Store } from './state/store.ts';
import type { Suspension } from './suspend.ts';

/**
 * The command and its arguments. A shell takes `$PAGER` apart, which may have options; it must not die of the Ctrl-C that the
 * pager answers, or the pager would go on without anybody waiting for it.
 */
function pagerFor(file: string, env: NodeJS.ProcessEnv): [command: string, args: readonly string[]] {
  return ['/bin/sh', ['-c', `trap : INT QUIT; ${env['PAGER'] || 'less -R'} "$1"`, 'sh', file]];
}

/** The whole log of the app whose output is on the screen. */
export async function openLog(store: Store, { runInTerminal }: Suspension, env: NodeJS.ProcessEnv): Promise<void> {
  const { apps, logs } = store.getState();
  const app = apps.find(({ name }) => name === logs.apps[0]);
  if (app === undefined) return;
  const file = logs.stream === 'err' ? app.spec.errorFile : app.spec.outFile;
  const code = await runInTerminal(...pagerFor(file, env)).catch(messageOf);
  if (code === 0) return;
  store.dispatch({
    type: 'notice',
    notice: { text: `The pager failed: ${code ?? 'a signal ended it'}`, tone: 'bad', at: Date.now() },
  });
}
