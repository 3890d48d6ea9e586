// All about one app, and why it is as it is: of `zdm describe`, and of the dashboard.
import { SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import { formatAge, formatBytes, formatPercent, formatTook, plural } from '../../daemon/protocol/format.ts';
import type { AppSpec, AppStatus, Limits, WorkerStatus } from '../../daemon/protocol/model.ts';
import { HIDDEN } from '../../daemon/protocol/redact.ts';
import { isDraining } from './drain.ts';
import { appLabel, workerLabel } from './label.ts';
import { type Line, renderLine, span } from './line.ts';
import { problemOf, reasonOf } from './problem.ts';
import { previousText, releaseText } from './release.ts';
import { storyLines } from './story.ts';
import { canaryPlanText, healthText, strategyText } from './strategy.ts';
import { type Column, layTable } from './table.ts';
import { widthOf, wrap } from './text.ts';
import type { Theme } from './theme.ts';
import { dateTime, limitText } from './time.ts';
import { seen } from './usage.ts';

/** How a description is to look. `width` is Infinity in a pipe. */
export interface DescribeOptions {
  readonly width: number;
  readonly now: number;
  readonly theme: Theme;
  /** The values of variables are there, and to be shown. */
  readonly showEnv?: boolean;
}

const LABEL = 13;
const INDENT = span('  ');
/** What happened before is in the JSON, and on the dashboard's screen of events. */
const EVENTS_SHOWN = 10;

/** `zdm describe`. */
export function paintDescribe(app: AppStatus, options: DescribeOptions): string[] {
  return describeLines(app, options).map((line) => renderLine(line, options.width, options.theme).trimEnd());
}

/** The same as lines, none wider than `width` where that is not absurdly small. */
export function describeLines(app: AppStatus, options: DescribeOptions): readonly Line[] {
  const sections = [
    headLines(app, options),
    [...specFacts(app.spec), ...envFacts(app.spec, options), ...lifeFacts(app, options)].flatMap(([label, text]) =>
      factLines(label, text, options),
    ),
    workerLines(app, options),
    eventLines(app, options),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : [[], ...lines]));
}

function headLines(app: AppStatus, { width, now }: DescribeOptions): readonly Line[] {
  const label = appLabel(app, now);
  const facts = [INDENT, label, span(`  ${app.up}/${app.wanted} workers  gen ${app.generation}`)];
  const room = width - facts.reduce((cells, { text }) => cells + widthOf(text), 0);
  const name = wrap(app.name, width).map((line) => span(line, 'strong'));
  const fits = name.every(({ text }) => widthOf(text) <= room);
  const head = fits && name.length === 1 ? [[...name, ...facts]] : [...name.map((line) => [line]), facts];
  const why = whyText(app, now);
  return why === '' ? head : [...head, ...wrap(why, width, '  ').map((line) => [span(line, label.tone)])];
}

function whyText(app: AppStatus, now: number): string {
  const problem = problemOf(app, now);
  if (problem === null) return reasonOf(app, now);
  return `${problem.why}.${problem.next === `zdm describe ${app.name}` ? '' : ` See: ${problem.next}`}`;
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
    ...(spec.treekill ? [] : ['what a worker started stays']),
    ...(spec.balance === 'kernel' ? ['balanced by the kernel'] : []),
  ];
  const facts: Fact[] = [
    ['script', spec.script],
    ['args', spec.args.map(quoted).join(' ')],
    ['cwd', spec.cwd],
    ['mode', `${spec.execMode}, ${plural(spec.instances, 'instance')}`],
    ['interpreter', spec.interpreter ?? ''],
    ['node args', spec.nodeArgs.map(quoted).join(' ')],
    ['strategy', spec.execMode === 'fork' ? '' : strategyText(spec)],
    ...rolloutFacts(spec),
    ['limits', limits.join(', ')],
    ['replaced at', spec.limits === null ? '' : limitsText(spec.limits)],
    ['restarts', restartsText(spec)],
    ['output', spec.outFile],
    ['errors', spec.errorFile],
  ];
  return facts.filter(([, text]) => text !== '');
}

/** What was set of how new workers have to prove themselves. */
function rolloutFacts(spec: AppSpec): Fact[] {
  const { health, warmup, waitFor, minReady, bake, canary, progressDeadline } = spec;
  return [
    ['health', health === null ? '' : healthText(health)],
    ['warmup', warmup.map(quoted).join(' ')],
    ['waits for', waitFor.join(', ')],
    ['min_ready', minReady === 0 ? '' : limitText(minReady)],
    ['bake', bake === SPEC_DEFAULTS.bake ? '' : limitText(bake)],
    ['canary', canary === null ? '' : canaryPlanText(canary, spec.instances)],
    ['deadline', deadlineText(progressDeadline)],
  ];
}

function deadlineText(ms: number): string {
  if (ms === SPEC_DEFAULTS.progressDeadline) return '';
  return ms === 0 ? 'a rollout may take as long as it likes' : `a rollout may take ${limitText(ms)}`;
}

/** Empty where there are none. */
function limitsText({ memory, cpu, hang, memorySamples, cpuSamples, grace }: Limits): string {
  const parts = [
    ...(memory === null ? [] : [`memory above ${formatBytes(memory)} for ${memorySamples}s`]),
    ...(cpu === null ? [] : [`CPU above ${formatPercent(cpu)} for ${cpuSamples}s`]),
    ...(hang === null ? [] : [`blocked for ${limitText(hang)}`]),
  ];
  const grown = parts.length === 0 || grace === 0 ? [] : [`not in its first ${limitText(grace)}`];
  return [...parts, ...grown].join(', ');
}

