import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '@vigil/clock';
import { type EpochMs, type GatewayId, gatewayKey, type LogEventOf } from '@vigil/contracts';
import { codeOf, type GatewayLog } from '../log.js';
import type { LogRecord } from '../log-record.js';

export interface CanaryOptions {
  readonly gatewayId: GatewayId;
  /** Wall time between two test messages; 0: none. */
  readonly everyMs: number;
  readonly spool: { append(records: readonly LogRecord[], done: (outage?: Error) => void): void };
  readonly clock: Clock;
  readonly log: GatewayLog;
}

/** Wall time before the first: what was connected first is let through first. */
const FIRST_MS = 5_000;

/** Wall time between two that somebody asked for: whoever asks without end gets no more than these. */
const ASKED_EVERY_MS = 5_000;
const ID_MAX = 64;

export interface Canary {
  /** Sends one more, for a test that somebody began; the same test asks for one once. */
  readonly ask: (testId: string) => void;
  readonly stop: Cancel;
}

/**
 * Sends a test message through the gateway's own way every few minutes, and when somebody asks: spool, uplink, log, engine, store,
 * escalation, page. How long that took, and that one did not come through, is measured at its end. It waits behind nothing but what
 * waits on the spool: alarms go the same lane.
 */
export function startCanary({ gatewayId, everyMs, spool, clock, log }: CanaryOptions): Canary {
  const bootId = randomUUID();
  let seq = 0;
  const send = (): void => {
    seq += 1;
    const [atMs, sentWallMs] = [clock.nowMs() as EpochMs, clock.wallMs() as EpochMs];
    const event: LogEventOf<'canary'> = {
      ...{ v: 1, kind: 'canary', id: `canary/${gatewayId}/${bootId}/${seq}`, key: gatewayKey(gatewayId), origin: 'canary' },
      ...{ atMs, gatewayId, bootId, seq, sentWallMs },
    };
    const record: LogRecord = { lane: 'alarms', key: event.key, body: Buffer.from(JSON.stringify(event)), event };
    spool.append([record], (outage) => {
      // The next one is as good: that this one is missing is told where it is waited for.
      if (outage !== undefined) log.warn({ code: codeOf(outage) }, 'a test message was not stored');
    });
  };
  let asked: { readonly testId: string; readonly atMs: number } | null = null;
  const ask = (testId: string): void => {
    const { atMs } = clock.steady();
    if (testId.length > ID_MAX || asked?.testId === testId) return;
    if (asked !== null && atMs - asked.atMs < ASKED_EVERY_MS) return;
    asked = { testId, atMs };
    send();
  };
  const cancels = everyMs === 0 ? [] : [clock.after(FIRST_MS, send), clock.every(everyMs, send)];
  return {
    ask,
    stop: () => {
      for (const cancel of cancels) cancel();
    },
  };
}
