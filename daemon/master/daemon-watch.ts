// A daemon that died is brought back by the masters: nobody has to type a command for that. One that was ended is left alone.
import { logEvent } from '../os/log.ts';
import { Trouble } from '../os/trouble.ts';

/** A service manager that looks after the daemon is given this long (ms) to be first. */
const PATIENCE = 300;
/** Masters of one home do not all do it in the same moment (ms). */
const SPREAD = 400;
/** A daemon that does not come up is tried again, ever more rarely (ms). */
const LONGEST_WAIT = 15_000;

interface Surroundings {
  /** What became of the daemon; see lockState. */
  look(): 'held' | 'lost' | 'free';
  launch(): Promise<unknown>;
}

export class DaemonWatch {
  private readonly around: Surroundings;
  private timer: NodeJS.Timeout | undefined;
  private wait = PATIENCE;
  private readonly trouble = new Trouble('bringing the daemon back');
  private said = false;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Nobody follows this master. */
  alone(): void {
    this.wait = PATIENCE;
    this.said = false;
    this.checkLater();
  }

  /** A daemon follows it, or the master ends. */
  rest(): void {
    clearTimeout(this.timer);
  }

  private checkLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), this.wait + Math.random() * SPREAD);
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
  }

  private async check(): Promise<void> {
    // First: whatever follows may fail, and is tried again.
    this.checkLater();
    try {
      if (this.around.look() !== 'lost') return;
      if (!this.said) logEvent('the daemon died, bringing it back');
      this.said = true;
      await this.around.launch();
      this.trouble.over();
    } catch (error) {
      this.trouble.met(error);
    }
  }
}
