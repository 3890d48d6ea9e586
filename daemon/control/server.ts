// What every client of zdmd can ask, typed from the contract: a method without a handler does not compile.
import { canTalk, PROTOCOL, type MethodName, type Methods } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { Layout } from '../protocol/layout.ts';
import type { Service } from '../protocol/peer.ts';
import { hideSecrets } from '../protocol/redact.ts';
import { VERSION } from '../protocol/version.ts';
import type { Snapshots } from '../store/snapshots.ts';
import { AppFeed } from './app-feed.ts';
import { openLogFeed } from './log-feed.ts';
import { openOutputFeed } from './output-feed.ts';
import type { Registry } from './registry.ts';
import { resurrectApps, saveApps } from './resurrection.ts';
import { isService } from './service.ts';
import { isMethod, isTopic, methodParams, topicParams } from './validate.ts';

/** All apps together have this long (ms) to stop before `zdm kill` ends the daemon all the same. */
const SHUTDOWN_LIMIT = 60_000;

/** How a daemon ends: for good, for another one that takes its place, or by a signal. */
export type Ending = 'ended' | 'replaced' | 'signalled';

type Handlers = {
  [M in MethodName]: (params: Methods[M]['params']) => Methods[M]['result'] | Promise<Methods[M]['result']>;
};

export class ControlServer {
  readonly apps = new AppFeed();
  private readonly registry: Registry;
  private readonly handlers: Handlers;

  /** `ready` resolves when the living masters have been found; `exit` ends the daemon for good. */
  constructor(
    registry: Registry,
    layout: Pick<Layout, 'home' | 'daemonLog'>,
    snapshots: Snapshots,
    ready: Promise<void>,
    exit: (how: Ending) => void,
  ) {
    this.registry = registry;
    const startedAt = Date.now();
    this.handlers = {
      hello: async ({ protocol, version }) => {
        if (!canTalk(PROTOCOL, protocol)) {
          throw new ZdmError(
            'VERSION',
            `The daemon is zdm ${VERSION} (protocol ${PROTOCOL}), this command is zdm ${version} (protocol ${protocol}).`,
            `End the daemon with its own version, its apps with it: npx zdm@${VERSION} kill`,
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
        service: isService(process.env),
      }),
      list: () => registry.statuses,
      start: (params) => registry.start(params),
      operate: (params) => registry.operate(params),
      control: (params) => registry.control(params),
      save: ({ name }) => saveApps(registry, snapshots, name),
      resurrect: (params) => resurrectApps(registry, snapshots, params),
      snapshots: () => snapshots.list(),
      history: () => registry.histories(),
      environment: ({ targets, secrets }) =>
        Promise.all(
          registry.find(targets).map(async (app) => {
            const { env } = (await app.query('description'))?.spec ?? app.record.spec;
            return { name: app.name, env: secrets ? env : hideSecrets(env) };
          }),
        ),
      renewMaster: async () => ({ pid: await registry.renewMaster() }),
      stepDown: () => {
        setImmediate(exit, 'replaced');
        return {};
      },
      shutdown: async () => {
        const stopped = await registry.stopAll(SHUTDOWN_LIMIT);
        setImmediate(exit, 'ended');
        return { stopped };
      },
    };
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
        switch (topic) {
          case 'apps':
            return this.apps.open(() => this.registry.statuses, push);
          case 'logs': {
            const options = topicParams(topic, params);
            const apps = this.registry.find(options.targets).map(({ status }) => status);
            return openLogFeed(apps, options, push, end);
          }
          case 'output':
            return openOutputFeed(this.registry, topicParams(topic, params), push);
        }
      },
    };
  }
}
