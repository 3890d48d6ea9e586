// What every client of zdmd can ask, typed from the contract: a method without a handler does not compile.
import { PROTOCOL, type MethodName, type Methods, type Topics } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { Layout } from '../protocol/layout.ts';
import type { AppStatus } from '../protocol/model.ts';
import type { Feed, Service } from '../protocol/peer.ts';
import { VERSION } from '../protocol/version.ts';
import { openLogFeed } from './log-feed.ts';
import type { Registry } from './registry.ts';
import { isMethod, isTopic, methodParams, topicParams } from './validate.ts';

/** All apps together have this long (ms) to stop before `zdm kill` ends the daemon all the same. */
const SHUTDOWN_LIMIT = 60_000;

type Handlers = {
  [M in MethodName]: (params: Methods[M]['params']) => Methods[M]['result'] | Promise<Methods[M]['result']>;
};
type AppsEvent = Topics['apps']['event'];

export class ControlServer {
  private readonly followers = new Set<(event: AppsEvent) => void>();
  private readonly registry: Registry;
  private readonly handlers: Handlers;

  /** `ready` resolves when the living masters have been found; `exit` ends the daemon for good. */
  constructor(registry: Registry, layout: Layout, ready: Promise<void>, exit: () => void) {
    this.registry = registry;
    const startedAt = Date.now();
    this.handlers = {
      hello: async ({ protocol, version }) => {
        if (protocol !== PROTOCOL) {
          throw new ZdmError(
            'VERSION',
            `The daemon is zdm ${VERSION} (protocol ${PROTOCOL}), this command is zdm ${version} (protocol ${protocol}).`,
            'Use one version of zdm for both.',
          );
        }
        await ready;
        return { protocol: PROTOCOL, version: VERSION, pid: process.pid };
      },
      ping: () => ({
        pid: process.pid,
        version: VERSION,
        startedAt,
        home: layout.home,
        log: layout.daemonLog,
        apps: registry.statuses.length,
      }),
      list: () => registry.statuses,
      start: (params) => registry.start(params),
      operate: (params) => registry.operate(params),
      shutdown: async () => {
        const stopped = await registry.stopAll(SHUTDOWN_LIMIT);
        setImmediate(exit);
        return { stopped };
      },
    };
  }

  changed(app: AppStatus): void {
    for (const follower of this.followers) follower({ type: 'app', app });
  }

  removed(name: string): void {
    for (const follower of this.followers) follower({ type: 'removed', name });
  }

  /** The service of one connection. */
  service(): Service {
    return {
      call: async (method, params) => {
        if (!isMethod(method)) throw new ZdmError('UNKNOWN_METHOD', `The daemon has no method "${method}".`);
        const handler = this.handlers[method] as (params: unknown) => unknown;
        return handler(methodParams(method, params ?? {}));
      },
      subscribe: (topic, params, push, end) => {
        if (!isTopic(topic)) throw new ZdmError('UNKNOWN_METHOD', `The daemon has no topic "${topic}".`);
        if (topic === 'apps') return this.followApps(push);
        const options = topicParams('logs', params);
        return openLogFeed(this.registry.find(options.targets), options, push, end);
      },
    };
  }

  private followApps(push: (event: AppsEvent) => void): Feed {
    this.followers.add(push);
    return { snapshot: () => this.registry.statuses, close: () => this.followers.delete(push) };
  }
}