function restartsText(spec: AppSpec): string {
  if (!spec.autorestart) return 'no: a worker that ends is not replaced';
  const { maxRestarts, minUptime, restartWindow, restartDelay, throttle, stopExitCodes } = spec;
  const parts = [
    `up to ${plural(maxRestarts, 'quick death')} (under ${limitText(minUptime)}) in a row`,
    ...(restartWindow === 0 ? [] : [`within ${limitText(restartWindow)}`]),
  ];
  const apart = [
    ...(restartDelay === 0 ? [] : [`${limitText(restartDelay)} apart`]),
    ...(throttle === null ? [] : [`starts ${limitText(throttle.first)} to ${limitText(throttle.most)} apart`]),
    ...(stopExitCodes.length === 0 ? [] : [`not after exit code ${stopExitCodes.join(', ')}`]),
  ];
  return [parts.join(' '), ...apart].join(', ');
}

function envFacts({ env }: AppSpec, { showEnv = false }: DescribeOptions): Fact[] {
  const names = Object.keys(env).toSorted();
  const count = plural(names.length, 'variable');
  if (!showEnv) return [['env', [count, ...(names.length === 0 ? [] : [names.join(' ')])].join(': ')]];
  return [['env', count], ...names.map((name) => ['', `${name}=${shownValue(env[name] ?? '')}`] as const)];
}

function shownValue(value: string): string {
  return value === HIDDEN ? value : quoted(value);
}

function lifeFacts(app: AppStatus, { now }: DescribeOptions): Fact[] {
  const waiting = app.waiting > 0 ? [['waiting', plural(app.waiting, 'connection')] as const] : [];
  const before = previousText(app, now);
  return [
    ['ports', app.listeners.length === 0 ? 'none' : app.listeners.join(', ')],
    ...waiting,
    ...(app.release === null ? [] : [['release', releaseText(app.release, now)] as const]),
    ...(before === null ? [] : [['before', before] as const]),
    [app.state, `since ${dateTime(app.since)} (${formatAge(now - app.since)}), ${plural(app.restarts, 'restart')}`],
    ['master', app.masterPid === null ? 'none' : `pid ${app.masterPid}`],
  ];
}

// Beyond a third of the line a label would leave no room for what it labels.
function factLines(label: string, text: string, { width }: DescribeOptions): readonly Line[] {
  const column = width < LABEL * 3 ? 2 : LABEL;
  const lines = wrap(text, width - column - 2);
  if (column < LABEL) {
    const head = label === '' ? [] : [[INDENT, span(label, 'muted')]];
    return [...head, ...lines.map((line) => [span('    '), span(line)])];
  }
  return lines.map((line, at) => [INDENT, span((at === 0 ? label : '').padEnd(column), 'muted'), span(line)]);
}

function workerLines(app: AppStatus, { width, now }: DescribeOptions): readonly Line[] {
  if (app.workers.length === 0) return [];
  const drains = app.workers.some(isDraining);
  const columns: Column<WorkerStatus>[] = [
    { key: 'slot', align: 'right', text: ({ slot }) => `${slot}` },
    { key: 'state', text: (worker) => workerLabel(worker, now).text, tone: (worker) => workerLabel(worker, now).tone },
    { key: 'pid', align: 'right', text: ({ pid }) => `${pid}` },
    { key: 'gen', align: 'right', drop: 5, text: ({ generation }) => `g${generation}` },
    { key: 'cpu', align: 'right', drop: 6, text: ({ cpu }) => (cpu === null ? '-' : formatPercent(cpu)) },
    { key: 'mem', align: 'right', drop: 7, text: ({ memory }) => (memory === null ? '-' : formatBytes(memory)) },
    { key: 'lag', align: 'right', drop: 3, text: ({ lag }) => (lag === null ? '-' : formatTook(lag)) },
    // What a draining worker still has is the last to go.
    { key: 'conns', align: 'right', drop: drains ? 8 : 4, text: ({ connections }) => seen(app, connections) },
    { key: 'requests', align: 'right', drop: 2, text: ({ requests }) => seen(app, requests) },
    { key: 'up', align: 'right', drop: 1, text: ({ startedAt }) => formatAge(now - startedAt) },
  ];
  const workers = app.workers.toSorted((a, b) => a.slot - b.slot || a.id - b.id);
  const { lines, hidden } = layTable(columns, workers, width - 2, now);
  const note = hidden.length === 0 ? [] : wrap(`hidden here: ${hidden.join(', ')}`, width - 2);
  return [...lines, ...note.map((line) => [span(line, 'muted')])].map((line) => [INDENT, ...line]);
}

function eventLines(app: AppStatus, { width, now, theme }: DescribeOptions): readonly Line[] {
  const lines = storyLines(app, { width: width - 2, now, theme, most: EVENTS_SHOWN });
  return lines.length === 0 ? [] : [[INDENT, span('last events', 'muted')], ...lines.map((line) => [INDENT, ...line])];
}

function quoted(argument: string): string {
  return /^[\w./:=@,+-]+$/.test(argument) ? argument : JSON.stringify(argument);
}
