// What zdmd can ask of this master, and the status it follows.
import type { ControlAction } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import { withoutFigures } from '../protocol/figures.ts';
import type {
  ControlRequest,
  MasterMethods,
  MasterOperation,
  MasterTopics,
  StatusEvent,
} from '../protocol/master-contract.ts';
import type { AppStatus } from '../protocol/model.ts';
import { OPERATION_KINDS } from '../protocol/operation-kinds.ts';
import type { Feed, Service } from '../protocol/peer.ts';
import type { App } from './app.ts';
import type { Figures } from './figures.ts';
import type { StatusReporter } from './status.ts';

/** Changes are published at most this often (ms): a rollout changes many things at once. */
const PUBLISH_EVERY = 25;

const ACTIONS: readonly ControlAction[] = ['abort', 'pause', 'resume', 'finish'];

/** What is about one app. */
type AppMethod = Exclude<keyof MasterMethods, 'hello' | 'open' | 'apps' | 'leave' | 'end'>;
type Handlers = { [M in AppMethod]: (params: MasterMethods[M]['params']) => MasterMethods[M]['result'] };

export class MasterServer {
  private readonly followers = new Set<(event: StatusEvent) => void>();
  private readonly app: App;
  private readonly reporter: StatusReporter;
  private readonly figures: Figures;
  private readonly handlers: Handlers;
  private timer: NodeJS.Timeout | undefined;
  private ending = false;
  /** What the followers were told last, beside figures. */
  private said = '';

  constructor(app: App, reporter: StatusReporter, figures: Figures) {
    this.app = app;
    this.reporter = reporter;
    this.figures = figures;
    this.handlers = {
      operate: (params: MasterOperation) => {
        checkOperation(params);
        this.refuseWhileEnding();
        return { instances: this.app.operate(params) };
      },
      control: (params: ControlRequest) => {
        checkControl(params);
        return { op: this.app.control(params) };
      },
      history: () => this.figures.history,
      description: () => {
        this.refuseWhileEnding();
        return this.reporter.description();
      },
    };
  }

  /** Something about the app changed. */
  publishSoon(): void {
    this.timer ??= setTimeout(() => this.publish(), PUBLISH_EVERY);
  }

  /**
   * New figures were taken. Before them goes the status, when something in it is new that no event told: what became of the
   * connections of old workers, a place that nobody listens on any more. Every second has its figures: graphs are made of them.
   */
  measured(): void {
    if (this.followers.size === 0) return;
    if (essenceOf(this.reporter.status()) !== this.said) this.publish();
    for (const follower of this.followers) follower({ type: 'figures', figures: this.figures.now });
  }

  /** Says the last status, and takes no operations any more. */
  end(): void {
    this.ending = true;
    this.publish();
  }

  private refuseWhileEnding(): void {
    if (this.ending) throw new ZdmError('ENDING', 'This master is ending.');
  }

  private publish(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.followers.size === 0) return;
    const status = this.reporter.status();
    this.said = essenceOf(status);
    for (const follower of this.followers) follower({ type: 'status', status });
  }

  private follow(push: (event: StatusEvent) => void): Feed {
    this.followers.add(push);
    return {
      snapshot: () => this.reporter.status(),
      close: () => {
        this.followers.delete(push);
      },
    };
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
      subscribe: (topic, params, push) => {
        if (topic === 'output') return this.app.output.lines.open(lineCount(params), push);
        if (topic !== 'status') throw new ZdmError('UNKNOWN_METHOD', `A master has no topic "${topic}".`);
        return this.follow(push);
      },
    };
  }
}

/** As text: parts of a status go on changing in place. */
function essenceOf(status: AppStatus): string {
  return JSON.stringify(withoutFigures(status));
}

function lineCount(params: unknown): number {
  const { lines } = (params ?? {}) as Partial<MasterTopics['output']['params']>;
  if (typeof lines === 'number' && Number.isInteger(lines) && lines >= 0) return lines;
  throw new ZdmError('BAD_REQUEST', 'This is not a number of lines.');
}

/** Only zdmd should ask, and it has checked the description; a wrong shape must not get into the machine all the same. */
function checkOperation(params: MasterOperation): void {
  const { op, kind, spec, scale, slot, patient, by } = (params ?? {}) as Partial<MasterOperation>;
  const named =
    typeof op === 'string' && OPERATION_KINDS.includes(kind!) && kind !== 'handover' && typeof patient === 'boolean';
  const described = spec === null || typeof spec?.script === 'string';
  const scaled = scale === null || Number.isInteger(scale?.count);
  const asked = by === null || typeof by === 'string';
  const placed = slot === null || Number.isInteger(slot);
  if (!asked || !named || !described || !scaled || !placed)
    throw new ZdmError('BAD_REQUEST', 'This is not an operation.');
}

function checkControl(params: ControlRequest): void {
  const { action, by } = (params ?? {}) as Partial<ControlRequest>;
  const named = by === null || typeof by === 'string';
  if (!ACTIONS.includes(action!) || !named) throw new ZdmError('BAD_REQUEST', 'This is nothing that steers a rollout.');
}
