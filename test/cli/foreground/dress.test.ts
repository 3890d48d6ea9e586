import { expect, test } from 'vitest';
import { dressing } from '../../../cli/foreground/dress.ts';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');
const NAMES = ['api', 'worker'];
const LINE = Buffer.from('größer');
const ORIGIN = { app: 'api', slot: 1, stream: 'err' } as const;

test('prefixed: names in one column', () => {
  const { worker, own } = dressing('prefixed', NAMES);
  expect(worker(ORIGIN, LINE).toString()).toBe('api 1    | größer\n');
  expect(own(NOW, 'ready')).toBe('zdm      | ready\n');
});

test('prefixed: a short name is not shorter than ours', () => {
  expect(dressing('prefixed', ['a']).own(NOW, 'ready')).toBe('zdm | ready\n');
});

test('raw: bytes as they are', () => {
  const bytes = Buffer.from([0xff, 0x00, 0x80]);
  const { worker, own } = dressing('raw', NAMES);
  expect(worker(ORIGIN, bytes)).toEqual(Buffer.from([0xff, 0x00, 0x80, 0x0a]));
  expect(own(NOW, 'ready')).toBe('zdm: ready\n');
});

test('json', () => {
  const { worker, own } = dressing('json', NAMES, () => NOW);
  expect(JSON.parse(worker(ORIGIN, LINE).toString())).toEqual({
    at: '2026-01-02T03:04:05.678Z',
    app: 'api',
    slot: 1,
    stream: 'err',
    text: 'größer',
  });
  expect(JSON.parse(own(NOW, 'ready'))).toMatchObject({ app: null, slot: null, stream: 'zdm', text: 'ready' });
});
