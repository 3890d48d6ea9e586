// How a rollout goes about it, in one line.
import { formatAge } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { shareText } from '../paint/canary.ts';
import { apart, type Line, span } from '../paint/line.ts';
import { plannedShare, surgeText, verdictRule } from '../paint/strategy.ts';
import { clean, widthOf } from '../paint/text.ts';
import { limitText } from '../paint/time.ts';
import { fitting } from './waits.ts';

/** How it goes about it, with its limits; and who asked. */
export function strategyLine(app: AppStatus, operation: OperationStatus, width: number): Line {
  const { by } = operation;
  const words = strategyWords(app, operation);
  const who = by === null ? '' : `by ${clean(by)} `;
  const beside = fitting(words, width - widthOf(who) - 3);
  if (beside === '') return [span(` ${fitting(words, width - 2) || (words.at(-1) ?? '')}`)];
  return apart([span(` ${beside}`)], [span(who, 'muted')], width);
}

/** From the full words to the shortest. */
export function strategyWords(app: AppStatus, operation: OperationStatus): readonly string[] {
  const { spec } = app;
  const ready = formatAge(spec.listenTimeout);
  const drain = formatAge(spec.drainTimeout);
  const kill = formatAge(spec.killTimeout);
  switch (operation.kind) {
    case 'reload':
    case 'rollback':
      return spec.execMode === 'fork'
        ? [`one at a time, the old one stops first: the app owns its port   stop limit ${kill}`, 'old first']
        : codeWords(app, operation);
    case 'rehearse':
      return [
        `one new worker in private: started, looked at and thrown away   ready limit ${ready}`,
        'one new worker, which gets no traffic',
        'in private',
      ];
    case 'restart':
      return [`all at once, old ones stop first; connections wait up to ${formatAge(spec.holdTimeout)}`, 'old first'];
    case 'replace':
      return spec.execMode === 'fork'
        ? [`the old one stops first: the app owns its port   stop limit ${kill}`, 'old first']
        : [`the same code, new first   ready limit ${ready}   drain limit ${drain}`, 'same code, new first'];
    case 'handover':
      return [`to the master of another zdm, 1 at a time, new first   drain limit ${drain}`, 'new first'];
    case 'start':
    case 'scale':
      return [`ready limit ${ready}`];
    case 'stop':
    case 'delete':
      return [`requests in flight have ${kill} to finish`];
  }
}

function codeWords(app: AppStatus, operation: OperationStatus): readonly string[] {
  const { spec, wanted } = app;
  switch (operation.strategy ?? spec.strategy) {
    case 'rolling':
      return rollingWords(spec);
    case 'blue-green': {
      const bake = limitText(spec.bake);
      return [
        `blue-green: all new ones ready first, then all at once; the old ones stay warm for ${bake}`,
        `blue-green: all at once when all are ready; old ones warm for ${bake}`,
        `blue-green, old ones warm for ${bake}`,
        'blue-green',
      ];
    }
    case 'canary': {
      const plan = spec.canary;
      const { canary } = operation;
      if (plan === null) return ['canary'];
      const workers = canary === null ? null : `${canary.workers} of ${wanted} workers`;
      const share = canary === null ? plannedShare(plan.share, wanted) : shareText(canary, wanted);
      const bake = limitText(plan.bake);
      return [
        `canary: ${share}, for ${bake}; ${verdictRule(plan)}`,
        `canary: ${workers ?? share}, for ${bake}; ${verdictRule(plan)}`,
        `canary: ${workers ?? share}, for ${bake}`,
        `canary for ${bake}`,
      ];
    }
  }
}

function rollingWords({ surge, minReady, listenTimeout, drainTimeout }: AppStatus['spec']): readonly string[] {
  const many = surgeText(surge);
  const ready = formatAge(listenTimeout);
  const drain = formatAge(drainTimeout);
  const trial = minReady === 0 ? '' : `, each on trial for ${limitText(minReady)}`;
  return [
    `rolling, ${many}, new first${trial}   ready limit ${ready}   drain limit ${drain}   on failure: back to the old code`,
    `rolling, ${many}, new first${trial}   ready ${ready}   drain ${drain}   on failure: back`,
    `rolling, ${many}, new first${trial}   ready ${ready}   drain ${drain}`,
    `rolling, ${many}, new first${trial}`,
    `rolling, ${many}, new first`,
    'rolling',
  ];
}
