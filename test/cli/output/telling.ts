import type { Outlet } from '../../../cli/output/teller.ts';
import type { CanaryStatus, OperationStatus } from '../../../daemon/protocol/model.ts';
import { plainTheme } from '../../ui/samples.ts';
import { NOW, sampleOperation } from '../sample-apps.ts';

/** Keeps what is told; what is warned of begins with `!`. */
export function keepingOutlet(): Outlet & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    theme: plainTheme(),
    print: (lines) => void told.push(...lines),
    warn: (lines) => void told.push(...lines.map((line) => `!${line}`)),
  };
}

/** A reload of one slot that runs, with these fields. */
export function running(fields: Partial<OperationStatus> = {}): OperationStatus {
  return sampleOperation({
    phase: 'running',
    endedAt: null,
    receipt: null,
    slots: [{ slot: 0, phase: 'starting', oldPid: 1, newPid: 2, readyAfter: null, goneAfter: null }],
    ...fields,
  });
}

/** A reload that waits for its turn. */
export function queued(fields: Partial<OperationStatus> = {}): OperationStatus {
  return sampleOperation({
    op: 'op-2',
    phase: 'queued',
    strategy: null,
    startedAt: null,
    endedAt: null,
    receipt: null,
    from: 0,
    to: 0,
    ...fields,
  });
}

/** The same when a newer one took its place. */
export function dropped(): OperationStatus {
  const failure = { slot: null, reason: 'a newer reload took its place', lines: [] };
  return queued({ phase: 'failed', startedAt: NOW, endedAt: NOW, failure });
}

/** A canary whose verdict is due in half a minute. */
export function sampleCanary(fields: Partial<CanaryStatus> = {}): CanaryStatus {
  return {
    workers: 1,
    percent: 25,
    until: NOW + 30_000,
    old: { requests: 1_240, errors: 1, latency: 11 },
    fresh: { requests: 412, errors: 0, latency: 12 },
    verdict: null,
    reason: null,
    ...fields,
  };
}
