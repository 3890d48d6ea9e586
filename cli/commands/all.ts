// Every command, in the order of `zdm --help`.
import type { Command } from '../command.ts';
import { controls } from './control.ts';
import { dash } from './dash.ts';
import { describe } from './describe.ts';
import { doctor } from './doctor.ts';
import { events } from './events.ts';
import { kill } from './kill.ts';
import { jlist, list } from './list.ts';
import { logs } from './logs.ts';
import { operations } from './operate.ts';
import { ping } from './ping.ts';
import { plan } from './plan.ts';
import { run } from './run.ts';
import { resurrect, save } from './save.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { startup, unstartup } from './startup.ts';
import { update } from './update.ts';

export const commands: readonly Command[] = [
  start,
  plan,
  run,
  ...operations,
  scale,
  ...controls,
  list,
  jlist,
  describe,
  logs,
  events,
  dash,
  ping,
  update,
  doctor,
  startup,
  unstartup,
  save,
  resurrect,
  kill,
];
