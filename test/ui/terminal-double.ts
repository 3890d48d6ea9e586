// A terminal in memory: what is written goes to an emulator, keys go in as bytes.
import { PassThrough } from 'node:stream';
import { createRequire } from 'node:module';
import type { Terminal as Emulator } from '@xterm/headless';
import { until } from '../helpers/until.ts';

// The package is CommonJS without named exports.
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as { Terminal: typeof Emulator };

export class TerminalDouble {
  readonly emulator: Emulator;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr = new PassThrough();
  readonly input = new PassThrough();
  written = '';
  writes = 0;
  raw = false;

  constructor(columns: number, rows: number) {
    this.emulator = new Terminal({ cols: columns, rows, allowProposedApi: true });
    const output = new PassThrough();
    output.on('data', (chunk: Buffer) => {
      this.written += chunk.toString();
      this.writes += 1;
      this.emulator.write(chunk);
    });
    this.stdout = Object.assign(output, { columns, rows, isTTY: true }) as unknown as NodeJS.WriteStream;
    const setRawMode = (raw: boolean): void => void (this.raw = raw);
    const stdin = Object.assign(this.input, { isTTY: true, setRawMode, ref: () => {}, unref: () => {} });
    this.stdin = stdin as unknown as NodeJS.ReadStream;
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    Object.assign(this.stdout, { columns, rows });
    this.stdout.emit('resize');
  }

  screen(): string {
    const buffer = this.emulator.buffer.active;
    const row = (at: number): string => buffer.getLine(buffer.viewportY + at)?.translateToString(true) ?? '';
    return Array.from({ length: this.emulator.rows }, (_, at) => row(at)).join('\n');
  }

  async shows(text: string | RegExp): Promise<void> {
    const found = (): boolean => (typeof text === 'string' ? this.screen().includes(text) : text.test(this.screen()));
    await until(found, { within: 5000, message: () => `${String(text)} on the screen:\n${this.screen()}` });
  }
}
