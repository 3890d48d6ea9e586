/** The words of a line as a shell would split it, quotes respected; undefined when a quote is left open. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < line.length; index += 1) {
    const char = line.charAt(index);
    const next = line.charAt(index + 1);
    if (char === '\\' && escapes(next, quote)) {
      word = (word ?? '') + next;
      index += 1;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

// A backslash before anything else is kept, so that `C:\app` and patterns survive.
function escapes(next: string, quote: string): boolean {
  if (quote === "'") return false;
  return quote === '"' ? next === '"' || next === '\\' : next !== '' && /[\s"'\\]/.test(next);
}
