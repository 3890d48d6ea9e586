// What a service manager is told about zdmd, whichever one it is.

export type Manager = 'systemd' | 'launchd';

export interface Service {
  /** Of the machine, or of one user, whose own service manager runs it. */
  readonly scope: 'system' | 'user';
  /** As whom it runs. */
  readonly user: string;
  readonly home: string;
  readonly node: string;
  /** The built zdmd, and the built command. */
  readonly daemon: string;
  readonly cli: string;
  readonly searchPath: string;
  /** How long its apps may take to stop. */
  readonly stopSeconds: number;
}

/** Stands in every file that we write: others are not ours to change. */
export const MARK = 'Written by "zdm startup"; "zdm unstartup" removes it.';

/** `ZDM_SERVICE` tells zdmd that its stop signal is for the apps, too. */
export function serviceEnvironment({ home, searchPath }: Service): Record<string, string> {
  return { ZDM_SERVICE: '1', ZDM_HOME: home, PATH: searchPath };
}
