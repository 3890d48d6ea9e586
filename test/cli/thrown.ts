import { expect } from 'vitest';

/** What an expected failure says, as one comparable object. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The ZdmError that `run` throws; the test fails when it throws nothing or something else. */
export async function thrownBy(run: () => unknown): Promise<Failure> {
  try {
    await run();
  } catch (error) {
    expect(error).toMatchObject({ name: 'ZdmError' });
    const { code, message, hint } = error as Failure;
    return { code, message, hint };
  }
  throw new Error('Nothing was thrown.');
}
