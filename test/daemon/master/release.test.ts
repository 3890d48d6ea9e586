// Releases as people deploy them: folders, and a link `current` that moves.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { infoOf, launchSpec, resolveRelease, whyGone } from '../../../daemon/master/release.ts';
import type { AppSpec } from '../../../daemon/protocol/model.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

/** `current` points to release 1; the description is of the app behind that link. */
function deployed(): { folder: string; spec: AppSpec; point(release: string): void } {
  const folder = tempFolder();
  for (const release of ['1', '2']) {
    mkdirSync(`${folder}/releases/${release}`, { recursive: true });
    writeFileSync(`${folder}/releases/${release}/app.js`, release);
  }
  const point = (release: string): void => {
    rmSync(`${folder}/current`, { force: true });
    symlinkSync(`releases/${release}`, `${folder}/current`);
  };
  point('1');
  return { folder, spec: sampleSpec({ script: `${folder}/current/app.js`, cwd: `${folder}/current` }), point };
}

test('a release is what lies behind the links when it begins', () => {
  const { folder, spec, point } = deployed();
  const first = resolveRelease(spec, 4, 1_000);
  expect(first).toEqual({
    generation: 4,
    spec,
    script: `${folder}/releases/1/app.js`,
    cwd: `${folder}/releases/1`,
    mark: expect.stringMatching(/^\d+:1:/) as string,
    startedAt: 1_000,
  });
  point('2');
  expect(resolveRelease(spec, 5, 2_000).script).toBe(`${folder}/releases/2/app.js`);
  expect(launchSpec(first)).toEqual({ ...spec, script: `${folder}/releases/1/app.js`, cwd: `${folder}/releases/1` });
  expect(infoOf(first)).toEqual({ generation: 4, script: `${folder}/releases/1/app.js`, startedAt: 1_000 });
});

test('what is not there stays as it was said', () => {
  const { folder, spec } = deployed();
  rmSync(`${folder}/current`);
  expect(resolveRelease(spec, 1, 0)).toMatchObject({ script: spec.script, cwd: spec.cwd, mark: '' });
});

describe('its code', () => {
  test('can be started again after the link has moved', () => {
    const { spec, point } = deployed();
    const first = resolveRelease(spec, 1, 0);
    point('2');
    expect(whyGone(first)).toBeNull();
  });

  test('is gone with its folder', () => {
    const { folder, spec } = deployed();
    const first = resolveRelease(spec, 1, 0);
    rmSync(`${folder}/releases/1`, { recursive: true });
    expect(whyGone(first)).toBe(`the code of generation 1 is gone from disk (${folder}/releases/1/app.js)`);
  });

  test('is another one when it was written over', () => {
    const { folder, spec } = deployed();
    const first = resolveRelease(spec, 1, 0);
    writeFileSync(`${folder}/releases/1/app.js`, 'something else');
    expect(whyGone(first)).toBe(`the code of generation 1 was written over in place (${folder}/releases/1/app.js)`);
  });

  test('that was not there when it began is gone, and not unchanged', () => {
    const { folder, spec } = deployed();
    rmSync(`${folder}/current`);
    expect(whyGone(resolveRelease(spec, 1, 0))).toContain('is gone from disk');
  });
});
