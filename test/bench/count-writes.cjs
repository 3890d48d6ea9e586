// Loaded into the dashboard before everything else: counts frames and the writes that they took.
const { writeFileSync } = require('node:fs');

const counts = { writes: 0, frames: 0 };
const { write } = process.stdout;
process.stdout.write = function counted(text, ...rest) {
  // An empty one is how a command waits for its output to have gone.
  if (text !== '') counts.writes += 1;
  counts.frames += String(text).split('\u001B[?2026h').length - 1;
  return write.call(this, text, ...rest);
};
process.on('exit', () => writeFileSync(process.env.COUNT_WRITES, JSON.stringify(counts)));
