// A topic for tests: a number, and each step of it.
import { ZdmError } from '../../../daemon/protocol/errors.ts';
import { NO_SERVICE, type Feed, type Service } from '../../../daemon/protocol/peer.ts';
import type { MemoryPair } from './memory-pair.ts';

/** A counter that tells each step; followers can open slowly. */
export class Counter {
  value = 0;
  open = 0;
  readonly pushes = new Set<(event: unknown) => boolean>();
  readonly ends: (() => void)[] = [];
  opening: Promise<void> | null = null;

  readonly service: Service = {
    ...NO_SERVICE,
    call: async (_method, params) => params,
    subscribe: (topic, params, push, end) => {
      if (topic !== 'count') throw new ZdmError('UNKNOWN_METHOD', `There is no topic "${topic}" here.`);
      if (params === 'refuse') throw new ZdmError('BAD_REQUEST', 'No.');
      this.pushes.add(push);
      this.ends.push(end);
      const feed: Feed = {
        snapshot: () => this.value,
        close: () => {
          this.pushes.delete(push);
          this.open -= 1;
        },
      };
      this.open += 1;
      return this.opening ? this.opening.then(() => feed) : feed;
    },
  };

  step(padding = ''): void {
    this.value += 1;
    for (const push of this.pushes) push(padding ? { value: this.value, padding } : this.value);
  }
}

export interface Follower {
  /** `s<value>`, `e<value>` and at last `end` or the error's code, as they came. */
  readonly heard: string[];
  readonly cancel: () => void;
}

/** Subscribes, and writes down what is heard. */
export function follow({ client }: MemoryPair, topic = 'count', params: unknown = {}): Follower {
  const heard: string[] = [];
  const cancel = client.subscribe(topic, params, {
    snapshot: (snapshot) => heard.push(`s${String(snapshot)}`),
    event: (event) => heard.push(`e${valueOf(event)}`),
    end: (error) => heard.push(error ? error.code : 'end'),
  });
  return { heard, cancel };
}

function valueOf(event: unknown): string {
  return String((event as { value?: number }).value ?? event);
}

/** Everything that was on its way has arrived. */
export async function settled({ client }: MemoryPair): Promise<void> {
  await client.call('echo', 1);
}
