import type { Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { AlarmFeed } from '../ports/alarm-state.js';
import type { Escalations, QueuedPage } from '../ports/escalations.js';
import type { Pagers } from '../ports/pager.js';
import { describe, type LoopLog, type OnRound, Rounds } from './rounds.js';

/** A claim is taken over after this long: longer than a pager takes to give up (10 s), with room for the store. */
export const LEASE_MS = 30_000;
export const ATTEMPTS_MAX = 5;
const CONCURRENT_MAX = 8;
const FIRST_RETRY_MS = 1_000;
/** A sent page that cannot be recorded is recorded again this often before it is left to its lease. */
const RECORD_ATTEMPTS_MAX = 5;
const RECORD_RETRY_MS = 200;

export interface PageSenderParts {
  readonly escalations: Escalations;
  readonly pagers: Pagers;
  readonly feed: AlarmFeed;
  readonly clock: Clock;
  readonly log: LoopLog;
  readonly onRound?: OnRound;
}

/** Wall time before attempt `attempts + 1`: 1 s, 2 s, 4 s, 8 s; null when there is none. */
export function retryDelayMs(attempts: number, retryable: boolean): number | null {
  return retryable && attempts < ATTEMPTS_MAX ? FIRST_RETRY_MS * 2 ** (attempts - 1) : null;
}

/**
 * Sends queued pages, at least once each: a crash between sending and recording sends the page again, under the same
 * idempotency key. At most eight at a time, so a slow provider fills its own places and the store's queue, nothing else.
 */
export class PageSender {
  private rounds: Rounds | null = null;
  private readonly inFlight = new Set<Promise<void>>();

  constructor(private readonly parts: PageSenderParts) {}

  start(): void {
    this.rounds ??= new Rounds({ ...this.parts, name: 'page-sender' }, () => this.runOnce());
  }

  /** Resolves when nothing is being sent any more. */
  async stop(): Promise<void> {
    await this.rounds?.stop();
    this.rounds = null;
    await Promise.all(this.inFlight);
  }

  /** Claims what there is room for and starts sending it; true when there may be more to claim. */
  async runOnce(): Promise<boolean> {
    const room = CONCURRENT_MAX - this.inFlight.size;
    if (room <= 0) return false;
    const pages = await this.parts.escalations.claimPages(this.parts.clock.wallMs(), LEASE_MS, room);
    for (const page of pages) {
      const sending = this.send(page).finally(() => {
        this.inFlight.delete(sending);
        this.rounds?.poke();
      });
      this.inFlight.add(sending);
    }
    return false;
  }

  private async send(page: QueuedPage): Promise<void> {
    const { clock, escalations, log } = this.parts;
    const ids = { pageId: page.pageId, alarmId: page.alarmId, channel: page.channel, attempt: page.attempts };
    const outcome = await this.attempt(page);
    if ('receipt' in outcome) {
      await this.record(ids, () => escalations.pageSent(page.pageId, clock.wallMs(), outcome.receipt));
      return;
    }
    const wallMs = clock.wallMs();
    const delayMs = retryDelayMs(page.attempts, outcome.retryable);
    log.warn({ ...ids, reason: outcome.reason, retryInMs: delayMs }, delayMs === null ? 'a page was given up' : 'a page failed');
    await this.record(ids, () =>
      escalations.pageFailed(page.pageId, wallMs, outcome.reason, delayMs === null ? null : wallMs + delayMs),
    );
  }

  private async attempt(page: QueuedPage): Promise<{ receipt: string } | { reason: string; retryable: boolean }> {
    const pager = this.parts.pagers.all().find((p) => p.channel === page.channel);
    if (pager === undefined) return { reason: 'this site has no such channel', retryable: false };
    if (page.attempts > ATTEMPTS_MAX) return { reason: 'no answer in any attempt', retryable: false };
    try {
      return await pager.send(page);
    } catch (error) {
      const ours = error instanceof PlatformError;
      return { reason: ours ? error.code : 'the pager failed', retryable: ours ? error.retryable : true };
    }
  }

  private async record(ids: Readonly<Record<string, unknown>>, write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; attempt <= RECORD_ATTEMPTS_MAX; attempt++) {
      try {
        return await write();
      } catch (error) {
        const facts = { ...ids, err: describe(error) };
        if (attempt === RECORD_ATTEMPTS_MAX) {
          this.parts.log.error(facts, 'what became of a page could not be recorded; it is sent again after its lease');
          return;
        }
      }
      await this.parts.clock.sleep(RECORD_RETRY_MS);
    }
  }
}
