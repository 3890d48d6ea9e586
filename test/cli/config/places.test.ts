import { describe, expect, test } from 'vitest';
import { readPlaces, resolvePlace } from '../../../cli/config/places.ts';
import { problemsOf } from '../../../cli/config/reading.ts';
import { readRequestPaths } from '../../../cli/config/request-path.ts';

describe('places', () => {
  test.each<[unknown, readonly string[]]>([
    [3000, ['3000']],
    ['3000', ['3000']],
    ['03000', ['3000']],
    ['3000, 3001', ['3000', '3001']],
    [
      [3000, '127.0.0.1:3000', '[::1]:3000', 'localhost:80'],
      ['3000', '127.0.0.1:3000', '[::1]:3000', 'localhost:80'],
    ],
    [
      ['/run/app.sock', './a.sock', 'b.sock', 'run/app', '../c'],
      ['/run/app.sock', 'a.sock', 'b.sock', 'run/app', '../c'],
    ],
    [[], []],
  ])('%j', (value, places) => expect(readPlaces(value, 'wait_for')).toEqual({ value: places }));

  test.each<[unknown, unknown]>([
    [0, 0],
    [70_000, 70_000],
    [-1, -1],
    [3000.5, 3000.5],
    ['', ''],
    ['3000,', ''],
    ['localhost', 'localhost'],
    [':3000', ':3000'],
    ['host:0', 'host:0'],
    ['host:99999', 'host:99999'],
    ['::1:3000', '::1:3000'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['run/', 'run/'],
    ['a\0.sock', 'a\0.sock'],
    [true, true],
    [{ port: 3000 }, { port: 3000 }],
    [[3000, [3001]], [3001]],
  ])('%j is refused', (value, wrong) => {
    const expected = 'a port (1 to 65535), "host:port" or the path of a socket such as "./app.sock"';
    expect(problemsOf(readPlaces(value, 'wait_for'), 'wait_for', value)).toEqual([
      `wait_for: expected ${expected}, got ${JSON.stringify(wrong)}`,
    ]);
  });

  test.each([
    ['3000,3001,3000', '3000'],
    [[3000, '3000', '03000'], '3000'],
    [['./a.sock', 'a.sock'], 'a.sock'],
  ])('%j has one twice', (value, place) =>
    expect(readPlaces(value, 'wait_for')).toEqual({ problems: [`wait_for: ${place} is there twice`] }),
  );

  test.each([
    ['3000', '3000'],
    ['localhost:80', 'localhost:80'],
    ['a.sock', '/srv/a.sock'],
    ['../a', '/a'],
    ['/run/a.sock', '/run/a.sock'],
  ])('%s is %s in /srv', (place, resolved) => expect(resolvePlace(place, '/srv')).toBe(resolved));
});

describe('paths of requests', () => {
  test.each<[unknown, readonly string[]]>([
    ['/', ['/']],
    ['/,/a', ['/', '/a']],
    ['/ , /a?b=1', ['/', '/a?b=1']],
    [
      ['/a,/b', '/c'],
      ['/a,/b', '/c'],
    ],
    [[], []],
  ])('%j', (value, paths) => expect(readRequestPaths(value, 'warmup')).toEqual({ value: paths }));

  test.each<[unknown, string]>([
    ['search', 'warmup: expected a path that begins with "/" such as "/healthz", got "search"'],
    [['/', 'search'], 'warmup: expected a path that begins with "/" such as "/healthz", got "search"'],
    ['/a,b', 'got "b"'],
    ['/,', 'got ""'],
    [['/a b'], 'got "/a b"'],
    [7, 'got 7'],
    [{ path: '/' }, 'got {"path":"/"}'],
  ])('%j is refused', (value, problem) => {
    const problems = problemsOf(readRequestPaths(value, 'warmup'), 'warmup', value);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});
