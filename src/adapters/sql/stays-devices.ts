import { createHash } from 'node:crypto';
import type { BedId, DeviceId, Encounter } from '@vigil/contracts';
import { type Author } from './authored.js';
import { endDevicesAt, reasonOfGoing, takeDevicesAlong } from './device-assignments.js';
import type { StayContext, StayWho } from './stays.js';
import type { Tx } from './sql.js';
import { transfer, type Transfer } from './transfer-stay.js';
import { stayForChange } from './stays.js';

/** Moves a stay, and devices of its bed with it, in one transaction. */
export async function transferWithDevices(
  tx: Tx,
  context: StayContext,
  { deviceIds = [], ...request }: Transfer & { readonly deviceIds?: readonly DeviceId[] | undefined },
  who: StayWho,
): Promise<Encounter> {
  const { bed_id: fromBedId } = await stayForChange(tx, request.encounterId);
  const encounter = await transfer(tx, context, request, who);
  if (fromBedId === request.bedId || deviceIds.length === 0) return encounter;
  const { bed_since_ms, rev } = await stayForChange(tx, request.encounterId);
  const atMs = bed_since_ms ?? Math.round(request.atMs);
  const idOf = (deviceId: string) => idFrom('along', request.encounterId, rev, deviceId);
  const reason = reasonOfGoing(context, atMs, who.nowMs);
  const move = { deviceIds, fromBedId, toBedId: request.bedId, atMs, reason, idOf };
  await takeDevicesAlong(tx, context, move, authorOf(who));
  return encounter;
}

/** What stands at the bed of a stay that is over is taken away. */
export async function endDevices(tx: Tx, context: StayContext, encounter: Encounter, who: StayWho): Promise<void> {
  const { encounterId, bedId, dischargedMs } = encounter;
  const idOf = (deviceId: string) => idFrom('end', encounterId, encounter.rev ?? 0, deviceId);
  const toMs = Math.round(dischargedMs ?? who.nowMs);
  const at = { bedId: bedId as BedId, toMs, reason: reasonOfGoing(context, toMs, who.nowMs), idOf };
  await endDevicesAt(tx, context, at, authorOf(who));
}

function authorOf(who: StayWho): StayWho & Author {
  return { ...who, by: who.by ?? null, source: who.source ?? 'person', sourceRef: who.sourceRef ?? null };
}

/** The same from the same: of a stay at one of its revisions. */
function idFrom(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 36);
}
