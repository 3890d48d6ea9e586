// For `zdm run` as the first process of a container. Processes that lose their parent become children of pid 1, and stay zombies
// until that has waited for them. Node waits only for what it has started itself (seen on Node 20.20 and 24.21); a shell waits
// for all. So pid 1 becomes a shell that runs us, hands signals on and ends as we end.
import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';

/** Its arguments are the command to run. `wait` returns early when a signal was handed on. */
const SCRIPT = `exec 3<&0
"$@" <&3 3<&- &
child=$!
for signal in HUP INT TERM QUIT USR1 USR2; do trap "kill -$signal $child" $signal; done
while :; do
  wait $child
  code=$?
  kill -0 $child 2>/dev/null || exit $code
done`;

/** Node 22.15 has it, and 24; the types of 20 do not. */
type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

/**
 * As pid 1, does not return where node can do it; says what to do where it cannot. Called once, before anything is started.
 * Null when there is nothing to do.
 */
export function becomeReaper(): string | null {
  if (process.pid !== 1) return null;
  const { execve } = process as { execve?: Execve };
  if (execve && existsSync(SHELL)) {
    const { execPath, execArgv, argv, env } = process;
    execve.call(process, SHELL, ['sh', '-c', SCRIPT, 'zdm', execPath, ...execArgv, ...argv.slice(1)], env);
  }
  return 'Processes that lose their parent stay zombies here: run the container with --init, or on Node 22.15 with a /bin/sh.';
}
