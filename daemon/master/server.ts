// What zdmd can ask of this master, and the status it follows.
import { PROTOCOL } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { MasterMethods, MasterOperation } from '../protocol/master-contract.ts';
import type { OperationKind } from '../protocol/model.ts';
import type { Service } from '../protocol/peer.ts';
import { VERSION } from '../protocol/version.ts';
import type { App } from './app.ts';
import type { StatusReporter } from './status.ts';

/** Changes are published at most this often (ms): a rollout changes many things at once. */
const PUBLISH_EVERY = 25;

const KINDS: readonly OperationKind[] = ['start', 'reload', 'restart', 'scale', 'stop', 'delete'];

type Handlers = { [M in keyof MasterMethods]: (params: MasterMethods[M]['params']) => MasterMethods[M]['result'] };

export class MasterServer {
  private readonly followers = new Set<(status: unknown) => void>();
  private readonly app: App;
  private readonly reporter: StatusReporter;
  private readonly handlers: Handlers;
  private timer: NodeJS.Timeout | undefined;
  private ending = false;

  constructor(app: App, reporter: StatusReporter) {
    this.app = app;
    this.reporter = reporter;
    this.handlers = {
      hello: ({ protocol }) => {
        if (protocol !== PROTOCOL)
          throw new ZdmError('VERSION', `This master speaks protocol ${PROTOCOL}, not ${protocol}.`);
        return { protocol: PROTOCOL, version: VERSION, pid: process.pid };
      },
      operate: (params: MasterOperation) => {
        checkOperation(params);
        if (this.ending) throw new ZdmError('ENDING', 'This master is ending.');
        return { instances: this.app.operate(params) };
      },
    };
  }

  /** Something about the app changed. */
  publishSoon(): void {
    this.timer ??= setTimeout(() => this.publish(), PUBLISH_EVERY);
  }

  /** Says the last status, and takes no operations any more. */
  end(): void {
    this.ending = true;
    this.publish();
  }

  private publish(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.followers.size === 0) return;
    const status = this.reporter.status();
    for (const follower of this.followers) follower(status);
  }

  /** The service of one connection. */
  service(): Service {
    return {
      call: async (method, params) => {
        const handler = this.handlers[method as keyof Handlers] as (params: unknown) => unknown;
        if (!Object.hasOwn(this.handlers, method))
          throw new ZdmError('UNKNOWN_METHOD', `A master has no method "${method}".`);
        return handler(params);
      },
      subscribe: (topic, _params, push) => {
        if (topic !== 'status') throw new ZdmError('UNKNOWN_METHOD', `A master has no topic "${topic}".`);
        this.followers.add(push);
        return { snapshot: () => this.reporter.status(), close: () => this.followers.delete(push) };
      },
    };
  }
}

/** Only zdmd should ask, and it has checked the description; a wrong shape must not get into the machine all the same. */
function checkOperation(params: MasterOperation): void {
  const { op, kind, spec, scale, patient } = (params ?? {}) as Partial<MasterOperation>;
  const named = typeof op === 'string' && KINDS.includes(kind!) && typeof patient === 'boolean';
  const described = spec === null || typeof spec?.script === 'string';
  const scaled = scale === null || Number.isInteger(scale?.count);
  if (!named || !described || !scaled) throw new ZdmError('BAD_REQUEST', 'This is not an operation.');
}
