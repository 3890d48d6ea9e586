// What a worker waits for, in words.
import { formatAge } from '../../daemon/protocol/format.ts';
import type { AppSpec, WorkerStatus } from '../../daemon/protocol/model.ts';

/** From the full words to the shortest; the painter takes the first that fits. Of a worker that serves: what it serves. */
export function waitWords(worker: WorkerStatus, spec: AppSpec, now: number): readonly string[] {
  const { stage, connections, deadline } = worker;
  const left = deadline === null ? null : deadline - now;
  const conns = connsText(spec, connections);
  switch (stage) {
    case 'online':
      return [conns];
    case 'starting':
      return timed('waiting for ready', left, spec.listenTimeout);
    case 'standby':
      return ['ready, gets no traffic', 'standby'];
    case 'draining':
      return timed(conns || 'draining', left, spec.drainTimeout);
    case 'stopping':
      return timed('stopping', left, spec.killTimeout);
  }
}

/** The first of these words that takes no more than `width` cells; else none. */
export function fitting(words: readonly string[], width: number): string {
  return words.find((text) => text.length <= width) ?? '';
}

/** In fork mode the app owns its ports: what comes in there is not seen. */
function connsText({ execMode }: AppSpec, count: number): string {
  return execMode === 'fork' ? '' : `${count} conn${count === 1 ? '' : 's'}`;
}

/** A limit that was stretched (the drain, to what clients were promised) is not said beside more than itself. */
function timed(what: string, left: number | null, limit: number): readonly string[] {
  if (left === null) return [what];
  const short = `${formatAge(left)} left`;
  const words = [`${what}, ${short}`, short];
  return left > limit ? words : [`${what}, ${formatAge(left)} of ${formatAge(limit)} left`, ...words];
}
