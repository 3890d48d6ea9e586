// Promise: a full disk, a home that cannot be written, a log folder that somebody deleted: apps go on serving, what cannot be
// done is said, and goes on by itself when the cause is gone.
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { canMount, smallDisk, type SmallDisk } from '../helpers/small-disk.ts';
import { until } from '../helpers/until.ts';

/** Prints what it is asked for, 20 times. */
const PRINTS = `require('node:http').createServer((request, response) => {
  for (let i = 0; i < 20; i += 1) console.log(request.url);
  response.end(String(process.pid));
}).listen(process.env.PORT);`;

interface Printer {
  readonly box: Sandbox;
  readonly outFile: string;
  print(text: string): Promise<number>;
}

async function startPrinter(disk?: SmallDisk): Promise<Printer> {
  const box = sandbox();
  if (disk) symlinkSync(disk.folder, box.home);
  const port = await freePort();
  await box.ok(['start', box.writeApp(PRINTS), '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  const { outFile } = (await box.app('api')).spec;
  return { box, outFile, print: async (text) => Number((await ask(port, `/${text}`, { within: 5_000 })).text) };
}

/** Makes the app print until the file has what it printed. */
async function printed({ outFile, print }: Printer, text: string): Promise<void> {
  const has = (): boolean => existsSync(outFile) && readFileSync(outFile, 'utf8').includes(`/${text}\n`);
  await until(async () => (await print(text)) && has(), { message: `${text} in ${outFile}` });
}

/** One worker and the daemon die; the app serves on, and commands are told why there is no daemon. */
async function accidents({ box, print }: Printer, why: RegExp): Promise<void> {
  const victim = await print('a');
  killHard((await box.daemonPid())!);
  killHard(victim);
  await until(() => !isAlive(victim));
  for (let turn = 0; turn < 10; turn += 1) await print('a');
  const { code, stderr } = await box.zdm(['list']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
}

/** Everything can be done again. */
async function recovered({ box }: Printer, masterPid: number): Promise<void> {
  await until(async () => (await box.zdm(['ping'])).code === 0, { message: 'the daemon is back' });
  await box.ok(['scale', 'api', '3']);
  expect(await box.app('api')).toMatchObject({ state: 'online', masterPid, up: 3 });
}

describe.runIf(canMount)('a disk', () => {
  test('is full: apps serve, workers are replaced, changes are refused; then all goes on, and the log says what is missing', async () => {
    const disk = smallDisk();
    const printer = await startPrinter(disk);
    const { box, outFile, print } = printer;
    const masterPid = (await box.app('api')).masterPid!;
    disk.fill();
    for (let turn = 0; turn < 100; turn += 1) await print('unheard');
    const refused = await box.zdm(['scale', 'api', '3']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/could not be written: ENOSPC/)]);
    expect(await box.app('api')).toMatchObject({ state: 'online', wanted: 2 });
    await accidents(printer, /did not start.*ENOSPC/);
    disk.free();
    await recovered(printer, masterPid);
    await printed(printer, 'heard');
    expect(readFileSync(outFile, 'utf8')).toMatch(/^zdm: \d+ lines are missing here: ENOSPC.*\n/m);
    const said = box
      .logs()
      .split('\n')
      .filter((line) => /"log file (failed|works again)"/.test(line));
    expect(said.length).toBeLessThanOrEqual(2);
    expect(said.at(-1)).toMatch(/works again.*"lost":\d+/);
  });

  test('is full: what fills it can be stopped, and is remembered as stopped when there is room', async () => {
    const disk = smallDisk();
    const { box } = await startPrinter(disk);
    disk.fill();
    await box.ok(['stop', 'api']);
    expect((await box.app('api')).state).toBe('stopped');
    disk.free();
    const list = path.join(box.home, 'apps.json');
    await until(() => readFileSync(list, 'utf8').includes('"up": false'), { message: 'it is written down' });
    killHard((await box.daemonPid())!);
    expect((await box.app('api')).state).toBe('stopped');
  });

  test('is read-only: likewise', async () => {
    const disk = smallDisk();
    const printer = await startPrinter(disk);
    const { box } = printer;
    const masterPid = (await box.app('api')).masterPid!;
    disk.readOnly();
    const refused = await box.zdm(['scale', 'api', '3']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/could not be written: EROFS/)]);
    await accidents(printer, /Cannot write .*zdmd.log: EROFS/);
    disk.writable();
    await recovered(printer, masterPid);
  });
});

test('the log folder is deleted: the next lines are in a new one', async () => {
  const printer = await startPrinter();
  await printed(printer, 'one');
  rmSync(path.dirname(printer.outFile), { recursive: true });
  await printed(printer, 'two');
  expect(await printer.box.ok(['logs', 'api', '-n', '1', '--out', '--no-follow'])).toBe('api out  /two\n');
});
