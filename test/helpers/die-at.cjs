// Preloaded into a process that is to die at one of its steps on disk: the DIE_AT-th call that changes something there is
// not made any more. Of a write there is one more step, in its middle, and of a new name one after it.
'use strict';
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const CHANGES = ['linkSync', 'mkdirSync', 'rmSync', 'chmodSync'];
const dieAt = Number(process.env.DIE_AT);
let step = 0;

function reached() {
  step += 1;
  if (step === dieAt) process.kill(process.pid, 'SIGKILL');
}

function watch(name, before) {
  const real = fs[name];
  fs[name] = (...args) => {
    before(real, args);
    return real(...args);
  };
}

for (const name of CHANGES) watch(name, reached);
watch('openSync', (_, [, flags]) => flags !== 'r' && reached());
watch('writeFileSync', (real, [file, data, ...rest]) => {
  reached();
  // Half of it is there when it dies.
  if (step + 1 === dieAt) real(file, data.slice(0, data.length / 2), ...rest);
  reached();
});
watch('renameSync', (real, args) => {
  reached();
  if (step + 1 === dieAt) real(...args);
  reached();
});
syncBuiltinESMExports();
