import type { Service } from '../../../cli/startup/service.ts';

/** A user's own service. */
export function sampleService(change: Partial<Service> = {}): Service {
  return {
    scope: 'user',
    user: 'bob',
    home: '/home/bob/.zdm',
    node: '/usr/bin/node',
    daemon: '/usr/lib/node_modules/zdm/dist/zdmd.mjs',
    cli: '/usr/lib/node_modules/zdm/dist/cli.cjs',
    searchPath: '/usr/local/bin:/usr/bin',
    stopSeconds: 90,
    ...change,
  };
}

/** Signs that mean something to a shell, to systemd or to XML. */
export const AWKWARD: Partial<Service> = {
  home: '/home/bob/a "b" & <c> %h $HOME \\x',
  node: '/opt/my node/100%/bin/node',
  daemon: '/opt/my apps/$HOME/&<zdm>/zdmd.mjs',
};
