export interface Usage {
  /** Resident bytes. */
  readonly memory: number;
  /** Open files. */
  readonly files: number;
}

export interface FuzzReport {
  readonly frames: number;
  readonly seconds: number;
  /** Connections that were broken off, or that the other side ended. */
  readonly ended: number;
  readonly before: Usage;
  /** Resident bytes when half was sent; shows a leak beside those after it. */
  readonly middle: number;
  readonly highest: number;
  readonly after: Usage;
  /** Of a client with manners, meanwhile: times in ms. */
  readonly ping: { readonly asked: number; readonly p50: number; readonly p99: number; readonly max: number };
}

export function usageOf(pid: number): Usage;

export function fuzzSocket(options: {
  readonly path: string;
  readonly pid: number;
  readonly frames: number;
  readonly random: () => number;
}): Promise<FuzzReport>;
