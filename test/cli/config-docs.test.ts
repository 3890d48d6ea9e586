// docs/config.md says what the table of fields says. `UPDATE=1 npx vitest run test/cli/config-docs.test.ts` writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FIELDS, type Field } from '../../cli/config/fields.ts';
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
`;
}

test('docs/config.md agrees with the table of fields', () => {
  if (process.env['UPDATE']) writeFileSync(FILE, page());
  expect(readFileSync(FILE, 'utf8')).toBe(page());
});
