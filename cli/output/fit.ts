/** Cells that a text takes, for texts without wide characters or escape codes. */
export function widthOf(text: string): number {
  return Array.from(text).length;
}

/** Cut in the middle, so that `payments-worker-a` and `-b` stay apart. */
export function cutMiddle(text: string, width: number, mark: string): string {
  const chars = Array.from(text);
  if (chars.length <= width) return text;
  if (width <= 1) return mark.slice(0, Math.max(0, width));
  const tail = Math.floor((width - 1) / 2);
  return `${chars.slice(0, width - 1 - tail).join('')}${mark}${chars.slice(chars.length - tail).join('')}`;
}

/** Cut at the end. */
export function cutEnd(text: string, width: number, mark: string): string {
  const chars = Array.from(text);
  if (chars.length <= width) return text;
  return width < 1 ? '' : `${chars.slice(0, width - 1).join('')}${mark}`;
}

/** Broken at spaces into lines that fit; a word that is too long is broken anywhere. `indent` is for all but the first. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(width, indent.length + 8);
  const lines: string[] = [];
  let line = '';
  // A word brings the spaces in front of it along; they vanish where a line is broken.
  for (const word of text.match(/ *[^ ]+/g) ?? []) {
    if (widthOf(line + word) <= room) {
      line += word;
      continue;
    }
    if (line !== '') lines.push(line);
    let rest = Array.from(line === '' ? word : indent + word.trimStart());
    while (rest.length > room) {
      lines.push(rest.slice(0, room).join(''));
      rest = Array.from(indent).concat(rest.slice(room));
    }
    line = rest.join('');
  }
  return [...lines, line];
}
