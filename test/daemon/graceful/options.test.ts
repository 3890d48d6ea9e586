// Options: what is filled in, and the sentence for each thing that makes no sense.
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../../daemon/graceful/options.ts';

test('nothing given: requests are served or refused, never dropped; both usual signals', () => {
  expect(readOptions()).toMatchObject({
    exitSignal: ['SIGTERM', 'SIGINT'],
    performLastRequest: true,
    errorDuringExit: true,
    exitProcess: true,
    exitDelay: 10,
    suicideTimeout: 25_000,
    keepAliveInterval: 5_000,
    force: true,
  });
  expect(readOptions({ callback: undefined, suicideTimeout: undefined })).toMatchObject({ suicideTimeout: 25_000 });
});

test('one signal or several, each once', () => {
  expect(readOptions({ exitSignal: 'SIGHUP' }).exitSignal).toEqual(['SIGHUP']);
  expect(readOptions({ exitSignal: ['SIGHUP', 'SIGUSR2', 'SIGHUP'] }).exitSignal).toEqual(['SIGHUP', 'SIGUSR2']);
});

test('the logger says something only with log', () => {
  const lines: string[] = [];
  const logger = (line: string): void => void lines.push(line);
  readOptions({ logger }).logger('one');
  readOptions({ logger, log: true }).logger('two');
  expect(lines).toEqual(['two']);
});

describe('what makes no sense', () => {
  test.each([
    [7, 'the options are 7; they must be an object.'],
    [null, 'the options are null; they must be an object.'],
    [{ sucideTimeout: 1 }, `there is no option 'sucideTimeout'. Did you mean "suicideTimeout"?`],
    [{ toString: 1 }, "there is no option 'toString'."],
    [
      { suicideTimeout: -1 },
      "the option 'suicideTimeout' is -1; it must be a number of milliseconds, from 0 to 2147483647.",
    ],
    [{ exitDelay: '10' }, `the option 'exitDelay' is '10'; it must be a number of milliseconds, from 0 to 2147483647.`],
    [{ exitDelay: NaN }, "the option 'exitDelay' is NaN; it must be a number"],
    [{ keepAliveInterval: Infinity }, "the option 'keepAliveInterval' is Infinity; it must be a number"],
    [{ callback: 'bye' }, "the option 'callback' is 'bye'; it must be a function."],
    [{ logger: {} }, "the option 'logger' is an object; it must be a function."],
    [{ force: 1 }, "the option 'force' is 1; it must be true or false."],
    [{ log: () => {} }, "the option 'log' is a function; it must be true or false."],
    [{ exitSignal: 'SIGKILL' }, "the option 'exitSignal' is 'SIGKILL'; it must be the name of a signal"],
    [{ exitSignal: [] }, "the option 'exitSignal' is []; it must be the name of a signal"],
    [
      { exitSignal: ['SIGTERM', 'TERM'] },
      "the option 'exitSignal' is [ 'SIGTERM', 'TERM' ]; it must be the name of a signal",
    ],
    [{ socketio: {} }, "the option 'socketio' is an object; it must be a socket.io server."],
    [{ socketio: null }, "the option 'socketio' is null; it must be a socket.io server."],
  ])('%o', (given, sentence) => {
    expect(() => readOptions(given)).toThrow(`zdm/graceful: ${sentence}`);
  });
});
