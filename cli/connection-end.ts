import type { Client } from '../daemon/client/types.ts';

/** Resolves when the daemon at the other end has gone: its process has ended when the system has closed its connections. */
export function connectionEnd(client: Client): Promise<void> {
  return new Promise((resolve) => {
    client.subscribe('apps', {}, { snapshot: () => undefined, event: () => undefined, end: () => resolve() });
  });
}
