import { describe, expect, test } from 'vitest';
import { HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import { hideSecrets, redact } from '../../../daemon/protocol/redact.ts';
import type { Health } from '../../../daemon/protocol/spec.ts';
import { sampleSpec } from '../sample-spec.ts';

test('a status has the names of variables and none of their values', () => {
  const { env } = redact(sampleSpec({ env: { PATH: '/usr/bin', SECRET: 'x', EMPTY: '' } }));
  expect(env).toEqual({ PATH: '', SECRET: '', EMPTY: '' });
});

test('nor has it the values of headers that health checks send', () => {
  const health: Health = { ...HEALTH_DEFAULTS, path: '/up', headers: { Authorization: 'Bearer x', Host: 'a.example' } };
  const spec = sampleSpec({ health });
  expect(redact(spec).health).toEqual({ ...health, headers: { Authorization: '', Host: '' } });
  expect(spec.health!.headers).toEqual({ Authorization: 'Bearer x', Host: 'a.example' });
  expect(redact(sampleSpec({ health: null })).health).toBeNull();
  expect(JSON.stringify(redact(spec))).not.toContain('Bearer');
});

test('everything else is as it was said', () => {
  const spec = sampleSpec({ env: {}, health: { ...HEALTH_DEFAULTS, path: '/up' } });
  expect(redact(spec)).toEqual(spec);
});

describe('hideSecrets', () => {
  test.each([
    'PASSWORD',
    'PGPASSWORD',
    'DB_PASS',
    'MYSQL_PWD',
    'dbPassword',
    'JWT_SECRET',
    'SECRET_KEY_BASE',
    'GITHUB_TOKEN',
    'STRIPE_API_KEY',
    'APIKEY',
    'AWS_SECRET_ACCESS_KEY',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'BASIC_AUTH',
    'SESSION_COOKIE',
    'PRIVATE_PEM',
    'SENTRY_DSN',
    'SLACK_WEBHOOK',
    'AZURE_STORAGE_CONNECTION_STRING',
    'PASSWORD_SALT',
  ])('%s', (name) => expect(hideSecrets({ [name]: 'geheim' })).toEqual({ [name]: '***' }));

  test.each([
    ['PATH', '/usr/bin:/bin'],
    ['HOME', '/root'],
    ['PWD', '/srv/api'],
    ['OLDPWD', '/srv'],
    ['NODE_ENV', 'production'],
    ['PORT', '3000'],
    ['DATABASE_URL', 'postgres://db.example/shop'],
    ['ORIGIN', 'http://localhost:3000/@scope'],
    ['PASSWORD', ''],
  ])('%s=%s is shown', (name, value) => {
    const shown = hideSecrets({ [name]: value })[name];
    expect(shown).toBe(value);
  });

  test.each([
    ['postgres://shop:geheim@db.example/shop', 'postgres://shop:***@db.example/shop'],
    ['redis://:geheim@cache:6379', 'redis://:***@cache:6379'],
    ['amqp://u:geh%40eim@a,amqp://u:p@b', 'amqp://u:***@a,amqp://u:***@b'],
  ])('the password in %s', (value, shown) => expect(hideSecrets({ SOME_URL: value })).toEqual({ SOME_URL: shown }));
});
