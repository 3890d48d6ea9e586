// The forms in which people write the names of fields.
/** `killTimeout` → `kill_timeout`. */
export function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `kill_timeout` or `kill-timeout` → `killTimeout`. */
export function camelCase(key: string): string {
  return key.replaceAll(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
