import { formatAge, formatBytes, formatPercent, plural } from '../../daemon/protocol/format.ts';
import type { AppSpec, AppStatus, OperationStatus, WorkerStage, WorkerStatus } from '../../daemon/protocol/model.ts';
import { exitText, problemOf, reasonOf, stateWords } from './app-words.ts';
import { cleanText } from './clean-text.ts';
import { clockTime, dateTime, limitText } from './clock-time.ts';
import { isDraining, leftText } from './drain.ts';
import { widthOf, wrap } from './fit.ts';
import { failureLines, receiptLine } from './progress.ts';
import { slotTimes } from './receipt.ts';
import type { Glyphs, Meaning, Style } from './style.ts';
import { type Column, layTable } from './table.ts';

/** How a description is to look. `width` is Infinity in a pipe. */
export interface DescribeOptions {
  readonly width: number;
  readonly now: number;
  readonly style: Style;
}

const LABEL = 13;
const STAGES: Readonly<Record<WorkerStage, readonly [keyof Glyphs, Meaning]>> = {
  starting: ['starting', 'busy'],
  online: ['online', 'good'],
  draining: ['draining', 'leaving'],
  stopping: ['draining', 'leaving'],
};

/** `zdm describe`: all about one app, and why it is as it is. Values of variables are never shown. */
export function paintDescribe(app: AppStatus, options: DescribeOptions): string[] {
  const sections = [
    headLines(app, options),
    [...specFacts(app.spec), ...lifeFacts(app, options)].flatMap(([label, text]) => fact(label, text, options)),
    workerLines(app, options),
    exitLines(app, options),
    operationLines(app, options),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function headLines(app: AppStatus, { width, now, style }: DescribeOptions): string[] {
  const { glyph, word, meaning } = stateWords(app);
  const parts = [
    app.name,
    `${style.glyphs[glyph]} ${word}`,
    `${app.up}/${app.wanted} workers`,
    `gen ${app.generation}`,
  ];
  const problem = problemOf(app, now);
  const why =
    problem === undefined
      ? reasonOf(app, now)
      : `${problem.why}.${problem.next === `zdm describe ${app.name}` ? '' : ` See: ${problem.next}`}`;
  const head = wrap(parts.map(cleanText).join('  '), width, '  ').map((line) => style.paint('strong', line));
  return why === '' ? head : [...head, ...wrap(why, width, '  ').map((line) => style.paint(meaning, line))];
}

type Fact = readonly [label: string, text: string];

function specFacts(spec: AppSpec): Fact[] {
  const limits = [
    `ready ${limitText(spec.listenTimeout)}${spec.waitReady ? " after process.send('ready')" : ''}`,
    `drain ${limitText(spec.drainTimeout)}`,
    `kill ${limitText(spec.killTimeout)}`,
    `hold ${limitText(spec.holdTimeout)}`,
    spec.move ? 'idle connections move' : 'connections do not move',
    ...(spec.sticky === 'ip' ? ['an address has its slot'] : []),
    ...(spec.balance === 'kernel' ? ['balanced by the kernel'] : []),
  ];
  const restarts = `up to ${plural(spec.maxRestarts, 'quick death')} (under ${limitText(spec.minUptime)}) in a row`;
  const delay = spec.restartDelay > 0 ? `, ${limitText(spec.restartDelay)} apart` : '';
  const names = Object.keys(spec.env).toSorted();
  const facts: Fact[] = [
    ['script', spec.script],
    ['args', spec.args.map(quoted).join(' ')],
    ['cwd', spec.cwd],
    ['mode', `${spec.execMode}, ${plural(spec.instances, 'instance')}`],
    ['interpreter', spec.interpreter ?? ''],
    ['node args', spec.nodeArgs.map(quoted).join(' ')],
    ['limits', limits.join(', ')],
    ['restarts', spec.autorestart ? restarts + delay : 'no: a worker that ends is not replaced'],
    ['output', spec.outFile],
    ['errors', spec.errorFile],
    ['env', `${plural(names.length, 'variable')}: ${names.join(' ')}`],
  ];
  return facts.filter(([, text]) => text !== '');
}

function lifeFacts(app: AppStatus, { now }: DescribeOptions): Fact[] {
  const waiting = app.waiting > 0 ? [['waiting', plural(app.waiting, 'connection')] as const] : [];
  return [
    ['ports', app.listeners.length === 0 ? 'none' : app.listeners.join(', ')],
    ...waiting,
    [app.state, `since ${dateTime(app.since)} (${formatAge(now - app.since)}), ${plural(app.restarts, 'restart')}`],
    ['master', app.masterPid === null ? 'none' : `pid ${app.masterPid}`],
  ];
}

// Beyond a third of the line a label would leave no room for what it labels.
function fact(label: string, text: string, { width, style }: DescribeOptions): string[] {
  const column = width < LABEL * 3 ? 2 : LABEL;
  const [first = '', ...rest] = wrap(cleanText(text), width - column - 2, '');
  const indent = ' '.repeat(column + 2);
  const name = style.paint('quiet', label) + ' '.repeat(Math.max(1, column - widthOf(label)));
  if (column < LABEL) return [`  ${style.paint('quiet', label)}`, ...[first, ...rest].map((line) => indent + line)];
  return [`  ${name}${first}`, ...rest.map((line) => indent + line)];
}

function workerLines(app: AppStatus, { width, now, style }: DescribeOptions): string[] {
  if (app.workers.length === 0) return [];
  const drains = app.workers.some(isDraining);
  const columns: Column<WorkerStatus>[] = [
    { key: 'slot', align: 'right', text: ({ slot }) => `${slot}` },
    {
      key: 'state',
      text: (worker) => `${style.glyphs[STAGES[worker.stage][0]]} ${stageText(worker, now)}`,
      paint: (text, { stage }) => style.paint(STAGES[stage][1], text),
    },
    { key: 'pid', align: 'right', text: ({ pid }) => `${pid}` },
    { key: 'gen', align: 'right', drop: 4, text: ({ generation }) => `g${generation}` },
    { key: 'cpu', align: 'right', drop: 5, text: ({ cpu }) => (cpu === null ? '-' : formatPercent(cpu)) },
    { key: 'mem', align: 'right', drop: 6, text: ({ memory }) => (memory === null ? '-' : formatBytes(memory)) },
    // What a draining worker still has is the last to go.
    { key: 'conns', align: 'right', drop: drains ? 7 : 3, text: ({ connections }) => `${connections}` },
    { key: 'requests', align: 'right', drop: 2, text: ({ requests }) => `${requests}` },
    { key: 'up', align: 'right', drop: 1, text: ({ startedAt }) => formatAge(now - startedAt) },
  ];
  const workers = app.workers.toSorted((a, b) => a.slot - b.slot || a.id - b.id);
  const { lines, hidden } = layTable(columns, workers, width - 2, style);
  const note = hidden.length === 0 ? [] : wrap(`hidden here: ${hidden.join(', ')}`, width - 2);
  return [...lines, ...note].map((line) => `  ${line}`);
}

function stageText({ stage, deadline }: WorkerStatus, now: number): string {
  return stage === 'draining' && deadline !== null ? `draining, ${leftText(deadline, now)}` : stage;
}

function exitLines({ lastExit }: AppStatus, { width }: DescribeOptions): string[] {
  if (lastExit === null) return [];
  const head = `  last exit  ${dateTime(lastExit.at)}, pid ${lastExit.pid}, g${lastExit.generation}: ${exitText(lastExit)}`;
  const lines = lastExit.lines.flatMap((line) => wrap(`    ${cleanText(line)}`, width, '    '));
  return [...wrap(head, width, '    '), ...lines];
}

function operationLines(app: AppStatus, { width }: DescribeOptions): string[] {
  const { name, spec, operations, lastExit, workers } = app;
  if (operations.length === 0) return [];
  // A stop, or taking workers away, replaces nothing and has no slots.
  const rollout = operations.findLast(({ phase, slots }) => phase !== 'queued' && slots.length > 0);
  const shown = lastExit?.lines.join('\n');
  const lines = operations
    .flatMap((operation) => [
      ...operationText(name, operation.failure?.lines.join('\n') === shown ? withoutLines(operation) : operation, spec),
      ...(operation === rollout ? slotTimes(operation, workers).map((line) => `    ${line}`) : []),
    ])
    .flatMap((text) => wrap(text, width, '    '));
  return ['  last operations', ...lines];
}

function operationText(name: string, operation: OperationStatus, { execMode }: AppSpec): string[] {
  const { phase, kind, by, from, to, askedAt, note } = operation;
  const time = `  ${clockTime(askedAt)}  `;
  const notes = [by === null ? null : `by ${by}`, note].flatMap((text) =>
    text === null ? [] : [`    ${cleanText(text)}`],
  );
  if (phase === 'done') return [time + withoutName(name, receiptLine(name, operation, execMode)), ...notes];
  if (phase === 'queued') return [`${time}${kind} waits for its turn`, ...notes];
  if (phase === 'running') return [`${time}${kind} g${from} to g${to} is running`, ...notes];
  const [first = '', ...rest] = failureLines(name, operation).slice(0, -1);
  return [time + withoutName(name, first), ...rest, ...notes];
}

// The last exit stands right above, with the same lines.
function withoutLines(operation: OperationStatus): OperationStatus {
  return { ...operation, failure: operation.failure && { ...operation.failure, lines: [] } };
}

function withoutName(name: string, line: string): string {
  return line.slice(name.length + 2);
}

function quoted(argument: string): string {
  return /^[\w./:=@,+-]+$/.test(argument) ? argument : JSON.stringify(argument);
}
