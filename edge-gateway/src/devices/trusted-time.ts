import { readFile } from 'node:fs/promises';
import type { Cancel, Clock } from '@vigil/clock';
import { z } from 'zod';
import { codeOf, type GatewayLog } from '../log.js';
import { replaceFile } from '../replace-file.js';

const STEP_MS = 10_000;
const SAVE_EVERY_STEPS = 60;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A gateway may have been without power for this long; a clock that is further ahead is taken for wrong. */
export const AHEAD_MS_MAX = 45 * DAY_MS;

const Mark = z.object({ wallMs: z.number().int().positive() });

/** By what time certificates are judged. `isExact` is false while the clock is known to be wrong. */
export interface JudgedTime {
  readonly atMs: number;
  readonly isExact: boolean;
}

/**
 * A time to judge certificates by that a wrong clock can't turn into an outage of the unit.
 *
 * A mark on the disk keeps the newest time that was believed. Time never lies before it: a clock in 1970 is not believed,
 * and time goes on from the mark by what the gateway has been running since. A clock more than 45 days ahead of the mark
 * (2099) is not believed either, until the clock comes back or somebody whom the gateway trusts says a later time
 * (the signed configuration, or the start of validity of its own certificate). While the clock is not believed
 * `isExact` is false, and whoever judges leaves "not yet valid" aside: it can't be told.
 *
 * What it costs: after a stop of more than 45 days a certificate that ended meanwhile is taken until the platform has been
 * heard. The list of certificates still decides who may speak, and it is not judged by any clock.
 */
export class TrustedTime {
  private markMs = 0;
  private steps = 0;
  private wasExact = true;
  private saving: Promise<void> = Promise.resolve();
  private stopSteps: Cancel = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly log: GatewayLog,
    private readonly file: string | null,
  ) {}

  /** Reads the mark, when there is one, and begins to move it. */
  async start(): Promise<void> {
    const mark = this.file === null ? null : await readMark(this.file);
    if (mark !== null) this.atLeast(mark);
    // The first mark has nothing to be compared with but what `atLeast` was told.
    else if (this.markMs === 0) this.markMs = this.clock.wallMs();
    this.say();
    this.stopSteps = this.clock.every(STEP_MS, () => this.step());
  }

  async stop(): Promise<void> {
    this.stopSteps();
    await this.save();
  }

  /** It is this late at least, as somebody says who can be trusted. */
  atLeast(wallMs: number): void {
    this.markMs = Math.max(this.markMs, wallMs);
  }

  /**
   * It was this late when somebody whom the gateway trusts, on another machine, said so. That clock may be wrong, too: far
   * ahead of what is known it is believed only when the clock here agrees.
   */
  hear(wallMs: number): void {
    if (wallMs - this.markMs <= AHEAD_MS_MAX || wallMs <= this.clock.wallMs()) this.atLeast(wallMs);
  }

  get now(): JudgedTime {
    const wallMs = this.clock.wallMs();
    const isExact = wallMs >= this.markMs - STEP_MS && wallMs - this.markMs <= AHEAD_MS_MAX;
    return { atMs: isExact ? Math.max(wallMs, this.markMs) : this.markMs, isExact };
  }

  private step(): void {
    const { atMs, isExact } = this.now;
    // Timers run on a clock that nobody can set.
    this.markMs = isExact ? atMs : this.markMs + STEP_MS;
    this.say();
    this.steps += 1;
    if (this.steps % SAVE_EVERY_STEPS === 1) void this.save();
  }

  private say(): void {
    const { atMs, isExact } = this.now;
    if (isExact === this.wasExact) return;
    this.wasExact = isExact;
    const facts = { wallMs: this.clock.wallMs(), believedMs: atMs };
    if (isExact) this.log.info(facts, 'the clock of this machine is believed again');
    else this.log.error(facts, 'the clock of this machine is wrong; certificates are judged by the last good time; set it (NTP)');
  }

  /** One after the other: two at a time would share the temporary file. */
  private save(): Promise<void> {
    this.saving = this.saving.then(() => this.write());
    return this.saving;
  }

  private async write(): Promise<void> {
    if (this.file === null) return;
    try {
      await replaceFile(this.file, JSON.stringify({ wallMs: Math.round(this.markMs) }));
    } catch (error) {
      this.log.warn({ code: codeOf(error) }, 'the last good time was not saved');
    }
  }
}

/** Null when there is none, or none that can be read: it is made anew. */
async function readMark(file: string): Promise<number | null> {
  try {
    return Mark.parse(JSON.parse(await readFile(file, 'utf8'))).wallMs;
  } catch {
    return null;
  }
}
