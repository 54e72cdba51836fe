import type { Clock } from '@vigil/clock';
import type { HubMetrics } from '../admin/metrics.js';
import type { Log } from '../broker/broker.js';
import { HubRetention, type RetainedHub } from './hub-retention.js';

const LOOK_EVERY_MS = 60_000;
/** An event so far in the future of the wall clock is no matter of rounding: one of the two times was wrong. */
const CLOCK_BEHIND_MS = 3_600_000;

export interface RetentionOptions {
  /** All hubs, also those that are made later. */
  readonly hubs: () => readonly RetainedHub[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<HubMetrics, 'retentionSegments' | 'retentionBytes' | 'retentionFailures'>;
}

export interface RunningRetention {
  /** For readiness: `clock-behind-log`, `retention-failing`. */
  warnings(): readonly string[];
  /** Resolves when no look is under way. */
  idle(): Promise<void>;
  /** Ends after the look that is under way. */
  stop(): Promise<void>;
}

/**
 * Deletes what is older or larger than each hub's retention, once at the start and then every minute.
 *
 * A failure stops nothing: events are kept longer, the next look tries again, and readiness warns.
 */
export function startRetention({ hubs, clock, log, metrics }: RetentionOptions): RunningRetention {
  const known = new WeakMap<RetainedHub, HubRetention>();
  const behind = new Set<string>();
  const failing = new Set<string>();
  let looking: Promise<void> | null = null;
  let isStopped = false;

  const lookAt = async (hub: RetainedHub, elapsedMs: number): Promise<void> => {
    const isNew = !known.has(hub);
    const retention = known.get(hub) ?? new HubRetention(hub);
    known.set(hub, retention);
    try {
      const { deleted, clockBehindMs } = await retention.look(clock.wallMs(), isNew ? 0 : elapsedMs);
      failing.delete(hub.name);
      tellClock(hub.name, clockBehindMs);
      if (deleted.segments === 0) return;
      metrics.retentionSegments.inc({ hub: hub.name, reason: deleted.reason }, deleted.segments);
      metrics.retentionBytes.inc({ hub: hub.name }, deleted.bytes);
      log.info({ hub: hub.name, ...deleted }, 'retention deleted segments');
    } catch (error) {
      metrics.retentionFailures.inc({ hub: hub.name });
      const code = (error as { code?: unknown }).code;
      if (!failing.has(hub.name)) {
        const fields = { hub: hub.name, code: typeof code === 'string' ? code : 'unexpected' };
        log.error(fields, 'retention could not delete what is due; the log grows until it can');
      }
      failing.add(hub.name);
    }
  };

  const tellClock = (name: string, clockBehindMs: number): void => {
    if (clockBehindMs < CLOCK_BEHIND_MS) return void behind.delete(name);
    if (!behind.has(name)) {
      const text =
        'the newest events are ahead of the clock, so one was wrong; retention by age keeps everything until the clock is there';
      log.warn({ hub: name, aheadMs: clockBehindMs }, text);
    }
    behind.add(name);
  };

  const look = (elapsedMs: number): void => {
    // A look that takes longer than the interval makes time pass more slowly for retention, which errs on the safe side.
    looking ??= (async () => {
      for (const hub of hubs()) if (!isStopped) await lookAt(hub, elapsedMs);
    })().finally(() => (looking = null));
  };

  const cancel = clock.every(LOOK_EVERY_MS, () => look(LOOK_EVERY_MS));
  look(0);
  return {
    warnings: () => [...(behind.size > 0 ? ['clock-behind-log'] : []), ...(failing.size > 0 ? ['retention-failing'] : [])],
    idle: async () => {
      await looking;
    },
    stop: async () => {
      isStopped = true;
      cancel();
      await looking;
    },
  };
}
