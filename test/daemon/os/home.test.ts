import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findHome, prepareHome } from '../../../daemon/os/home.ts';
import type { Layout } from '../../../daemon/protocol/layout.ts';
import { tempFolder } from '../temp-folder.ts';

const isRoot = process.getuid?.() === 0;

function layoutIn(folder: string, ...below: string[]): Layout {
  return findHome({ ZDM_HOME: path.join(folder, ...below) });
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

function like(pattern: RegExp): string {
  return expect.stringMatching(pattern) as string;
}

function refused(message: RegExp, hint: RegExp): Error {
  return expect.objectContaining({ code: 'UNSAFE_HOME', message: like(message), hint: like(hint) }) as Error;
}

describe('which home', () => {
  test('ZDM_HOME names it', () => expect(findHome({ ZDM_HOME: '/srv/zdm' }).home).toBe('/srv/zdm'));
  test('without it, or when it is empty, ~/.zdm is it', () => {
    expect(findHome({}).home).toBe(path.join(homedir(), '.zdm'));
    expect(findHome({ ZDM_HOME: '' }).home).toBe(path.join(homedir(), '.zdm'));
  });
  test('a relative one is below the working folder', () =>
    expect(findHome({ ZDM_HOME: 'x' }).home).toBe(path.resolve('x')));

  test('nothing but the home decides where the sockets are, however deep it is', () => {
    const home = `/srv/${'deep/'.repeat(30)}zdm`;
    const places = [{}, { XDG_RUNTIME_DIR: '/run/user/1000' }, { TMPDIR: '/var/tmp', XDG_RUNTIME_DIR: '' }];
    const sockets = places.map((env) => findHome({ ZDM_HOME: home, ...env }).daemonSocket);
    expect(new Set(sockets).size).toBe(1);
  });
});

describe('prepareHome', () => {
  test('creates what is missing, for this user only', () => {
    const layout = layoutIn(tempFolder(), 'a', 'home');
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    prepareHome(layout);
    expect([layout.home, layout.logs].map(modeOf)).toEqual([0o700, 0o700]);
  });

  test('creates nothing before it is asked to', () => {
    const layout = layoutIn(tempFolder(), 'home');
    expect(existsSync(layout.home)).toBe(false);
  });

  test('is content with a home that is there', () => {
    const layout = layoutIn(tempFolder(), 'home');
    prepareHome(layout);
    writeFileSync(layout.registry, 'kept');
    prepareHome(layout);
    expect(existsSync(layout.registry)).toBe(true);
  });

  test.each([0o777, 0o770, 0o702, 0o722])(
    'refuses one that others can write (mode %o), and says how to close it',
    (mode) => {
      const layout = layoutIn(tempFolder(), 'home');
      mkdirSync(layout.home);
      chmodSync(layout.home, mode);
      expect(() => prepareHome(layout)).toThrow(refused(/can be written by others/, /chmod 700 .*home/));
      expect(existsSync(layout.logs)).toBe(false);
    },
  );

  test('refuses one that belongs to another user', () => {
    const layout = isRoot ? layoutIn(tempFolder(), 'home') : findHome({ ZDM_HOME: '/usr' });
    if (isRoot) {
      mkdirSync(layout.home, { mode: 0o700 });
      chownSync(layout.home, 4_711, 4_711);
    }
    expect(() => prepareHome(layout)).toThrow(refused(/belongs to another user \(uid \d+\)/, /of your own/));
  });

  test('refuses a file', () => {
    const layout = layoutIn(tempFolder(), 'home');
    writeFileSync(layout.home, '');
    expect(() => prepareHome(layout)).toThrow(refused(/home/, /another folder/));
  });

  test('says why when it cannot be created', () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'file'), '');
    expect(() => prepareHome(layoutIn(folder, 'file', 'home'))).toThrow(refused(/Cannot create .*ENOTDIR/, /ZDM_HOME/));
  });

  test('follows a link that is the home, and looks at what is behind it', () => {
    const folder = tempFolder();
    const layout = layoutIn(folder, 'home');
    mkdirSync(path.join(folder, 'real'), { mode: 0o700 });
    symlinkSync(path.join(folder, 'real'), layout.home);
    prepareHome(layout);
    expect(existsSync(path.join(folder, 'real', 'logs'))).toBe(true);
    chmodSync(path.join(folder, 'real'), 0o777);
    expect(() => prepareHome(layout)).toThrow(refused(/written by others/, /chmod/));
  });
});

function deepLayout(): Layout {
  const layout = layoutIn(tempFolder(), 'x'.repeat(100));
  onTestFinished(() => rmSync(layout.runtime, { recursive: true, force: true }));
  expect(layout.runtime).not.toBe(layout.home);
  return layout;
}

describe('the folder for sockets of a deep home', () => {
  test('is created for this user only', () => {
    const layout = deepLayout();
    prepareHome(layout);
    expect([layout.home, layout.runtime].map(modeOf)).toEqual([0o700, 0o700]);
  });

  test('may not be a link: anybody could have put it there', () => {
    const layout = deepLayout();
    const target = tempFolder();
    symlinkSync(target, layout.runtime);
    expect(() => prepareHome(layout)).toThrow(refused(/not a folder/, /ZDM_HOME/));
  });

  test('may not be open to others', () => {
    const layout = deepLayout();
    mkdirSync(layout.runtime);
    chmodSync(layout.runtime, 0o777);
    expect(() => prepareHome(layout)).toThrow(refused(/written by others/, /chmod/));
  });
});
