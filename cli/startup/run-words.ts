import type { Words } from './place.ts';

/** Runs a program to its end; what it printed. */
export async function runWords(words: Words): Promise<{ code: number; text: string }> {
  const { runToEnd } = await import('./run-to-end.ts');
  return runToEnd(words);
}
