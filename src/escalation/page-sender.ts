import type { Clock } from '@vigil/clock';
import { StaffChannel } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AlarmFeed } from '../ports/alarm-state.js';
import type { ChannelRooms, Escalations, QueuedPage } from '../ports/escalations.js';
import type { Pagers } from '../ports/pager.js';
import { describe, type LoopLog, type OnRound, Rounds } from './rounds.js';

/** A claim of which nobody knows that its process is gone is taken over after this long: longer than a message takes to be given up on, with room for the store. */
export const LEASE_MS = 30_000;
/** A pager that has not answered by then, whatever its own bounds, has failed: its place is another's. */
export const SEND_MS_MAX = 20_000;
export const ATTEMPTS_MAX = 5;
/** A page during which the process has ended so often is given up: by then it is what ends it. */
const CRASHES_MAX = 50;
/** Messages of one channel that are under way at a time. */
export const CHANNEL_MAX = 8;
const FIRST_RETRY_MS = 1_000;
/** What became of a page is recorded again and again until shortly before its lease ends: else whoever was told would be told twice. */
export const RECORD_UNTIL_MS = LEASE_MS - 3_000;
/** So often also where its lease is nearly over, or this process stops. */
const RECORD_ATTEMPTS_MIN = 5;
const RECORD_RETRY_MS = 200;

export interface PageSenderParts {
  readonly escalations: Escalations;
  readonly pagers: Pagers;
  readonly feed: AlarmFeed;
  readonly clock: Clock;
  readonly log: LoopLog;
  /** Other processes that have died: what they had in hand need not wait for its lease. Left out: none is known. */
  readonly gone?: () => readonly string[];
  readonly onRound?: OnRound;
}

type Outcome = { readonly receipt: string } | { readonly reason: string; readonly retryable: boolean };

/** Wall time after so many failures: 1 s, 2 s, 4 s, 8 s; null when it is given up. */
export function retryDelayMs(failures: number, retryable: boolean): number | null {
  return retryable && failures < ATTEMPTS_MAX ? FIRST_RETRY_MS * 2 ** (failures - 1) : null;
}

/**
 * Sends queued pages, at least once each: a crash between sending and recording sends the message again, under the same idempotency key. At
 * most eight of a channel at a time, so that a slow provider fills its own places and the store's queue, nothing else.
 */
export class PageSender {
  private rounds: Rounds | null = null;
  private readonly inFlight = new Map<Promise<void>, StaffChannel>();

  constructor(private readonly parts: PageSenderParts) {}

  start(): void {
    this.rounds ??= new Rounds({ ...this.parts, name: 'page-sender' }, () => this.runOnce());
  }

  /** Resolves when nothing is being sent any more. */
  async stop(): Promise<void> {
    await this.rounds?.stop();
    this.rounds = null;
    await Promise.all(this.inFlight.keys());
  }

  /** Claims what there is room for and starts sending it. Never true: whoever ends makes room and pokes. */
  async runOnce(): Promise<boolean> {
    const rooms = this.rooms();
    if (rooms.size === 0) return false;
    const { escalations, clock, gone } = this.parts;
    for (const page of await escalations.claimPages(clock.wallMs(), LEASE_MS, rooms, gone?.() ?? [])) {
      const sending = this.send(page).finally(() => {
        this.inFlight.delete(sending);
        this.rounds?.poke();
      });
      this.inFlight.set(sending, page.channel);
    }
    return false;
  }

  /** Also of channels that this site lacks: a page of one is given up at once, instead of waiting for ever. */
  private rooms(): ChannelRooms {
    const busy = [...this.inFlight.values()];
    const room = (channel: StaffChannel): number => CHANNEL_MAX - busy.filter((each) => each === channel).length;
    return new Map(StaffChannel.options.map((channel) => [channel, room(channel)] as const).filter(([, free]) => free > 0));
  }

  private async send(page: QueuedPage): Promise<void> {
    const { clock, escalations, log } = this.parts;
    const ids = { pageId: page.pageId, alarmId: page.alarmId, channel: page.channel, attempt: page.attempts };
    const untilMs = clock.steady().atMs + RECORD_UNTIL_MS;
    const outcome = await this.attempt(page);
    if ('receipt' in outcome) {
      await this.record(ids, untilMs, () => escalations.pageSent(page.covers, clock.wallMs(), outcome.receipt));
      return;
    }
    const wallMs = clock.wallMs();
    // One of several may be what the provider refuses: each is tried by itself before any of them is given up.
    const failures = page.failures + 1;
    const apart = page.covers.length > 1 && (!outcome.retryable || failures >= ATTEMPTS_MAX);
    const delayMs = apart ? 0 : retryDelayMs(failures, outcome.retryable);
    const facts = { ...ids, pages: page.covers.length, reason: outcome.reason, retryInMs: delayMs };
    log.warn(facts, delayMs === null ? 'a page was given up' : 'a page failed');
    const failure = { reason: outcome.reason, retryAtMs: delayMs === null ? null : wallMs + delayMs, apart };
    await this.record(ids, untilMs, () => escalations.pageFailed(page.covers, wallMs, failure));
  }

  private async attempt(page: QueuedPage): Promise<Outcome> {
    const pager = this.parts.pagers.all().find((p) => p.channel === page.channel);
    if (pager === undefined) return { reason: 'this site has no such channel', retryable: false };
    if (page.attempts - page.failures > CRASHES_MAX) return { reason: 'no answer in any attempt', retryable: false };
    const bound = new AbortController();
    try {
      return await Promise.race([pager.send(page), this.tooLong(bound.signal)]);
    } catch (error) {
      const ours = error instanceof PlatformError;
      return { reason: ours ? error.code : 'the pager failed', retryable: ours ? error.retryable : true };
    } finally {
      bound.abort();
    }
  }

  /** Fails when the bound of one message is over; never once its signal is aborted. */
  private tooLong(signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(SEND_MS_MAX, () => resolve({ reason: 'no answer in time', retryable: true }));
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  /** @param untilMs steady time */
  private async record(ids: Readonly<Record<string, unknown>>, untilMs: number, write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write();
      } catch (error) {
        const isOver = this.rounds === null || this.parts.clock.steady().atMs >= untilMs;
        if (isOver && attempt >= RECORD_ATTEMPTS_MIN) {
          const facts = { ...ids, err: describe(error) };
          this.parts.log.error(facts, 'what became of a page could not be recorded; it is sent again after its lease');
          return;
        }
      }
      await this.parts.clock.sleep(RECORD_RETRY_MS);
    }
  }
}
