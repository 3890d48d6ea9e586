// A daemon in memory, as the output link sees it: who is asked for, and lines that come.
import type { Client, SubscriptionHandlers } from '../../daemon/client/types.ts';
import type { OutputLine } from '../../daemon/protocol/model.ts';

interface Asked {
  readonly targets: readonly string[];
  readonly lines: number;
  readonly handlers: SubscriptionHandlers<'output'>;
  open: boolean;
}

export class FakeOutput {
  readonly asked: Asked[] = [];

  readonly client = {
    subscribe: (_topic: string, params: Pick<Asked, 'targets' | 'lines'>, handlers: Asked['handlers']) => {
      const one: Asked = { ...params, handlers, open: true };
      this.asked.push(one);
      handlers.snapshot([]);
      return { close: () => void (one.open = false) };
    },
  } as unknown as Client;

  /** Whose output flows at this moment. */
  get followed(): readonly (readonly string[])[] {
    return this.asked.filter(({ open }) => open).map(({ targets }) => targets);
  }

  print(lines: readonly OutputLine[]): void {
    for (const { open, handlers } of this.asked) if (open) handlers.event(lines);
  }
}
