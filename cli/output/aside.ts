import { clean } from '../../ui/paint/text.ts';

/** What is said of files that a daemon could not use, as long as they are there. Nothing without one. */
export function asideLines(files: readonly string[]): string[] {
  const last = files.at(-1);
  if (last === undefined) return [];
  const what = /\.newer-[^/]*$/.test(last) ? 'was written by a newer zdm' : 'was damaged';
  return [
    `The list of apps ${what}. It is kept as ${clean(last)}: apps that did not run may be missing. Delete it to end this message.`,
  ];
}
