// RUNS AS `zdm`: loads the commands (run.ts), compiled by an earlier run if there was one. Compiling is a third of what a
// command costs beside node itself: `zdm list` takes 1.8 times the CPU of `node -e 0` without this, 1.5 times with it (Node 20.20).
import { loadBuilt } from './built-code.ts';
import type * as Commands from './run.ts';

/** Of the built commands. */
declare const COMMANDS_DIGEST: string;

const { run } = loadBuilt(__dirname, 'commands', COMMANDS_DIGEST) as typeof Commands;
run((url) => import(url));
