import {
  bedKey,
  type BedId,
  type DeviceId,
  EdgeReading,
  type GatewayId,
  type LogEventOf,
  messageId,
  type Reading,
  ZERO_IS_NO_VALUE,
} from '@vigil/contracts';
import type { EpochMs } from '@vigil/contracts';
import type { PatientRecord } from './recordings/record.js';

/** One boot for every record: a golden log has no random part. */
export const GOLDEN_BOOT_ID = '00000000-0000-4000-8000-000000000001';

export interface RecordingPlace {
  readonly bedId: BedId;
  readonly deviceId: DeviceId;
  /** Event time of the record's first sample. */
  readonly startMs: number;
  readonly gatewayId?: GatewayId;
}

/**
 * A record as the log would carry it, without a gateway: for golden tests, which feed it straight into the domain.
 *
 * What the gateway would refuse is left out reading by reading (a message of which nothing remains keeps its `seq` and
 * is left out), and a heart or pulse rate of 0 is null, "not measured" (decisions.md, D23). Pure: the same record gives the same
 * events.
 */
export function recordingEvents(record: PatientRecord, place: RecordingPlace): LogEventOf<'deviceMessage'>[] {
  const { bedId, deviceId, startMs, gatewayId = 'gw-1' as GatewayId } = place;
  return record.samples.flatMap((sample, seq) => {
    const readings = sample.readings.filter((reading) => EdgeReading.safeParse(reading).success).map(zeroIsNoValue);
    if (readings.length === 0) return [];
    const atMs = (startMs + sample.offsetMs) as EpochMs;
    return [
      {
        v: 1 as const,
        kind: 'deviceMessage' as const,
        id: messageId({ deviceId, bootId: GOLDEN_BOOT_ID, seq }),
        key: bedKey(bedId),
        origin: 'simulated' as const,
        atMs,
        bedId,
        deviceId,
        gatewayId,
        bootId: GOLDEN_BOOT_ID,
        seq,
        deviceAtMs: atMs,
        gatewayAtMs: atMs,
        readings,
      },
    ];
  });
}

function zeroIsNoValue(reading: Reading): Reading {
  return reading.value === 0 && ZERO_IS_NO_VALUE.has(reading.metric)
    ? { ...reading, value: null, quality: 'notMeasured' }
    : reading;
}
