import { createHash, type Hash } from 'node:crypto';
import type { Dice } from '../oracle/dice.js';

interface Waiter {
  readonly who: string;
  readonly what: string;
  readonly go: () => void;
}

/**
 * Decides who goes on. Whoever waits says so with `turn`; only one goes on at a time, chosen by the seed, until it waits again
 * or ends. So every interleaving of awaits can happen, and one seed always gives the same.
 */
export class Scheduler {
  private waiting: Waiter[] = [];
  private readonly dead = new Set<string>();
  private readonly hash: Hash = createHash('sha256');
  turns = 0;

  constructor(private readonly dice: Dice) {}

  /** Resolves when `who` may go on; never again once it was killed. */
  turn(who: string, what: string): Promise<void> {
    return new Promise((go) => {
      if (!this.dead.has(who)) this.waiting.push({ who, what, go });
    });
  }

  /** The process stops between two awaits: nothing that it waits for comes. */
  kill(who: string): void {
    this.dead.add(who);
    this.waiting = this.waiting.filter((waiter) => waiter.who !== who);
  }

  /** Lets one of those go on, and waits until it waits again. */
  async next(): Promise<void> {
    if (this.waiting.length === 0) return;
    const [waiter] = this.waiting.splice(this.dice.below(this.waiting.length), 1);
    this.turns += 1;
    this.note(`${waiter!.who} ${waiter!.what}`);
    waiter!.go();
    await settled();
  }

  /** Becomes part of what tells two runs apart. */
  note(what: string): void {
    this.hash.update(what).update('\n');
  }

  /** Names the whole course of the run. */
  trace(): string {
    return this.hash.copy().digest('hex');
  }
}

/** Everything that is ready has run: no promise of the processor passes through a timer of its own. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
