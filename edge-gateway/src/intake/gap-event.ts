import { createHash } from 'node:crypto';
import {
  bedKey,
  type BedId,
  deviceKey,
  type DeviceId,
  type EpochMs,
  type Gap,
  gatewayKey,
  type GatewayId,
  type LogEventOf,
  type LogKey,
  type Origin,
} from '@vigil/contracts';
import type { LogRecord } from '../log-record.js';

/** What is missing, as whoever found it knows it. Ranges are inclusive; null where damage left no way to tell. */
export interface GapFacts {
  readonly deviceId: DeviceId | null;
  readonly bootId: string | null;
  readonly fromSeq: number | null;
  readonly toSeq: number | null;
  /** Messages, at least one. */
  readonly count: number;
  /** Event times between which they lie. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: Gap['reason'];
  /** Place on the spool of the first of them: tells losses apart that have no numbers. */
  readonly firstIndex?: number;
}

/** Where a gap is told: the bed at which the device stood when it began, and the gateway's time. */
export interface GapPlace {
  readonly gatewayId: GatewayId;
  readonly bedId: BedId | null;
  readonly origin: Origin;
  readonly atMs: number;
}

/** What the envelope needs of the gateway; `beds` is a `BedTable`, `states` a `DeviceStates`. */
export interface GapContext {
  readonly gatewayId: GatewayId;
  readonly beds: { bedAt(deviceId: DeviceId, atMs: number): BedId | null };
  readonly states: { originOf(deviceId: string): Origin | null };
  readonly clock: { nowMs(): number };
}

/**
 * A gap as an event of the log. Its id depends only on what is missing and why, so that the same gap told twice (a crash
 * between telling and remembering) is one. Key: the bed of the device, else the device, else the gateway.
 */
export function gapEvent(facts: GapFacts, place: GapPlace): LogEventOf<'gap'> {
  const { deviceId, bootId, fromSeq, toSeq, count, reason } = facts;
  const [fromMs, toMs] = [Math.max(0, Math.min(facts.fromMs, facts.toMs)), Math.max(0, facts.fromMs, facts.toMs)];
  const numbered = fromSeq !== null && toSeq !== null;
  const what = numbered
    ? [bootId, fromSeq, toSeq]
    : [bootId, fromMs, toMs, count, ...(facts.firstIndex === undefined ? [] : [facts.firstIndex])];
  const hash = createHash('sha256')
    .update([deviceId, ...what, reason].join('|'))
    .digest('hex')
    .slice(0, 32);
  return {
    ...{ v: 1, kind: 'gap', id: `gap/${place.gatewayId}/${deviceId ?? ''}/${hash}`, key: keyOf(deviceId, place) },
    ...{ origin: place.origin, atMs: place.atMs as EpochMs, gatewayId: place.gatewayId, deviceId, bedId: place.bedId },
    ...{ bootId, fromSeq, toSeq, count, fromMs: fromMs as EpochMs, toMs: toMs as EpochMs, reason },
  };
}

/** The same as a record of lane `events`, with the bed at its beginning and the origin of the device as they are known now. */
export function gapRecord(
  facts: GapFacts,
  { gatewayId, beds, states, clock }: GapContext,
): LogRecord & { readonly event: LogEventOf<'gap'> } {
  const { deviceId } = facts;
  const event = gapEvent(facts, {
    gatewayId,
    bedId: deviceId === null ? null : beds.bedAt(deviceId, Math.min(facts.fromMs, facts.toMs)),
    origin: (deviceId === null ? null : states.originOf(deviceId)) ?? 'live',
    atMs: clock.nowMs(),
  });
  return { lane: 'events', key: event.key, body: Buffer.from(JSON.stringify(event)), event };
}

/** A message that fills a gap which was declared: stored together with it. */
export function gapFilledRecord(
  message: Pick<
    LogEventOf<'deviceMessage'>,
    'key' | 'origin' | 'gatewayAtMs' | 'gatewayId' | 'deviceId' | 'bedId' | 'bootId' | 'seq'
  >,
  gapId: string,
): LogRecord {
  const { key, origin, gatewayAtMs, gatewayId, deviceId, bedId, bootId, seq } = message;
  const event: LogEventOf<'gapFilled'> = {
    ...{ v: 1, kind: 'gapFilled', id: `filled/${gapId}/${seq}`, key, origin, atMs: gatewayAtMs },
    ...{ gatewayId, deviceId, bedId, gapId, bootId, fromSeq: seq, toSeq: seq },
  };
  return { lane: 'events', key, body: Buffer.from(JSON.stringify(event)), event };
}

function keyOf(deviceId: DeviceId | null, { bedId, gatewayId }: GapPlace): LogKey {
  if (bedId !== null) return bedKey(bedId);
  return deviceId === null ? gatewayKey(gatewayId) : deviceKey(deviceId);
}
