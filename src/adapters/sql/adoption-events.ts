import { bedKey, type BedId } from '@vigil/contracts';
import { type BedState, readKeyState } from '@vigil/domain';
import type { AdoptionAt } from './adoption-at.js';
import { chartEvents } from './adoption-charts.js';
import { alarmKey } from './alarm-commands.js';
import { liveStay, liveStays } from './live-stays.js';
import type { DraftEvent } from './outbox.js';
import { inForce } from './rule-set-activation.js';
import { settingEvent } from './sql-scores.js';
import { limitsEvent } from './sql-stay-limits.js';
import { assignedEvent } from './device-assignments-rows.js';
import { inBedSince } from './directory-reads.js';
import { troubleEvents } from './on-call-trouble.js';
import { shelfEvent } from './shelves.js';
import { standbyEvent } from './standby.js';
import type { Tx } from './sql.js';

export interface AdoptionEvent {
  readonly event: DraftEvent;
  readonly everyPartition: boolean;
}

/**
 * What a new log has to be told of how things stand. The engine passes by what it knows already: the same rules, the
 * same stay, the same device.
 */
export async function adoptionEvents(tx: Tx, at: AdoptionAt): Promise<readonly AdoptionEvent[]> {
  const rules = await rulesEvent(tx, at);
  const rest = [
    ...(await deviceEvents(tx, at)),
    ...(await stayEvents(tx, at)),
    ...(await setForStays(tx, at)),
    ...(await chartEvents(tx, at)),
    ...(await troubleEvents(tx, at)),
    ...(await acknowledgeEvents(tx, at)),
  ];
  return [
    ...(rules === null ? [] : [{ event: rules, everyPartition: true }]),
    ...rest.map((event) => ({ event, everyPartition: false })),
  ];
}

async function rulesEvent(tx: Tx, { origin, nowMs, adoption }: AdoptionAt): Promise<DraftEvent | null> {
  const active = await inForce(tx);
  const bed = await tx.db.selectFrom('bed').select('bed_id').orderBy('place').orderBy('bed_id').executeTakeFirst();
  if (active === null || bed === undefined) return null;
  const { hash, rate } = active;
  const row = await tx.db.selectFrom('rule_set').select('content_json').where('hash', '=', hash).executeTakeFirstOrThrow();
  const ruleSet = JSON.parse(row.content_json) as unknown;
  const id = `adopt/${adoption}/rules/${hash}`;
  const key = bedKey(bed.bed_id as BedId);
  return { kind: 'ruleSetActivated', id, key, origin, atMs: nowMs, hash, ruleSet, rate, by: 'system:cli' };
}

/** What is told of one device at one bed, newest last: as much as the engine keeps. */
const SPANS_MAX = 8;

/** Where each device is and was, also that it has left, and what of it was wrong. */
async function deviceEvents(tx: Tx, { origin, nowMs, adoption }: AdoptionAt): Promise<readonly DraftEvent[]> {
  const rows = await tx.db
    .selectFrom('device_assignment as a')
    .innerJoin('device as d', 'd.device_id', 'a.device_id')
    .selectAll('a')
    .select('d.intervals_json')
    .orderBy('a.from_ms')
    .orderBy('a.assignment_id')
    .execute();
  const byPlace = [...Map.groupBy(rows, ({ bed_id, device_id }) => `${bed_id} ${device_id}`).values()];
  return byPlace.flatMap((spans) =>
    spans.slice(-SPANS_MAX).map((row, n, { length }): DraftEvent => {
      const id = `adopt/${adoption}/device/${row.device_id}/${row.bed_id}`;
      return {
        ...assignedEvent(row, JSON.parse(row.intervals_json)),
        id: n === length - 1 ? id : `adopt/${adoption}/device/${row.assignment_id}`,
        ...{ origin, atMs: nowMs },
      };
    }),
  );
}

/** Who lies in which bed; and the end of a stay that the engine believes in and that is over. */
async function stayEvents(tx: Tx, { origin, nowMs, adoption }: AdoptionAt): Promise<readonly DraftEvent[]> {
  const open = await liveStays(tx.db)
    .leftJoin('bed as b', 'b.bed_id', 'e.bed_id')
    .selectAll('e')
    .select('b.care_unit_id')
    .where('e.discharged_ms', 'is', null)
    .orderBy('e.encounter_id')
    .execute();
  const admitted = open.map((stay): DraftEvent => ({
    kind: 'admit',
    id: `adopt/${adoption}/admit/${stay.encounter_id}`,
    key: bedKey(stay.bed_id as BedId),
    origin,
    atMs: inBedSince(stay),
    bedId: stay.bed_id,
    encounterId: stay.encounter_id,
    patientId: stay.patient_id,
    // The bed may have seen it leave after that moment, and the word that brought it back went with the old log.
    reopened: true,
    ...(stay.age_group === null ? {} : { ageGroup: stay.age_group }),
    ...(stay.care_unit_id === null ? {} : { careUnitId: stay.care_unit_id }),
  }));
  const taken = new Set(open.map((stay) => stay.bed_id));
  const states = await tx.db.selectFrom('engine_state').select('content_json').where('state_key', 'like', 'bed:%').execute();
  const ended: DraftEvent[] = [];
  for (const { content_json } of states) {
    const { bedId, encounter } = readKeyState(content_json) as BedState;
    if (encounter === null || taken.has(bedId)) continue;
    const { encounterId } = encounter;
    const stay = await liveStay(tx.db, encounterId);
    const id = `adopt/${adoption}/discharge/${encounterId}`;
    ended.push({ kind: 'discharge', id, key: bedKey(bedId), origin, atMs: stay?.discharged_ms ?? nowMs, bedId, encounterId });
  }
  return [...ended, ...admitted];
}

