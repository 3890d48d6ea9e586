// PURE: fields of one app that cannot both be meant. What depends on the machine, too, is in rollout.ts and spec.ts.
import { SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import { limitText } from '../../ui/paint/time.ts';
import type { AppFields } from './fields.ts';

/** Sentences about those. Each field by itself is right. */
export function contradictions(app: AppFields): readonly string[] {
  return [...spreading(app), ...times(app)];
}

function spreading({ sticky, balance, strategy, canary }: AppFields): string[] {
  const problems: string[] = [];
  const byKernel = balance === 'kernel';
  const byAddress = sticky === 'ip';
  if (byAddress && byKernel)
    problems.push('sticky "ip" and balance "kernel" exclude each other: the kernel spreads connections as it likes');
  if (canary !== undefined && strategy !== undefined && strategy !== 'canary')
    problems.push(`canary is for strategy "canary", and strategy is "${strategy}": leave one of the two out`);
  if (canary?.share.unit !== 'percent') return problems;
  const instead = 'Use canary.instances';
  if (byKernel)
    problems.push(
      `canary.percent and balance "kernel" exclude each other: the kernel spreads connections as it likes. ${instead}`,
    );
  if (byAddress)
    problems.push(
      `canary.percent and sticky "ip" exclude each other: the address of a client chooses its worker. ${instead}`,
    );
  return problems;
}

function times(app: AppFields): string[] {
  const { listen_timeout: ready = SPEC_DEFAULTS.listenTimeout, health } = app;
  const { progress_deadline: whole = SPEC_DEFAULTS.progressDeadline } = app;
  const problems: string[] = [];
  const asking = health === undefined ? 0 : (health.successes - 1) * health.interval;
  if (asking > 0 && asking >= ready)
    problems.push(
      `health.successes times health.interval take ${limitText(asking)} or more, and listen_timeout is ${limitText(ready)}: no worker could be ready`,
    );
  if (whole === 0) return problems;
  const of = `progress_deadline (${limitText(whole)})`;
  if (whole < ready)
    problems.push(`${of} is shorter than listen_timeout (${limitText(ready)}): no slot could use its time`);
  return problems;
}
