import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { placeOf, type Place, type Words } from '../../../cli/startup/place.ts';
import { setUp, takeDown, type World } from '../../../cli/startup/set-up.ts';
import { systemdUnit } from '../../../cli/startup/systemd-unit.ts';
import { tempFolder } from '../../daemon/temp-folder.ts';
import { sampleService } from './sample-service.ts';

const service = sampleService();
const { home } = service;
const UNIT = systemdUnit(service);

function freshPlace(): Place {
  const configHome = tempFolder();
  return placeOf('systemd', { user: 'bob', userHome: '/home/bob', configHome, home, isMe: true, isRoot: false });
}

/** Runs nothing: answers with the code that `fails` says, else with success. Keeps what was run and said. */
function fakeWorld(fails: Readonly<Record<string, string>> = {}): World & { ran: string[]; said: string[] } {
  const ran: string[] = [];
  const said: string[] = [];
  const run = async (words: Words): Promise<{ code: number; text: string }> => {
    const line = words.join(' ');
    ran.push(line);
    return line in fails ? { code: 1, text: fails[line] ?? '' } : { code: 0, text: '' };
  };
  return { uid: 1000, run, print: (lines) => void said.push(...lines), ran, said };
}

const IS_ACTIVE = 'systemctl --user is-active --quiet zdm.service';
const START = 'systemctl --user start zdm.service';

test('writes, enables and starts, and says each step; the second time only what has to be', async () => {
  const place = freshPlace();
  const first = fakeWorld({ [IS_ACTIVE]: '' });
  await setUp(place, UNIT, home, first);
  expect(readFileSync(place.file, 'utf8')).toBe(UNIT);
  expect(first.said.slice(0, -1)).toEqual([
    `Wrote ${place.file}`,
    'Ran systemctl --user daemon-reload',
    'Ran systemctl --user enable zdm.service',
    'Ran loginctl enable-linger bob',
    `Ran ${START}`,
  ]);
  const second = fakeWorld();
  await setUp(place, UNIT, home, second);
  expect(second.said[0]).toBe(`${place.file} is up to date`);
  expect(second.ran).not.toContain(START);
});

test('a file that zdm did not write is not touched', async () => {
  const place = freshPlace();
  await setUp(place, UNIT, home, fakeWorld());
  writeFileSync(place.file, '[Service]\n');
  const world = fakeWorld();
  const foreign = { code: 'STARTUP_FAILED', message: `${place.file} is there, and zdm did not write it.` };
  await expect(setUp(place, UNIT, home, world)).rejects.toMatchObject(foreign);
  await expect(takeDown(place, world)).rejects.toMatchObject(foreign);
  expect(world.ran).toEqual([]);
  expect(readFileSync(place.file, 'utf8')).toBe('[Service]\n');
});

test('nor one for another home', async () => {
  const place = freshPlace();
  await setUp(place, UNIT, home, fakeWorld());
  await expect(setUp(place, UNIT, '/srv/zdm', fakeWorld())).rejects.toMatchObject({
    message: `${place.file} is for another home: ${home}.`,
  });
});

test.each([
  ['systemctl --user enable zdm.service', 'Failed to connect to bus\nmore', 'Mend that'],
  ['loginctl enable-linger bob', 'Access denied', 'sudo loginctl enable-linger bob'],
])('what fails is told, with the next step: %s', async (line, text, hint) => {
  const failing = setUp(freshPlace(), UNIT, home, fakeWorld({ [line]: text }));
  await expect(failing).rejects.toMatchObject({
    message: `"${line}" failed: ${text.split('\n')[0]}`,
    hint: expect.stringContaining(hint) as string,
  });
});

test('taking it down: disabled, removed, and nothing is stopped', async () => {
  const place = freshPlace();
  await setUp(place, UNIT, home, fakeWorld());
  const world = fakeWorld();
  await takeDown(place, world);
  expect(existsSync(place.file)).toBe(false);
  expect(world.ran).toEqual(['systemctl --user disable zdm.service', 'systemctl --user daemon-reload']);
  await takeDown(place, world);
  expect(world.said.at(-1)).toBe(`There is nothing to remove: no ${place.file}`);
});
