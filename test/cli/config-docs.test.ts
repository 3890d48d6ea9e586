// docs/config.md says what the table of fields says. `UPDATE=1 npx vitest run test/cli/config-docs.test.ts` writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Field } from '../../cli/config/field.ts';
import { CANARY_PARTS } from '../../cli/config/canary.ts';
import { FIELDS } from '../../cli/config/fields.ts';
import { HEALTH_PARTS } from '../../cli/config/health.ts';
import type { Part } from '../../cli/config/parts.ts';
import { limitText } from '../../ui/paint/time.ts';

const FILE = new URL('../../docs/config.md', import.meta.url);

function row({ name, aliases = [], type, fallback, flag, doc }: Field): string {
  const value =
    fallback === null || (Array.isArray(fallback) && fallback.length === 0)
      ? ''
      : type === 'duration'
        ? limitText(Number(fallback))
        : String(fallback);
  const also = aliases.length > 0 ? ` Also: ${aliases.map((alias) => `\`${alias}\``).join(', ')}.` : '';
  return `| \`${name}\` | ${type} | ${value} | ${flag ? `\`${flag.replaceAll('|', '\\|')}\`` : ''} | ${doc}.${also} |`;
}

function partRow([name, { fallback, doc }]: [string, Part<unknown>]): string {
  return `| \`${name}\` | ${fallback} | ${doc} |`;
}

function page(): string {
  return `# Config files

\`zdm start <file>\` reads \`zdm.config.*\`, \`ecosystem.config.*\` and any \`.json\`: \`.cjs\`, \`.js\` (as the package says), \`.mjs\` with
\`export default\`, \`.json\`. The file holds \`{ apps: [...] }\`, an array of apps, or one app. Without an argument \`zdm start\` takes the
file of the present folder.

Relative paths are relative to the file. Durations are milliseconds, or \`'500ms'\`, \`'10s'\`, \`'2m'\`. Names may be written in
camelCase too. \`env_<name>\` is added to \`env\` by \`--env <name>\`. An unknown field is an error; a field of PM2 that zdm does not have
yet is a warning.

| field | type | default | flag of \`zdm start\` | what |
| --- | --- | --- | --- | --- |
${(FIELDS as readonly Field[]).map(row).join('\n')}

How workers are replaced by those of new code is in [docs/rollouts.md](rollouts.md).

With \`exec_mode: 'cluster'\` the \`interpreter\` may be another Node.js than zdm's own, 20 or newer. \`--inspect=host:port\` in \`node_args\`
gives each worker the port plus its slot.

\`hold_timeout\` is for every connection that waits. Without any worker at most 1,000 wait; behind busy workers as many as the master
has free file descriptors.

## Health

\`\`\`js
health: '/healthz',
\`\`\`

\`\`\`js
health: {
  path: '/healthz',
  port: 3000,
  status: '200-299',
  interval: '2s',
  headers: { Host: 'api.example.com' },
},
\`\`\`

| key | default | what |
| --- | --- | --- |
${Object.entries<Part<unknown>>(HEALTH_PARTS).map(partRow).join('\n')}

A new worker has to answer well \`successes\` times in a row within \`listen_timeout\`; until then it gets no traffic. A serving worker that
answers badly \`failures\` times in a row is replaced.

\`health\`, \`warmup\` and \`wait_for\` are for cluster mode. A place of \`wait_for\` is a port, \`host:port\` (\`[::1]:3000\`) or the path of a
socket, relative to \`cwd\`. A text may have several, with commas; a path of \`warmup\` that has a comma itself has to stand in a list.

## Canary

\`\`\`js
instances: 8,
canary: { percent: 10, bake: '5m', max_error_rate: '1%' },
\`\`\`

| key | default | what |
| --- | --- | --- |
${Object.entries<Part<unknown>>(CANARY_PARTS).map(partRow).join('\n')}

\`canary\` without \`strategy\` means \`strategy: 'canary'\`, and that without \`canary\` means these defaults. It takes two instances: with one
there is nothing to compare it with. \`percent\` excludes \`balance: 'kernel'\` and \`sticky: 'ip'\`, where the kernel or the address of a client
chooses the worker: there \`instances\` can be said.

## Limits

A worker above \`max_memory_restart\` or \`max_cpu_restart\` for \`limit_samples\` seconds in a row is replaced. Its successor starts
first; when it is ready it takes over, and the old one drains. In fork mode the old one goes first. The reason is among the events of
\`zdm describe\`. The worker's own process is measured, not what it has started: below \`npm start\` that is npm.

\`hang_timeout\`: once a second a worker is asked whether its event loop turns. One that has not answered for that time is replaced,
too. A blocked process can neither drain nor run its shutdown code: once its successor is ready it gets the stop signal, which ends
an app without a handler at once, and SIGKILL after \`kill_timeout\`. Clients whose connection it had taken see a reset; what it had
not taken goes to other workers. Should it answer before its successor is ready, it drains like any other.

## Deaths

A worker that ends by itself is replaced at once. Before the second quick death in a row is made good zdm waits 100 ms, then twice
as long each time, up to 15 s, less up to a quarter by chance. \`max_restarts\` quick deaths within \`restart_window\` are enough:
one more and the app is errored, with its reason, until the next command. A worker that stays up for \`min_uptime\` ends the row: an
app that dies after five seconds again and again is given up only with a longer \`min_uptime\`.

An exit with one of \`stop_exit_codes\`, or with 0 where \`autorestart\` is off, is no death: that worker has done its work, and its
slot stays empty. An app whose workers have all done so is stopped; \`start\`, \`reload\` and \`restart\` let it work again, and so
does a restart of the machine.
`;
}

test('docs/config.md agrees with the table of fields', () => {
  if (process.env['UPDATE']) writeFileSync(FILE, page());
  expect(readFileSync(FILE, 'utf8')).toBe(page());
});
