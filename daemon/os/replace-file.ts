// Writing a file anew, so that a crash or a power cut at any point leaves the old one or the new one.
// (conf did this before. On a full disk it put half a file in the place of the good one without an error, seen with conf 15.1:
// it does not look at how much a write wrote. Node's writeFile goes on until everything is written, or throws.)
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Puts `text` in the place of `file`, readable by this user only. When it throws, the old file is still there. */
export function replaceFile(file: string, text: string): void {
  const folder = dirname(file);
  removeParts(folder, basename(file));
  // With a name of its own: a daemon on its way out may be writing the same file.
  const part = `${file}.${process.pid}.part`;
  try {
    writeAndSync(part, text);
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  syncFolder(folder);
}

/** What processes left that were killed in the middle. */
function removeParts(folder: string, name: string): void {
  for (const entry of readdirSync(folder))
    if (entry.startsWith(`${name}.`) && /^\d+\.part$/.test(entry.slice(name.length + 1)))
      rmSync(join(folder, entry), { force: true });
}

function writeAndSync(file: string, text: string): void {
  const fd = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(fd, text);
    // Before it gets its name: else a power cut could leave the new name with nothing in it.
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The new name itself survives a power cut only after this. Some file systems cannot do it; the file is there all the same. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // See above.
  }
}
