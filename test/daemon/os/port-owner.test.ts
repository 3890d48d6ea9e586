import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { ownerOfPort } from '../../../daemon/os/port-owner.ts';
import { until } from '../../helpers/until.ts';
import { start, type Program } from '../program.ts';
import { tempFolder } from '../temp-folder.ts';

async function listener(host: string): Promise<{ program: Program; port: number }> {
  const script = `${tempFolder()}/listens-here.mjs`;
  writeFileSync(
    script,
    `import { createServer } from 'node:net';
     const server = createServer().listen(0, ${JSON.stringify(host)}, () => console.log('port ' + server.address().port + '.'));`,
  );
  const program = start(script, ['one', 'two']);
  const port = Number(await until(() => /port (\d+)\./.exec(program.output)?.[1]));
  return { program, port };
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

test.each(['127.0.0.1', '0.0.0.0', ...(hasIpv6 ? ['::1'] : [])])(
  'names the process that listens on %s',
  async (host) => {
    const { program, port } = await listener(host);
    const owner = ownerOfPort(port);
    expect(owner?.pid).toBe(program.pid);
    expect(owner?.command).toMatch(/node.*listens-here\.mjs one two$|node/);
    expect(owner!.command.length).toBeLessThanOrEqual(80);
    program.child.kill('SIGKILL');
    await program.ended();
    expect(ownerOfPort(port)).toBeNull();
  },
);

test('a port of nobody has no owner', () => expect(ownerOfPort(1)).toBeNull());
