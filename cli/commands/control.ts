// abort, pause, resume, finish: one function with four names. They steer what another command has begun.
import type { Client } from '../../daemon/client/types.ts';
import type { ControlAction, ControlRef } from '../../daemon/protocol/contract.ts';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { reachApps } from '../find-apps.ts';
import { idleLine, steeredLines } from '../output/steering.ts';

/** When the status tells of what was done; it may be a moment behind. */
const TOLD: Readonly<Record<ControlAction, (operation: OperationStatus) => boolean>> = {
  abort: ({ endedAt }) => endedAt !== null,
  pause: ({ paused, endedAt }) => paused || endedAt !== null,
  resume: ({ paused }) => !paused,
  finish: () => true,
};

function control(action: ControlAction, help: Pick<Command, 'summary' | 'examples'>): Command {
  return {
    name: action,
    aliases: [],
    args: ['<app...>'],
    options: [],
    ...help,
    run: (context, targets) => steer(context, action, targets),
  };
}

/** Exit code 1 when for none of the apps there was anything to do: a script that meant a rollout has missed it. */
async function steer(context: Context, action: ControlAction, targets: readonly string[]): Promise<number> {
  const client = await reachApps(context, targets);
  const refs = await client.call('control', { action, targets, by: byline(action, targets) });
  const lines = await Promise.all(refs.map((ref) => resultOf(client, action, ref)));
  client.close();
  context.print(lines.flat());
  return refs.some(({ op }) => op !== null) ? 0 : 1;
}

async function resultOf(client: Client, action: ControlAction, { name, op }: ControlRef): Promise<string[]> {
  const operationOf = (app: AppStatus): OperationStatus | undefined => app.operations.find((one) => one.op === op);
  const app = await appWhen(client, name, (one) => {
    const operation = operationOf(one);
    return op === null || (operation !== undefined && TOLD[action](operation));
  });
  if (!app) return [`${name}: nobody knows how it went on. See: zdm list`];
  const operation = operationOf(app);
  return operation ? steeredLines(action, app, operation) : [idleLine(action, app)];
}

/** The app as soon as it is so; null when it, or the daemon, has gone before. */
function appWhen(client: Client, name: string, isSo: (app: AppStatus) => boolean): Promise<AppStatus | null> {
  return new Promise((resolve) => {
    const look = (app: AppStatus): void => {
      if (app.name === name && isSo(app)) resolve(app);
    };
    client.subscribe(
      'apps',
      {},
      {
        snapshot: (apps) => {
          for (const app of apps) look(app);
          if (!apps.some((app) => app.name === name)) resolve(null);
        },
        event: (event) => {
          if (event.type === 'app') look(event.app);
          else if (event.type === 'removed' && event.name === name) resolve(null);
        },
        end: () => resolve(null),
      },
    );
  });
}

/** Apps are named by name, id or `all`, several at once. */
export const controls: readonly Command[] = [
  control('abort', {
    summary: 'end the rollout that runs; slots with the new code get the old code back',
    examples: ['zdm abort api'],
  }),
  control('pause', {
    summary: 'take up no further slot of the rollout that runs; old and new code serve side by side',
    examples: ['zdm pause api', 'zdm pause all'],
  }),
  control('resume', {
    summary: 'go on with a paused rollout',
    examples: ['zdm resume api'],
  }),
  control('finish', {
    summary: 'wait for draining old workers no longer: what they still have is cut',
    examples: ['zdm finish api'],
  }),
];
