// Following operations to their end. The operations run in the masters: losing the daemon, or leaving with Ctrl-C, stops none.
import type { OperationRef } from '../daemon/protocol/contract.ts';
import type { Client } from '../daemon/client/types.ts';
import type { AppStatus, OperationStatus } from '../daemon/protocol/model.ts';
import type { CommandOption, Context } from './command.ts';
import { goesOnLine } from './output/afterwards.ts';
import { tellPeople } from './output/tell-people.ts';
import { tellPrograms } from './output/tell-programs.ts';
import type { Teller } from './output/teller.ts';

/** Shell convention for a command that was interrupted. */
const INTERRUPTED = 130;

/** How an operation is followed. */
export interface Following {
  /** Its steps are told, not only its end. */
  readonly steps: boolean;
  /** To its end; otherwise it is only said how to follow it. */
  readonly wait?: boolean;
  /** For programs. */
  readonly json?: boolean;
  /** Called with each that has ended. */
  readonly ended?: (operation: OperationStatus) => void;
}

/** The options of every command that begins operations. */
export const FOLLOW_OPTIONS: readonly CommandOption[] = [
  { flags: '--no-wait', description: 'Return when it has begun, not when it has ended' },
  { flags: '--json', description: 'What happens, one JSON object a line, for programs' },
];

/** What those options say. */
export function followingOf({ wait, json }: Readonly<Record<string, unknown>>): { wait: boolean; json: boolean } {
  return { wait: wait !== false, json: json === true };
}

/**
 * Tells what happens to the operations until each has ended, and closes the client. Exit code 0 only when all did what was
 * asked; without waiting, when all were accepted.
 */
export async function followOperations(
  context: Context,
  client: Client,
  refs: readonly OperationRef[],
  { steps, wait = true, json = false, ended = () => undefined }: Following,
): Promise<number> {
  const open = new Map(refs.flatMap((ref) => (ref.op === null ? [] : [[ref.op, ref]])));
  const several = open.size > 1;
  const teller = json ? tellPrograms(context) : tellPeople(context, { steps, several });
  for (const ref of refs) {
    if (ref.op === null) teller.idle(ref);
    else if (!wait) teller.accepted(ref);
  }
  if (open.size === 0 || !wait) {
    client.close();
    return 0;
  }
  const follower = new Follower(teller, open, ended);
  const interrupted = (): void => {
    context.warn([goesOnLine([...open.values()])]);
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', interrupted);
  for (let current = client; ; current = await context.connect()) {
    const done = await follower.until(current);
    current.close();
    if (done) {
      process.off('SIGINT', interrupted);
      return follower.failed ? 1 : 0;
    }
    context.warn(['The daemon was lost; what it started goes on. Connecting again…']);
  }
}

class Follower {
  failed = false;
  private readonly teller: Teller;
  private readonly open: Map<string, OperationRef>;
  private readonly ended: (operation: OperationStatus) => void;
  private readonly seen = new Map<string, OperationStatus>();

  constructor(teller: Teller, open: Map<string, OperationRef>, ended: (operation: OperationStatus) => void) {
    this.teller = teller;
    this.open = open;
    this.ended = ended;
  }

  /** True when everything has ended, false when the connection was lost before. */
  until(client: Client): Promise<boolean> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.open.size > 0) return;
        subscription.close();
        resolve(true);
      };
      const subscription = client.subscribe(
        'apps',
        {},
        {
          snapshot: (apps) => {
            for (const app of apps) this.look(app);
            for (const ref of this.open.values())
              if (!apps.some(({ name }) => name === ref.name)) this.removed(ref.name);
            setImmediate(check);
          },
          event: (event) => {
            if (event.type === 'app') this.look(event.app);
            else if (event.type === 'removed') this.removed(event.name);
            check();
          },
          end: () => resolve(false),
        },
      );
    });
  }

  private look(app: AppStatus): void {
    for (const [op, ref] of this.open) {
      if (ref.name !== app.name) continue;
      const operation = app.operations.find((one) => one.op === op);
      if (operation) this.show(app, operation);
      // Its master has ended with it, and the daemon that saw that is not the one that tells.
      else if (ref.kind === 'stop' && app.state === 'stopped') this.gone(op, ref);
      // Accepted operations are in the status, unless the master has died with them.
      else if (this.seen.has(op) || app.masterPid === null) this.lost(op, ref);
    }
  }

  private show(app: AppStatus, operation: OperationStatus): void {
    const previous = this.seen.get(operation.op);
    this.seen.set(operation.op, operation);
    this.teller.changed(app, previous, operation);
    if (operation.endedAt === null) return;
    // A deleted app is gone when its master is: only then may its name be used again.
    if (operation.kind === 'delete' && operation.phase === 'done') return;
    this.open.delete(operation.op);
    this.ended(operation);
    this.failed ||= operation.phase === 'failed';
    this.teller.ended(app, operation);
  }

  private removed(name: string): void {
    for (const [op, ref] of this.open) {
      if (ref.name !== name) continue;
      if (ref.kind === 'delete') this.gone(op, ref);
      else this.lost(op, ref);
    }
  }

  private gone(op: string, ref: OperationRef): void {
    this.open.delete(op);
    this.teller.gone(ref);
  }

  private lost(op: string, ref: OperationRef): void {
    this.open.delete(op);
    this.failed = true;
    this.teller.lost(ref);
  }
}
