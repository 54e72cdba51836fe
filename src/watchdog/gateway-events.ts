import { type BedId, bedKey, type EpochMs, type GatewayId, gatewayKey, type LogEvent, type Origin } from '@vigil/contracts';

export interface AboutGateway {
  readonly gatewayId: GatewayId;
  /** Made of the gateway and its last status, so that saying it twice is harmless. */
  readonly lostId: string;
  readonly bedIds: readonly BedId[];
  readonly atMs: EpochMs;
  readonly origin: Origin;
}

/** One event for the gateway, which is the alarm, and one mark per bed, which only says why there is no data (D16). */
export function lostEvents({ gatewayId, lostId, bedIds, atMs, origin }: AboutGateway): LogEvent[] {
  const envelope = { v: 1, atMs, origin } as const;
  return [
    { ...envelope, kind: 'gatewayLost', id: lostId, key: gatewayKey(gatewayId), gatewayId, bedIds: [...bedIds] },
    ...bedIds.map((bedId): LogEvent => {
      return { ...envelope, kind: 'coverageLost', id: `${lostId}/${bedId}`, key: bedKey(bedId), bedId, causeId: lostId };
    }),
  ];
}

export function restoredEvents({ gatewayId, lostId, bedIds, atMs, origin }: AboutGateway): LogEvent[] {
  const envelope = { v: 1, atMs, origin } as const;
  const id = `${lostId}/restored`;
  return [
    { ...envelope, kind: 'gatewayRestored', id, key: gatewayKey(gatewayId), gatewayId, lostId },
    ...bedIds.map((bedId): LogEvent => {
      return { ...envelope, kind: 'coverageRestored', id: `${id}/${bedId}`, key: bedKey(bedId), bedId, causeId: lostId };
    }),
  ];
}
