import { snakeCase } from './letter-case.ts';

// Fields of PM2 that zdm does not have, with the values that ask for nothing (besides false, 0, '', [] and the like).
// ANY: whatever it says, leaving it out changes nothing, because it only tunes something else that is not there.
const ANY = Symbol('any');
const QUIET = new Map<string, readonly unknown[] | typeof ANY>([
  ['watch', []],
  ['ignore_watch', ANY],
  ['watch_delay', ANY],
  ['watch_options', ANY],
  ['cron_restart', ['0']],
  ['cron', ['0']],
  ['merge_logs', [true]],
  ['combine_logs', [true]],
  ['log_date_format', []],
  ['log_file', []],
  ['log', []],
  ['log_type', ['raw']],
  ['time', []],
  ['disable_logs', []],
  ['namespace', ['default']],
  ['port', []],
  ['autostart', [true]],
  ['instance_var', ['NODE_APP_INSTANCE']],
  ['increment_var', []],
  ['kill_retry_time', ANY],
  ['uid', []],
  ['user', []],
  ['gid', []],
  ['filter_env', []],
  ['pid_file', []],
  ['pid', []],
  ['force', []],
  ['append_env_to_name', []],
  ['name_prefix', []],
  ['source_map_support', []],
  ['disable_source_map_support', ANY],
  ['execute_command', []],
  ['post_update', []],
  ['windows_hide', ANY],
  ['write', ANY],
  ['username', ANY],
  ['install_url', ANY],
  ['pmx', ANY],
  ['automation', ANY],
  ['trace', ANY],
  ['disable_trace', ANY],
  ['v8', ANY],
  ['event_loop_inspector', ANY],
  ['deep_monitoring', ANY],
  ['io', ANY],
  ['vizion', ANY],
]);
// Off means something here: autostart and one log file for all workers are what zdm does.
const ON_BY_NATURE = new Set(['autostart', 'merge_logs', 'combine_logs']);

/** A field of PM2's ecosystem file that zdm knows of but does not have. */
export function isPm2Field(key: string): boolean {
  return QUIET.has(snakeCase(key));
}

/** Does such a field ask for something that will not happen? */
export function isMissed(key: string, value: unknown): boolean {
  const name = snakeCase(key);
  const quiet = QUIET.get(name);
  if (quiet === ANY || quiet === undefined || value === null || value === undefined) return false;
  return !quiet.includes(value) && (ON_BY_NATURE.has(name) || !asksNothing(value));
}

/** Their names, as candidates for what a misspelled field meant. */
export function pm2Keys(): string[] {
  return [...QUIET.keys()];
}

function asksNothing(value: unknown): boolean {
  return value === false || value === 0 || value === '' || (Array.isArray(value) && value.length === 0);
}
