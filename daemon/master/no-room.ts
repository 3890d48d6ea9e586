// Failures to start a process that are none of the app's doing: the system, or this process, has no room for it at the moment.

const REASONS: Readonly<Record<string, string>> = {
  EAGAIN: 'no more processes are allowed (EAGAIN)',
  EMFILE: 'its master has no free file descriptor (EMFILE)',
  ENFILE: 'the system has no free file descriptor (ENFILE)',
  ENOMEM: 'no memory is free (ENOMEM)',
};

/** Why there is no room, in words; null for any other error. */
export function noRoom(error: unknown): string | null {
  return REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? null;
}
