// What zdmd and an app's master say to each other. The master is the server: it outlives zdmd.
import type { Greeting, Hello, ScaleBy } from './contract.ts';
import type { AppSpec, AppStatus, OperationKind } from './model.ts';

/** What a new master reads from its stdin, as one JSON object. */
export interface Bootstrap {
  readonly protocol: number;
  readonly id: number;
  readonly spec: AppSpec;
  /** Where it has to listen for zdmd. */
  readonly socket: string;
}

/** One thing to do to the app. `spec` comes with it when the description changed. */
export interface MasterOperation {
  readonly op: string;
  readonly kind: OperationKind;
  readonly spec: AppSpec | null;
  readonly scale: ScaleBy | null;
  /** Started by the daemon itself (after a reboot or a dead master): workers that die at boot are tried again. */
  readonly patient: boolean;
}

export interface MasterMethods {
  hello: { params: Hello; result: Greeting };
  /** Accepts the operation; how it goes is in the status. The master ends by itself after a `stop` or `delete`. Answers with the number of instances that is wanted now. */
  operate: { params: MasterOperation; result: { instances: number } };
}

export interface MasterTopics {
  /** The status now, and again after every change. */
  status: { params: Record<string, never>; snapshot: AppStatus; event: AppStatus };
}
