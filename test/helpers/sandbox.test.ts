// The sandbox must find what a command leaves behind. Tried with a stand-in for the command, in a few lines.
import { expect, onTestFinished, test } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { killHard } from './processes.ts';
import { accepts, freePort } from './ports.ts';
import { sandbox, type Sandbox } from './sandbox.ts';
import { onceEvent, until } from './until.ts';
import { EventEmitter } from 'node:events';

// `start` leaves a process behind, `kill` ends the last one of them, `list` knows none.
const STAND_IN = `
  const fs = require('node:fs');
  const { spawn } = require('node:child_process');
  const [verb] = process.argv.slice(2);
  const home = process.env.ZDM_HOME;
  const file = home + '/pid';
  if (verb === 'start') {
    fs.mkdirSync(home, { recursive: true });
    fs.writeFileSync(home + '/zdmd.log', 'the daemon says hello\\n');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    child.unref();
    fs.writeFileSync(file, String(child.pid));
    console.log('started', child.pid);
  }
  if (verb === 'kill' && fs.existsSync(file)) process.kill(Number(fs.readFileSync(file, 'utf8')));
  if (verb === 'list') console.log('[]');
  if (verb === 'ping') process.exit(1);
  if (verb === 'wait') setInterval(() => console.log('tick'), 20);
  if (verb === 'fail') { console.error('no such thing'); process.exitCode = 3; }
`;

test('everything ended by the command: no complaint, and the folder is gone', async () => {
  const box = standIn();
  await box.ok(['start']);
  expect(box.processes()).toHaveLength(1);
  expect(box.logs()).toContain('the daemon says hello');
  expect(await box.list()).toEqual([]);
  await box.cleanup();
  expect(() => readFileSync(box.home)).toThrow('ENOENT');
});

test('survivors are named and killed', async () => {
  const box = standIn();
  await box.ok(['start']);
  const forgotten = box.processes()[0]?.pid ?? 0;
  await box.ok(['start']);
  const failure = await box.cleanup().catch((error: Error) => error.message);
  expect(failure).toContain(`Still running after 'zdm kill':\n  ${forgotten} `);
  await until(() => box.processes().length === 0);
  killHard(forgotten);
});

test('results, live commands and their deadlines', async () => {
  const box = standIn();
  expect(await box.zdm(['fail'])).toMatchObject({ code: 3, signal: null, stderr: 'no such thing\n', pipesHeld: false });
  await expect(box.ok(['fail'])).rejects.toThrow('no such thing');
  await expect(box.zdm(['wait'], { within: 300 })).rejects.toThrow("end of 'wait'");
  const live = box.spawnZdm(['wait']);
  await live.waitFor(/tick\ntick/);
  live.kill('SIGINT');
  expect(await live.ended()).toMatchObject({ signal: 'SIGINT' });
  await expect(live.waitFor('tock')).rejects.toThrow('ended without tock');
});

test('fixtures are copied with what they need, and their version can change', async () => {
  const box = standIn();
  const [one, two] = [box.copyFixture('express.js', 'one'), box.copyFixture('express.js', 'two')];
  box.setVersion(one, 3);
  expect(readFileSync(path.join(path.dirname(one), 'version.txt'), 'utf8')).toBe('3\n');
  expect(path.dirname(two)).not.toBe(path.dirname(one));
  expect(() => box.copyFixture('none.js')).toThrow("No fixture app 'none.js'");
});

test('ports are free and differ', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(20);
  expect(await accepts(ports[0] ?? 0)).toBe(false);
});

test('deadlines speak', async () => {
  await expect(until(() => false, { within: 40, message: 'the moon' })).rejects.toThrow('Not within 40 ms: the moon');
  const emitter = new EventEmitter();
  setImmediate(() => emitter.emit('there', 1));
  expect(await onceEvent(emitter, 'there')).toEqual([1]);
  await expect(onceEvent(emitter, 'there', 30)).rejects.toThrow("event 'there'");
});

function standIn(): Sandbox {
  const folder = mkdtempSync('/tmp/zdm-stand-in-');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const cli = path.join(folder, 'cli.cjs');
  writeFileSync(cli, STAND_IN);
  return sandbox(undefined, { cli });
}
