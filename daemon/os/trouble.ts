// Something that fails as long as its cause lasts, and is tried again and again: said once, and once more when it works.
import { messageOf } from '../protocol/errors.ts';
import { logEvent } from './log.ts';

export class Trouble {
  private readonly what: string;
  private readonly facts: Readonly<Record<string, unknown>>;
  private failures = 0;
  private first = '';

  constructor(what: string, facts: Readonly<Record<string, unknown>> = {}) {
    this.what = what;
    this.facts = facts;
  }

  /** It failed. */
  met(error: unknown): void {
    this.failures += 1;
    if (this.failures > 1) return;
    this.first = messageOf(error);
    logEvent(`${this.what} failed`, { ...this.facts, error: this.first });
  }

  /** It worked. The reason again: on a full disk nobody has read it the first time. */
  over(facts: Readonly<Record<string, unknown>> = {}): void {
    if (this.failures === 0) return;
    logEvent(`${this.what} works again`, { ...this.facts, ...facts, failures: this.failures, error: this.first });
    this.failures = 0;
  }
}
