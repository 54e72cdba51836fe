import type { Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { EventLog } from '../ports/event-log.js';
import type { LogRelay } from '../ports/log-relay.js';
import type { StreamMetrics } from './stream-metrics.js';

const BATCH = 200;
const IDLE_MS = 500;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;

export interface RelayOptions {
  readonly clock: Clock;
  readonly metrics: StreamMetrics;
  readonly signal: AbortSignal;
  /** Asked before each batch. Left out: nobody else carries them. */
  readonly isMine?: () => boolean;
  /** After each turn that worked, also an empty one. */
  readonly onTurn: () => void;
  readonly onOutage: (code: string) => void;
}

/**
 * Carries committed log events from the store to the log, in the order of their commits, until told to stop. An event
 * is taken off the list only after the log has it; a crash between the two sends it again, and readers drop it by id. So do two
 * processes that both carry for a moment, while the work goes over from one to the other.
 */
export async function relay(
  source: LogRelay,
  log: EventLog,
  { clock, metrics, signal, isMine = () => true, onTurn, onOutage }: RelayOptions,
): Promise<void> {
  let wake: () => void = () => undefined;
  const stopListening = source.onAdded(() => wake());
  let retryMs = RETRY_MS_MIN;
  try {
    while (!signal.aborted) {
      try {
        const sent = isMine() ? await relayOnce(source, log) : 0;
        metrics.relayedEvents(sent);
        retryMs = RETRY_MS_MIN;
        onTurn();
        if (sent > 0) continue;
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        onOutage(error.code);
        await pause(clock, retryMs, signal);
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
        continue;
      }
      await new Promise<void>((resolve) => {
        const cancel = clock.after(IDLE_MS, resolve);
        wake = () => {
          cancel();
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
      });
      signal.removeEventListener('abort', wake);
    }
  } finally {
    stopListening();
  }
}

async function relayOnce(source: LogRelay, log: EventLog): Promise<number> {
  const rows = await source.next(BATCH);
  let from = 0;
  while (from < rows.length) {
    const everywhere = rows[from]!.everyPartition;
    let to = from + 1;
    while (!everywhere && to < rows.length && !rows[to]!.everyPartition) to++;
    const run = rows.slice(from, to);
    if (everywhere) await log.appendToEveryPartition(run[0]!.event);
    else await log.append(run.map((row) => row.event));
    await source.done(run[run.length - 1]!.seq);
    from = to;
  }
  return rows.length;
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
