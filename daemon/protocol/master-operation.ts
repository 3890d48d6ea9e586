// An operation as masters are told of it: what it does not name is null.
import type { ScaleBy } from './contract.ts';
import type { MasterOperation } from './master-contract.ts';
import type { AppSpec, OperationKind } from './model.ts';

export interface Details {
  readonly spec?: AppSpec | undefined;
  readonly scale?: ScaleBy | undefined;
  readonly slot?: number | null | undefined;
  readonly patient?: boolean | undefined;
  readonly by?: string | undefined;
}

/** The operation of that kind and name. */
export function masterOperation(
  kind: OperationKind,
  op: string,
  { spec, scale, slot, patient, by }: Details = {},
): MasterOperation {
  return {
    op,
    kind,
    spec: spec ?? null,
    scale: scale ?? null,
    slot: slot ?? null,
    patient: patient ?? false,
    by: by ?? null,
  };
}
