// What is known of one field of a config file.
import type { AppSpec } from '../../daemon/protocol/model.ts';
import type { FieldType } from './values.ts';

/** One thing that can be said about an app. Validation, flags, help and documentation are made from these rows. */
export interface Field {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: FieldType;
  readonly property: keyof AppSpec;
  /** Null where it depends on other fields; then `doc` says how. */
  readonly fallback: string | number | boolean | null;
  readonly flag?: string;
  readonly doc: string;
}
