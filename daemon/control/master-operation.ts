import type { ScaleBy } from '../protocol/contract.ts';
import type { HeirProgram, MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec, OperationKind } from '../protocol/model.ts';

/** What an operation of some kind may need. */
export interface Details {
  readonly spec?: AppSpec | undefined;
  readonly scale?: ScaleBy | undefined;
  readonly slot?: number | undefined;
  readonly heir?: HeirProgram | null | undefined;
  readonly patient?: boolean | undefined;
  readonly by?: string | undefined;
}

/** An operation as a master is asked for it. */
export function masterOperation(
  kind: OperationKind,
  op: string,
  { spec, scale, slot, heir, patient, by }: Details,
): MasterOperation {
  return {
    op,
    kind,
    spec: spec ?? null,
    scale: scale ?? null,
    slot: slot ?? null,
    heir: heir ?? null,
    patient: patient ?? false,
    by: by ?? null,
  };
}
