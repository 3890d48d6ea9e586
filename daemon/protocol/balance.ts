// What this Node can do on this machine; the command asks it as well as the master.
/** The kernel spreads connections over several sockets of one port on Linux only; Node can ask for it since 22.12. */
export function kernelCanBalance(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return process.platform === 'linux' && (major > 22 || (major === 22 && minor >= 12));
}
