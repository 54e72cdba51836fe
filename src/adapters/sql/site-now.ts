import type { BedId, CareUnitId, GatewayId, StaffId } from '@vigil/contracts';
import { StaffAssignment } from '@vigil/contracts';
import { CANARY_STAFF } from '@vigil/domain';
import type { Intervals, SiteNow } from '../../ports/site-store.js';
import { lastNumber } from './counters.js';
import { liveSpans } from './device-assignments-rows.js';
import { registeredDevice } from './device-row.js';
import { liveStays } from './live-stays.js';
import type { Tx } from './sql.js';

/** What the site is made of, as this transaction sees it. No column of a person is read but the ids of staff. */
export async function siteNow({ db }: Pick<Tx, 'db'>): Promise<SiteNow> {
  const units = await db.selectFrom('care_unit').selectAll().orderBy('care_unit_id').execute();
  const beds = await db.selectFrom('bed').selectAll().orderBy('place').orderBy('bed_id').execute();
  const aliases = await db.selectFrom('bed_alias').selectAll().orderBy('system').orderBy('value').execute();
  const gateways = await db.selectFrom('gateway').selectAll().orderBy('gateway_id').execute();
  const profiles = await db.selectFrom('device_profile').selectAll().orderBy('name').execute();
  const staff = await db.selectFrom('staff').select('staff_id').where('staff_id', '<>', CANARY_STAFF).execute();
  const stays = await liveStays(db).select('e.bed_id').where('e.discharged_ms', 'is', null).execute();
  const spans = await liveSpans(db).select(['a.bed_id', 'a.device_id']).where('a.to_ms', 'is', null).execute();
  const taken = new Set([...stays, ...spans].map(({ bed_id }) => bed_id));
  return {
    placesRev: await lastNumber(db, 'places'),
    careUnits: units.map((row) => ({ careUnitId: row.care_unit_id as CareUnitId, label: row.label, retired: isRetired(row) })),
    beds: beds.map((row) => ({
      ...{ bedId: row.bed_id as BedId, careUnitId: row.care_unit_id as CareUnitId, label: row.label },
      ...{ retired: isRetired(row), inUse: taken.has(row.bed_id) },
    })),
    aliases: aliases.map(({ system, value, bed_id }) => ({ system, value, bedId: bed_id as BedId })),
    gatewayIds: gateways.map(({ gateway_id }) => gateway_id as GatewayId),
    profiles: profiles.map(({ name, intervals_json }) => ({ name, intervalsMs: JSON.parse(intervals_json) as Intervals })),
    devices: await devicesOf(db, profiles, new Set(spans.map(({ device_id }) => device_id))),
    staffIds: staff.map(({ staff_id }) => staff_id as StaffId),
    duties: await dutiesOf(db),
  };
}

const isRetired = ({ retired_wall_ms }: { readonly retired_wall_ms: number | null }): boolean => retired_wall_ms !== null;

type Profiles = readonly { readonly name: string; readonly intervals_json: string }[];

/** A device of before profiles had names has that of the profile that sends as often, where there is one. */
async function devicesOf(db: Tx['db'], profiles: Profiles, atBeds: ReadonlySet<string>): Promise<SiteNow['devices']> {
  const rows = await db.selectFrom('device').selectAll().orderBy('device_id').execute();
  return rows.map((row) => {
    const { state, stateReason: _reason, stateSinceMs: _since, rev: _rev, profile, ...facts } = registeredDevice(row);
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null)) as Omit<
      SiteNow['devices'][number],
      'profile' | 'retired' | 'inUse'
    >;
    const same = profiles.find(({ intervals_json }) => intervals_json === row.intervals_json);
    return { ...given, profile: profile ?? same?.name ?? null, retired: state === 'retired', inUse: atBeds.has(row.device_id) };
  });
}

async function dutiesOf(db: Tx['db']): Promise<SiteNow['duties']> {
  const rows = await db
    .selectFrom('staff_assignment')
    .select(['assignment_id', 'staff_id', 'care_unit_id', 'bed_id', 'role'])
    .where('source', '=', 'site')
    .where('to_ms', 'is', null)
    .orderBy('assignment_id')
    .execute();
  const Duty = StaffAssignment.pick({ assignmentId: true, staffId: true, careUnitId: true, bedId: true, role: true });
  return rows.map((row) =>
    Duty.parse({
      ...{ assignmentId: row.assignment_id, staffId: row.staff_id, careUnitId: row.care_unit_id },
      ...{ bedId: row.bed_id, role: row.role },
    }),
  );
}
