import { z } from 'zod';
import { HintOrNull } from '../health/site-hint.js';
import type { SiteHint } from '../ports/site-news.js';

/** Hints of one message; one that brings more is cut. */
const HINTS_MAX = 1_000;
/** Nothing of ours is as long; what is longer is not read. */
export const MESSAGE_CHARS_MAX = 512_000;
/** A message is closed once it is as long; a single hint is less than 120,000. */
const FULL_CHARS = 64_000;

const Message = z.object({
  v: z.literal(1),
  /** The process that says it. */
  from: z.string().max(200),
  /** Steady time of that process, in ms, with which it measures how long its own words take. */
  saidMs: z.number(),
  hints: z.array(HintOrNull).max(HINTS_MAX),
});

/** What one process says to all others in one go. */
export interface NewsMessage {
  readonly from: string;
  readonly saidMs: number;
  readonly hints: readonly SiteHint[];
  /** Hints that this version does not know, or that are none. */
  readonly unknown: number;
}

/** Null for what is no message of ours. */
export function readMessage(text: string): NewsMessage | null {
  if (text.length > MESSAGE_CHARS_MAX) return null;
  try {
    const read = Message.safeParse(JSON.parse(text));
    if (!read.success) return null;
    const hints = read.data.hints.flatMap((hint) => hint ?? []);
    return { from: read.data.from, saidMs: read.data.saidMs, hints, unknown: read.data.hints.length - hints.length };
  } catch {
    return null;
  }
}

/** Hints that wait to be sent: in order, and never more than a bound. */
export class WaitingHints {
  private waiting: string[] = [];
  private chars = 0;

  constructor(private readonly charsMax: number) {}

  get size(): number {
    return this.waiting.length;
  }

  /** @returns false when there is no room */
  add(hint: SiteHint): boolean {
    const text = JSON.stringify(hint);
    if (this.chars + text.length > this.charsMax) return false;
    this.waiting.push(text);
    this.chars += text.length;
    return true;
  }

  /** The next message, and how many hints are in it. */
  take(from: string, saidMs: number): { readonly text: string; readonly count: number } {
    let count = 0;
    for (let chars = 0; count < Math.min(this.waiting.length, HINTS_MAX) && chars < FULL_CHARS; count++) {
      chars += this.waiting[count]!.length;
    }
    const hints = this.waiting.splice(0, count);
    this.chars -= hints.reduce((sum, hint) => sum + hint.length, 0);
    return { text: `{"v":1,"from":${JSON.stringify(from)},"saidMs":${saidMs},"hints":[${hints.join(',')}]}`, count };
  }

  /** @returns how many there were */
  clear(): number {
    const count = this.waiting.length;
    this.waiting = [];
    this.chars = 0;
    return count;
  }
}
