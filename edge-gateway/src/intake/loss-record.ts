import type { Clock } from '@vigil/clock';
import type { BedId, DeviceId, EpochMs, GatewayId } from '@vigil/contracts';
import type { LogRecord } from '../log-record.js';
import type { SpoolGap } from '../spool/gap.js';
import { gapEvent } from './gap-event.js';

const BED = 'bed:';

/** What the spool lost or let go as a `gap` event, at the bed where the device stood when it was stored. */
export function lossRecord(gap: SpoolGap, gatewayId: GatewayId, clock: Pick<Clock, 'nowMs'>): LogRecord {
  const bedId = gap.key?.startsWith(BED) === true ? (gap.key.slice(BED.length) as BedId) : null;
  const facts = { ...gap, deviceId: gap.deviceId as DeviceId | null };
  const event = gapEvent(facts, { gatewayId, bedId, origin: gap.origin, atMs: clock.nowMs() as EpochMs });
  return { lane: 'events', key: event.key, body: Buffer.from(JSON.stringify(event)) };
}
