// Following operations to their end. The operations run in the masters: losing the daemon, or leaving with Ctrl-C, stops none.
import type { OperationRef } from '../daemon/protocol/contract.ts';
import type { Client } from '../daemon/client/types.ts';
import { ZdmError } from '../daemon/protocol/errors.ts';
import type { AppStatus, OperationKind, OperationStatus } from '../daemon/protocol/model.ts';
import { progressLines, resultLines } from '../ui/paint/progress.ts';
import type { Context } from './command.ts';

/** Shell convention for a command that was interrupted. */
const INTERRUPTED = 130;
/** What has old code to go back to. */
const ABORTABLE: ReadonlySet<string> = new Set<OperationKind>([
  'reload',
  'rollback',
  'restart',
  'replace',
  'handover',
  'scale',
]);

/**
 * Prints what happens to the operations until each has ended, and closes the client. Exit code 0 only when all did what was
 * asked. `ended` is called with each that has ended.
 */
export async function followOperations(
  context: Context,
  client: Client,
  refs: readonly OperationRef[],
  progress: boolean,
  ended: (operation: OperationStatus) => void = () => undefined,
): Promise<number> {
  const open = new Map(refs.flatMap((ref) => (ref.op === null ? [] : [[ref.op, ref]])));
  for (const { name, op, kind } of refs) if (op === null) context.print([`${name}: ${nothingToDo(kind)}`]);
  const follower = new Follower(context, open, progress, ended);
  if (open.size === 0) {
    client.close();
    return 0;
  }
  const interrupted = (): void => {
    const [{ name, kind } = { name: '', kind: 'operation' }] = open.values();
    const end = ABORTABLE.has(kind) ? `; or abort it: zdm abort ${name}` : '';
    context.warn([
      `The ${kind} of ${name} goes on without this command. Follow it: zdm dash, or zdm describe ${name}${end}`,
    ]);
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
  private readonly context: Context;
  private readonly open: Map<string, OperationRef>;
  private readonly progress: boolean;
  private readonly ended: (operation: OperationStatus) => void;
  /** Then each line says whose it is. */
  private readonly several: boolean;
  private readonly seen = new Map<string, OperationStatus>();

  constructor(
    context: Context,
    open: Map<string, OperationRef>,
    progress: boolean,
    ended: (operation: OperationStatus) => void,
  ) {
    this.context = context;
    this.open = open;
    this.progress = progress;
    this.ended = ended;
    this.several = open.size > 1;
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
      else if (ref.kind === 'stop' && app.state === 'stopped') this.stopped(op, app.name);
      // Accepted operations are in the status, unless the master has died with them.
      else if (this.seen.has(op) || app.masterPid === null) this.lost(ref);
    }
  }

  private show(app: AppStatus, operation: OperationStatus): void {
    const previous = this.seen.get(operation.op);
    this.seen.set(operation.op, operation);
    const { theme } = this.context;
    if (this.progress) {
      if (operation.phase === 'queued' && !previous)
        this.context.print([`${app.name}: waiting for the ${runningKind(app)} that runs`]);
      this.context.print(
        progressLines(previous, operation, theme).map((line) => (this.several ? `${app.name}  ${line}` : line)),
      );
    }
    if (operation.endedAt === null) return;
    // A deleted app is gone when its master is: only then may its name be used again.
    if (operation.kind === 'delete' && operation.phase === 'done') return;
    this.open.delete(operation.op);
    this.ended(operation);
    this.failed ||= operation.phase === 'failed';
    const lines = resultLines(app.name, operation, theme, app);
    if (operation.phase === 'failed') this.context.warn(lines);
    else this.context.print(lines);
  }

  private stopped(op: string, name: string): void {
    this.open.delete(op);
    this.context.print([`${name}: stopped`]);
  }

  private removed(name: string): void {
    for (const [op, ref] of this.open) {
      if (ref.name !== name) continue;
      this.open.delete(op);
      if (ref.kind === 'delete') this.context.print([`${name}: deleted`]);
      else this.lost(ref);
    }
  }

  private lost(ref: OperationRef): void {
    if (ref.op !== null) this.open.delete(ref.op);
    this.failed = true;
    const error = new ZdmError(
      'OPERATION_FAILED',
      `${ref.name}: nobody knows how the ${ref.kind} ended.`,
      'See: zdm list',
    );
    this.context.warn([error.message, error.hint ?? '']);
  }
}

function runningKind(app: AppStatus): string {
  return app.operations.find(({ phase }) => phase === 'running')?.kind ?? 'operation';
}

function nothingToDo(kind: OperationRef['kind']): string {
  switch (kind) {
    case 'stop':
      return 'is stopped already';
    case 'delete':
      return 'deleted';
    case 'scale':
      return 'is stopped; the number holds from its next start';
    case 'start':
    case 'reload':
    case 'rollback':
    case 'rehearse':
    case 'restart':
    case 'replace':
    case 'handover':
      return 'runs already';
  }
}
