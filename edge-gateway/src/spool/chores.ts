import { codeOf, type GatewayLog } from '../log.js';

/** What is done behind the records' back, one after the other; what fails is said once until something is well again. */
export class Chores {
  private last: Promise<void> = Promise.resolve();
  private fails = false;

  constructor(private readonly log: Pick<GatewayLog, 'warn'>) {}

  add(chore: () => Promise<void>): void {
    this.last = this.last.then(chore).catch((error: unknown) => {
      if (!this.fails) this.log.warn({ code: codeOf(error) }, 'the spool is not tidied; records may be sent again');
      this.fails = true;
    });
  }

  /** The next failure is worth a word again. */
  areWell(): void {
    this.fails = false;
  }

  /** Resolves when those that were added are done, or failed. */
  done(): Promise<void> {
    return this.last;
  }
}
