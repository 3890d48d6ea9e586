import type { Command } from '../command.ts';
import { examine } from '../doctor/checks.ts';
import { findingLines, isWrong } from '../output/findings.ts';

/** What is wrong around the apps, and the command that mends it. Starts and changes nothing. */
export const doctor: Command = {
  name: 'doctor',
  aliases: [],
  args: [],
  summary: 'look for what is wrong: permissions, versions, leftovers, ports, limits, disk',
  options: [{ flags: '--json', description: 'As JSON' }],
  examples: ['zdm doctor', 'zdm doctor --json'],
  async run(context, _args, options) {
    // Only now: it asks other programs, and loading that costs every command as much as parsing all of ours.
    const { readFacts } = await import('../doctor/read-facts.ts');
    const findings = examine(await readFacts(context));
    context.print(
      options['json'] === true ? [JSON.stringify(findings, null, 2)] : findingLines(findings, context.theme),
    );
    return findings.some(isWrong) ? 1 : 0;
  },
};