/** Standby, limits, profiles and score settings of those who lie in a bed: the engine may have had them, or not. */
async function setForStays(tx: Tx, { origin, nowMs, adoption }: AdoptionAt): Promise<readonly DraftEvent[]> {
  const limits = await liveStays(tx.db)
    .innerJoin('stay_limit as l', 'l.encounter_id', 'e.encounter_id')
    .selectAll('l')
    .select('e.bed_id')
    .where('e.discharged_ms', 'is', null)
    .orderBy('l.encounter_id')
    .orderBy('l.metric')
    .execute();
  const profiles = await liveStays(tx.db)
    .selectAll('e')
    .where('e.discharged_ms', 'is', null)
    .where('e.profile_rev', '>', 0)
    .orderBy('e.encounter_id')
    .execute();
  const settings = await liveStays(tx.db)
    .innerJoin('score_setting as s', 's.encounter_id', 'e.encounter_id')
    .selectAll('s')
    .select('e.bed_id')
    .where('e.discharged_ms', 'is', null)
    .orderBy('s.encounter_id')
    .execute();
  const standbys = await liveStays(tx.db)
    .innerJoin('standby as w', 'w.encounter_id', 'e.encounter_id')
    .selectAll('w')
    .select('e.bed_id as now_in')
    .where('e.discharged_ms', 'is', null)
    .where('w.ended_ms', 'is', null)
    .where('w.to_ms', '>', Math.round(nowMs))
    .orderBy('w.encounter_id')
    .execute();
  const shelves = await liveStays(tx.db)
    .innerJoin('shelf as w', 'w.encounter_id', 'e.encounter_id')
    .selectAll('w')
    .select('e.bed_id as now_in')
    .where('e.discharged_ms', 'is', null)
    .where('w.ended_ms', 'is', null)
    .where('w.state', '=', 'holds')
    .where('w.to_ms', '>', Math.round(nowMs))
    .orderBy('w.shelf_id')
    .execute();
  return [
    ...shelves.map((row): DraftEvent => ({
      ...shelfEvent({ ...row, bed_id: row.now_in }, `adopt/${adoption}/shelf/${row.shelf_id}`),
      ...{ origin, atMs: row.from_ms ?? nowMs, source: 'person' },
    })),
    ...standbys.map((row): DraftEvent => ({
      ...standbyEvent({ ...row, bed_id: row.now_in }, `adopt/${adoption}/standby/${row.standby_id}`),
      ...{ origin, atMs: nowMs, by: row.set_by, source: 'person' },
    })),
    ...limits.map((row): DraftEvent => ({
      ...limitsEvent(row, row.bed_id, `adopt/${adoption}/limits/${row.encounter_id}/${row.metric}`),
      origin,
      atMs: nowMs,
    })),
    ...settings.map((row): DraftEvent => ({
      ...settingEvent(row, row.bed_id, `adopt/${adoption}/score-settings/${row.encounter_id}`),
      origin,
      atMs: nowMs,
    })),
    ...profiles.map((stay): DraftEvent => ({
      kind: 'stayProfileSet',
      id: `adopt/${adoption}/profile/${stay.encounter_id}`,
      key: bedKey(stay.bed_id as BedId),
      origin,
      atMs: nowMs,
      bedId: stay.bed_id,
      encounterId: stay.encounter_id,
      ageGroup: stay.age_group,
      by: 'installation',
    })),
  ];
}

/** Acknowledgements that the engine has not answered; one that still waits in the relay is simply given twice. */
async function acknowledgeEvents(tx: Tx, { origin, adoption }: AdoptionAt): Promise<readonly DraftEvent[]> {
  const rows = await tx.db
    .selectFrom('alarm as a')
    .innerJoin('command as c', 'c.command_id', 'a.acknowledge_command_id')
    .select(['a.alarm_id', 'a.rev', 'a.bed_id', 'a.gateway_id', 'a.care_unit_id', 'c.command_id', 'c.staff_id', 'c.at_ms'])
    .orderBy('c.at_ms')
    .execute();
  return rows.map((row) => ({
    kind: 'command',
    id: `adopt/${adoption}/command/${row.command_id}`,
    key: alarmKey(row),
    origin,
    atMs: row.at_ms,
    command: 'acknowledge',
    commandId: row.command_id,
    alarmId: row.alarm_id,
    alarmRev: row.rev,
    by: row.staff_id,
  }));
}
