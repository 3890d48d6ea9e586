// CPU and memory of processes. pidusage reads /proc on Linux and asks ps elsewhere.
import pidusage from 'pidusage';

export interface ProcessSample {
  /** Percent of one core since the previous sample of that process. */
  readonly cpu: number;
  readonly memory: number;
}

/** Samples of those processes that live; the others are missing. Never rejects. */
export async function sampleProcesses(pids: readonly number[]): Promise<Map<number, ProcessSample>> {
  const samples = new Map<number, ProcessSample>();
  await Promise.all(
    pids.map(async (pid) => {
      try {
        const { cpu, memory } = await pidusage(pid);
        samples.set(pid, { cpu, memory });
      } catch {
        // It ended between being listed and being asked.
      }
    }),
  );
  return samples;
}
