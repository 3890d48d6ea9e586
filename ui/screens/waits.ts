// What a worker waits for, in words.
import { formatAge } from '../../daemon/protocol/format.ts';
import type { AppSpec, AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { isWarm, warmLeft } from '../paint/release.ts';

/** From the full words to the shortest; the painter takes the first that fits. Of a worker that serves: what it serves. */
export function waitWords(worker: WorkerStatus, app: AppStatus, now: number): readonly string[] {
  const { spec } = app;
  const { stage, connections, deadline } = worker;
  const left = deadline === null ? null : deadline - now;
  const conns = connsText(spec, connections);
  switch (stage) {
    case 'online':
      return [conns];
    case 'starting':
      return timed('waiting for ready', left, spec.listenTimeout);
    case 'standby':
      return isWarm(app, worker) ? warmWords(left ?? warmLeft(app, now)) : ['ready, waits for the others', 'ready'];
    case 'draining':
      return timed(conns || 'draining', left, spec.drainTimeout);
    case 'stopping':
      return timed('stopping', left, spec.killTimeout);
  }
}

function warmWords(left: number | null): readonly string[] {
  if (left === null) return ['kept warm for the way back', 'kept warm', 'warm'];
  const time = formatAge(left + 999);
  return [`kept warm for the way back, ${time} left`, `kept warm, ${time} left`, `warm, ${time}`];
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
