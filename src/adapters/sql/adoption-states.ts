import type { AlarmTransition, BedId, GatewayId } from '@vigil/contracts';
import { type BedState, emptyBed, emptyCareUnit, emptyGateway, type KeyState, type OpenAlarm, readKeyState } from '@vigil/domain';
import { partitionOf } from '@vigil/hub-client';
import { channelsOf } from './device-conflicts.js';
import { inBedSince } from './directory-reads.js';
import { liveStays } from './live-stays.js';
import type { DeviceAssignmentRow } from './schema-stays.js';
import type { Tx } from './sql.js';

const ENGINE = 'engine';

/**
 * Brings the engine's states up to what the store knows. A state is half a minute old at most, and the log that would
 * make up for that is gone: an alarm raised since would stay open for ever, and be raised a second time; a device or a
 * stay of since would be unknown. Takes every event of the next log for new.
 */
export async function adoptStates(tx: Tx): Promise<void> {
  await tx.db.updateTable('engine_state').set({ sequence: -1, read_offset: '' }).execute();
  const rows = await tx.db.selectFrom('engine_state').selectAll().execute();
  // Each partition has been told the rules, so each has this state.
  const partitions = rows.filter((row) => row.state_key === ENGINE).length;
  if (partitions === 0) return;
  const states = new Map<string, { readonly partition: number; readonly state: KeyState }>();
  for (const row of rows) {
    if (row.state_key === ENGINE) continue;
    states.set(row.state_key, { partition: row.partition_number, state: readKeyState(row.content_json) });
  }
  const stateOf = <S extends KeyState>(key: string, empty: () => S): S => {
    const known = states.get(key) ?? { partition: Number(partitionOf(key, partitions)), state: empty() };
    states.set(key, known);
    return known.state as S;
  };
  const bedOf = (bedId: string): BedState => stateOf(`bed:${bedId}`, () => emptyBed(bedId as BedId));
  await adoptDirectory(tx, bedOf);
  const open = await openAlarms(tx);
  for (const t of open) if (t.bedId !== null) bedOf(t.bedId);
  for (const t of open) if (t.gatewayId !== null) stateOf(`gateway:${t.gatewayId}`, () => emptyGateway(t.gatewayId as GatewayId));
  for (const { careUnitId } of open) if (careUnitId !== undefined) stateOf(`unit:${careUnitId}`, () => emptyCareUnit(careUnitId));
  for (const [key, { partition, state }] of states) {
    adoptAlarms(
      state,
      open.filter((t) => keyOf(t) === key),
    );
    const content = { content_json: JSON.stringify(state), read_offset: '', sequence: -1 };
    await tx.db
      .insertInto('engine_state')
      .values({ partition_number: partition, state_key: key, ...content })
      .onConflict((c) => c.columns(['partition_number', 'state_key']).doUpdateSet(content))
      .execute();
  }
}

const keyOf = ({ bedId, gatewayId, careUnitId }: AlarmTransition): string => {
  if (careUnitId !== undefined) return `unit:${careUnitId}`;
  return bedId === null ? `gateway:${gatewayId ?? ''}` : `bed:${bedId}`;
};

/** Another stay than the one that the engine believes in is left to the events: they close what was of the former. */
async function adoptDirectory(tx: Tx, bedOf: (bedId: string) => BedState): Promise<void> {
  for (const stay of await liveStays(tx.db).selectAll('e').where('e.discharged_ms', 'is', null).execute()) {
    const { encounter_id: encounterId, patient_id: patientId } = stay;
    const sinceMs = inBedSince(stay);
    const bed = bedOf(stay.bed_id);
    bed.encounter ??= { encounterId, patientId, sinceMs } as NonNullable<BedState['encounter']>;
  }
  const rows = await tx.db
    .selectFrom('device_assignment as a')
    .innerJoin('device as d', 'd.device_id', 'a.device_id')
    .selectAll('a')
    .select('d.intervals_json')
    .orderBy('a.from_ms')
    .orderBy('a.assignment_id')
    .execute();
  for (const spans of Map.groupBy(rows, ({ bed_id, device_id }) => `${bed_id} ${device_id}`).values()) {
    const { bed_id, device_id } = spans[0]!;
    bedOf(bed_id).devices[device_id] = spans.map(assignedSpan).slice(-SPANS_MAX);
  }
}

/** Spans of one device that a bed is given: as many as the engine keeps. */
const SPANS_MAX = 8;

type Assigned = DeviceAssignmentRow & { readonly intervals_json: string };

/** One that was voided is there as an empty one, so that an older word of it does not bring it back. */
function assignedSpan(row: Assigned): BedState['devices'][string][number] {
  return {
    assignmentId: row.assignment_id,
    rev: row.rev,
    fromMs: row.from_ms,
    toMs: row.voided_wall_ms === null ? row.to_ms : row.from_ms,
    channels: channelsOf(row),
    intervalsMs: JSON.parse(row.intervals_json) as BedState['devices'][string][number]['intervalsMs'],
  };
}

/** The newest transition of each alarm that holds or is perceived, in the order of their onsets. */
async function openAlarms(tx: Tx): Promise<readonly AlarmTransition[]> {
  const rows = await tx.db
    .selectFrom('alarm')
    .select('content_json')
    .where((eb) => eb.or([eb('active', '=', 1), eb('presence', '!=', 'off')]))
    .orderBy('onset_ms')
    .execute();
  return rows.map((row) => JSON.parse(row.content_json) as AlarmTransition);
}

/** The store is never behind the engine's states: each transition was committed before the next event was read. */
function adoptAlarms(state: KeyState, open: readonly AlarmTransition[]): void {
  const before = state.alarms;
  state.alarms = {};
  for (const t of open) {
    const known = before[t.conditionCode];
    const isSame = known?.alarmId === t.alarmId && known.rev === t.rev;
    state.alarms[t.conditionCode] = isSame ? known : alarmOf(t);
    const onsets = (state.lastOnsets ??= {});
    onsets[t.conditionCode] = Math.max(onsets[t.conditionCode] ?? 0, t.onsetMs);
    if (isSame || state.kind !== 'bed' || !t.active) continue;
    // The rule that raised it: without this its next reading would end the alarm, and raise another.
    if (state.windows[t.ruleId] !== undefined) state.windows[t.ruleId]!.active = true;
    else if (state.rules?.[t.ruleId] !== undefined) state.rules[t.ruleId]!.phase = 'active';
    else if (t.kind === 'physiological') state.limits[t.ruleId] = { phase: 'active', sinceMs: t.onsetMs };
  }
}

function alarmOf(t: AlarmTransition): OpenAlarm {
  const { alarmId, rev, conditionCode, kind, metric, onsetMs, encounterId, origin, active, evidence, ruleId } = t;
  const signal = { presence: t.presence, priority: t.priority, sinceMs: t.atMs };
  return { alarmId, rev, conditionCode, kind, metric, onsetMs, encounterId, origin, active, signal, evidence, ruleId };
}
