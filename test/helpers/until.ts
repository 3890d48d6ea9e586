// The only way tests wait: for a condition, with a deadline. There are no sleeps.
import { setTimeout as pause } from 'node:timers/promises';

export interface Waiting {
  /** Deadline in ms (default 10 s). */
  within?: number;
  /** What was waited for, for the error; a function is asked at the deadline and can tell the last state seen. */
  message?: string | (() => string);
  /** Pause between two looks in ms (default 15). */
  every?: number;
}

type Truthy<T> = Exclude<Awaited<T>, false | null | undefined | 0 | ''>;

/** Looks at `check` until it gives something truthy and returns that. An error thrown by `check` is final. */
export async function until<T>(check: () => T, waiting: Waiting = {}): Promise<Truthy<T>> {
  const { within = 10_000, every = 15, message = 'a condition' } = waiting;
  const started = performance.now();
  for (;;) {
    const value = await check();
    if (value) return value as Truthy<T>;
    if (performance.now() - started > within) {
      throw new Error(`Not within ${within} ms: ${typeof message === 'string' ? message : message()}`);
    }
    await pause(every);
  }
}

interface Emitter {
  once(name: string, listener: (...args: unknown[]) => void): unknown;
  off(name: string, listener: (...args: unknown[]) => void): unknown;
}

/** The arguments of the next event `name`, or an error at the deadline. */
export function onceEvent(emitter: object, name: string, within = 10_000): Promise<unknown[]> {
  const source = emitter as Emitter;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      source.off(name, listener);
      reject(new Error(`Not within ${within} ms: event '${name}'`));
    }, within);
    const listener = (...args: unknown[]): void => {
      clearTimeout(timer);
      resolve(args);
    };
    source.once(name, listener);
  });
}

/** `promise`, or an error naming `what` when it takes longer than `within` ms. */
export async function inTime<T>(promise: Promise<T>, within: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not within ${within} ms: ${what}`)), within);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
