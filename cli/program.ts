// The command line, built from the command table by commander. Help and errors have one form everywhere.
import { Command as Commander, CommanderError } from 'commander';
import { ZdmError } from '../daemon/protocol/errors.ts';
import { VERSION } from '../daemon/protocol/version.ts';
import type { Command, Context } from './command.ts';

/** The commands of a first day, whose examples the general help shows. */
const OVERVIEW = new Set(['start', 'reload', 'scale', 'stop', 'list', 'describe', 'logs', 'dash']);

/** Runs what `words` (without node and script) ask for. Resolves with the exit code; throws ZdmError. */
export async function runProgram(
  commands: readonly Command[],
  context: Context,
  words: readonly string[],
): Promise<number> {
  // In one form only; and a word that names no command gets the same answer as without "help".
  const [first, second] = words;
  if (first === 'help' && second !== undefined)
    return runProgram(commands, context, findCommand(commands, second) ? [second, '--help'] : [second]);
  let code = 0;
  const run = async (command: Command, args: string[], options: Record<string, unknown>): Promise<void> => {
    code = await command.run(context, args, options);
  };
  // A named command is a program of its own: telling commander of all of them takes as long as running one.
  const named = findCommand(commands, words[0]);
  const program = named ? describe(new Commander(`zdm ${named.name}`), named, run) : overview(commands, run);
  quiet(program);
  try {
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(named ? words.slice(1) : [...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw new ZdmError(
      'BAD_USAGE',
      sentence(inOurWords(error.message)),
      named ? `See: zdm ${named.name} --help` : 'See: zdm --help',
    );
  }
  return words.length === 0 ? 2 : code;
}

type Run = (command: Command, args: string[], options: Record<string, unknown>) => Promise<void>;

/** All commands below one program: for the general help, and for words that name no command. */
function overview(commands: readonly Command[], run: Run): Commander {
  const shown = commands.filter(({ name }) => OVERVIEW.has(name));
  const program = new Commander('zdm')
    .description('Keeps Node.js apps running and replaces their code without a client noticing.')
    .version(VERSION, '-v, --version', 'Show the version')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', examplesText(shown.flatMap(({ examples }) => examples.slice(0, 1))));
  for (const command of commands) {
    const sub = program
      .command(command.name)
      .aliases([...command.aliases])
      .summary(command.summary);
    describe(quiet(sub), command, run);
  }
  return program;
}

function describe(program: Commander, command: Command, run: Run): Commander {
  for (const argument of command.args) program.argument(argument);
  for (const { flags, description } of command.options) program.option(flags, description);
  return program
    .description(sentence(command.summary))
    .addHelpText('after', examplesText(command.examples))
    .action(async (...all: unknown[]) => {
      // commander hands over the arguments one by one, then the options, then the command.
      const args = all
        .slice(0, command.args.length)
        .flat()
        .filter((arg) => arg !== undefined) as string[];
      await run(command, args, all[command.args.length] as Record<string, unknown>);
    });
}

/** Errors are thrown to us, and said in our words. */
function quiet(program: Commander): Commander {
  return program
    .helpOption('-h, --help', 'Show help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
}

function examplesText(examples: readonly string[]): string {
  return examples.length === 0 ? '' : `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`;
}

// commander puts its guess into brackets on a line of its own.
function inOurWords(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (one of )?(.*)\?\)$/, (_, several: string | undefined, guess: string) =>
      several ? `. Did you mean one of ${guess}?` : `. Did you mean "${guess}"?`,
    );
}

function sentence(text: string): string {
  const [first = '', ...rest] = text;
  return `${first.toUpperCase()}${rest.join('')}${/[.?!)]$/.test(text) ? '' : '.'}`;
}

function findCommand(commands: readonly Command[], word: string | undefined): Command | undefined {
  return commands.find(({ name, aliases }) => word !== undefined && (name === word || aliases.includes(word)));
}
