// Past figures as the dashboard keeps them: what the daemon had, and every second since.
import type { AppFigures, AppHistory, Series, WorkerFigures } from '../../daemon/protocol/model.ts';
import type { AppPast, History } from './state.ts';

/** Values kept of each figure: seconds. */
const KEEP = 180;

type Second = { readonly [K in keyof Series]: number | null };

/** A longer time (ms) between two seconds is a hole: what came before it is another story. */
const HOLE = 5_000;

/** The answer of the daemon, which knows more than we have seen. What was answered while we saw nothing is of no one second. */
export function historyOf(answer: readonly AppHistory[], before: History): History {
  return new Map(
    answer.map((one) => {
      const past = before.get(one.name);
      return [one.name, { ...one, counted: past && one.at - past.at < HOLE / 2 ? past.counted : new Map() }];
    }),
  );
}

/** One second more of these apps. */
export function withSecond(history: History, figures: readonly AppFigures[]): History {
  const next = new Map(history);
  for (const one of figures) next.set(one.name, grown(history.get(one.name), one));
  return next;
}

/** Without the apps that are gone. */
export function withoutApp(history: History, name: string): History {
  const next = new Map(history);
  next.delete(name);
  return next;
}

function grown(before: AppPast | undefined, { name, at, workers }: AppFigures): AppPast {
  const past = before && at - before.at < HOLE ? before : undefined;
  const seconds = workers.map((figures) => {
    // Of a worker that is new all requests are of this second; of one that was there before us nobody knows.
    const counted = past ? (past.counted.get(figures.id) ?? (past.counted.size > 0 ? 0 : null)) : null;
    return { id: figures.id, second: secondOf(figures, counted ?? figures.requests) };
  });
  return {
    name,
    at,
    counted: new Map(workers.map(({ id, requests }) => [id, requests])),
    total: appended(past?.total, totalOf(seconds.map(({ second }) => second))),
    workers: seconds.map(({ id, second }) => ({
      id,
      ...appended(
        past?.workers.find((one) => one.id === id),
        second,
      ),
    })),
  };
}

function secondOf({ cpu, memory, connections, requests, lag, latency }: WorkerFigures, counted: number): Second {
  return { cpu, memory, connections, requests: Math.max(0, requests - counted), lag, latency };
}

function totalOf(seconds: readonly Second[]): Second {
  const known = (key: keyof Second): number[] => seconds.map((one) => one[key]).filter((value) => value !== null);
  const sum = (key: keyof Second): number | null =>
    known(key).length === 0 ? null : known(key).reduce((total, value) => total + value, 0);
  const worst = (key: keyof Second): number | null => (known(key).length === 0 ? null : Math.max(...known(key)));
  return {
    cpu: sum('cpu'),
    memory: sum('memory'),
    connections: sum('connections'),
    requests: sum('requests'),
    lag: worst('lag'),
    latency: worst('latency'),
  };
}

function appended(past: Series | undefined, { cpu, memory, connections, requests, lag, latency }: Second): Series {
  const add = (values: readonly (number | null)[] | undefined, value: number | null): readonly (number | null)[] =>
    [...(values ?? []), value].slice(-KEEP);
  return {
    cpu: add(past?.cpu, cpu),
    memory: add(past?.memory, memory),
    connections: add(past?.connections, connections),
    requests: add(past?.requests, requests),
    lag: add(past?.lag, lag),
    latency: add(past?.latency, latency),
  };
}
