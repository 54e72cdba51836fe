import { createHash } from 'node:crypto';
import { type BedId, Role, RuleSet, type Site, type StaffAssignment } from '@vigil/contracts';
import { ageGroupAt, contentHash, PlatformError } from '@vigil/domain';
import type { Insertable } from 'kysely';
import type { SqlContext } from './context.js';
import { auditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import { authoredBy } from './authored.js';
import { nextNumber } from './counters.js';
import { seedContacts } from './seed-contacts.js';
import { assignedEvent } from './device-assignments-rows.js';
import { newDeviceRow } from './device-row.js';
import { forgetFuture } from './on-call-clock.js';
import { seedSchedules } from './on-call-schedules.js';
import { insertAssignment } from './staff-assignments.js';
import { insertEncounter, isTaken } from './stays-admit.js';
import { relay } from './outbox.js';
import { seededAssignmentId } from './migrations/0019-assignments.js';
import { inForce, putInForce } from './rule-set-activation.js';
import type { Tables } from './schema.js';
import type { DeviceAssignmentRow } from './schema-stays.js';
import type { SealedSite } from './seed-sealed.js';
import type { Tx } from './sql.js';
import { keepSitePolicy } from './site-policy-row.js';
import { insertFirstVersion } from './sql-rule-set-versions.js';

export interface SeedTime {
  readonly nowMs: number;
  readonly wallMs: number;
  readonly rate: number;
}

/** What log events say of who made what the file describes. */
const SEED_AUTHOR = { by: null, source: 'site' } as const;

type SeedContext = Pick<SqlContext, 'notices' | 'origin' | 'policy' | 'channels' | 'demoChannels'>;

/**
 * Brings the store up to site.yaml in one transaction. Rows that exist are left as they are, whatever the file says of
 * them now: changes at run time are events. Event ids are made of ids only, so that seeding twice tells nothing twice.
 */
export async function seedSite(
  tx: Tx,
  context: SeedContext,
  site: Site,
  sealed: SealedSite,
  passwordHashes: ReadonlyMap<string, string>,
  at: SeedTime,
): Promise<void> {
  await seedPlaces(tx, site);
  // First, so that no partition sees an event of the site before the rules that judge it.
  await activateFirst(tx, context, site, at);
  await keepSitePolicy(tx, context, at.wallMs);
  await seedDevices(tx, context, site, at);
  await seedPatients(tx, context, site, sealed, at);
  await seedStaff(tx, context, site, passwordHashes, at);
  await seedContacts(tx, context, sealed);
  await seedAssignments(tx, context, site, at);
  await forgetFuture(tx, at.wallMs);
  await seedSchedules(tx, site, at.wallMs);
}

/** Inserts a row unless its key is there; true when it was new. */
async function insertNew<T extends keyof Tables & string>(tx: Tx, table: T, row: Insertable<Tables[T]>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto(table)
    .values(row as never)
    .onConflict((c) => c.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

async function seedPlaces(tx: Tx, site: Site): Promise<void> {
  for (const { careUnitId, label } of site.careUnits) {
    await insertNew(tx, 'care_unit', { care_unit_id: careUnitId, label, last_cursor: 0 });
  }
  for (const [place, bed] of site.beds.entries()) {
    await insertNew(tx, 'bed', { bed_id: bed.bedId, care_unit_id: bed.careUnitId, label: bed.label, place });
  }
  for (const { gatewayId } of site.gateways) await insertNew(tx, 'gateway', { gateway_id: gatewayId });
  for (const [name, { intervalsMs }] of Object.entries(site.profiles)) {
    await insertNew(tx, 'device_profile', { name, intervals_json: JSON.stringify(intervalsMs) });
  }
  for (const device of site.devices)
    await insertNew(tx, 'device', newDeviceRow(device, site.profiles[device.profile]?.intervalsMs));
}

/**
 * The rule set of the file is the first of a new site. From then on the store's is in force, whatever the file says: rules change
 * by two people (packages/domain, rule-set-life.ts). It is told again when the clock's rate is another than last time.
 */
async function activateFirst(tx: Tx, context: SeedContext, { ruleSet }: Site, at: SeedTime): Promise<void> {
  const { nowMs, rate } = at;
  const by = 'system:seed';
  const active = await inForce(tx);
  if (active === null) {
    const hash = contentHash(ruleSet);
    const isTold = await putInForce(tx, context, { hash, ruleSet, rate, nowMs, by });
    if (isTold) await insertFirstVersion(tx, { hash, name: ruleSet.name, wallMs: at.wallMs });
    return;
  }
  if (active.rate === rate) return;
  const { hash } = active;
  const row = await tx.db.selectFrom('rule_set').select('content_json').where('hash', '=', hash).executeTakeFirstOrThrow();
  await putInForce(tx, context, { hash, ruleSet: RuleSet.parse(JSON.parse(row.content_json)), rate, nowMs, by });
  const object = `rule-set:${hash.slice(0, 16)}`;
  const entry = { actor: by, action: 'rule-set.activate', object, outcome: 'allowed' } as const;
  await appendAudit(tx, auditEntry({ ...entry, detail: `again, at rate ${rate}` }), Math.round(at.wallMs));
}

async function seedDevices(tx: Tx, context: SeedContext, site: Site, at: SeedTime): Promise<void> {
  const fromMs = Math.round(at.nowMs);
  for (const { deviceId, bedId } of site.deviceAssignments) {
    // Once somebody has said where it is, or that it is nowhere, the file says nothing any more.
    const known = await tx.db
      .selectFrom('device_assignment')
      .select('bed_id')
      .where('device_id', '=', deviceId)
      .executeTakeFirst();
    if (known !== undefined || !(await isInUse(tx, bedId))) continue;
    const row = seededSpan(deviceId, bedId, fromMs, at);
    await tx.db.insertInto('device_assignment').values(row).execute();
    await nextNumber(tx, 'assignments');
    const profile = site.devices.find((d) => d.deviceId === deviceId)?.profile ?? '';
    await relay(tx, context.notices, {
      ...assignedEvent(row, site.profiles[profile]?.intervalsMs ?? {}),
      id: `seed/device/${deviceId}/${bedId}`,
      origin: context.origin,
      atMs: fromMs,
      ...authoredBy(SEED_AUTHOR, 'routine'),
    });
    tx.afterCommit(() => context.notices.directory.tell([bedId]));
  }
}

function seededSpan(deviceId: string, bedId: BedId, fromMs: number, { wallMs }: SeedTime): DeviceAssignmentRow {
  return {
    ...{ assignment_id: seededAssignmentId(deviceId, fromMs), device_id: deviceId, bed_id: bedId, from_ms: fromMs, to_ms: null },
    ...{ channels_json: null, source: 'site', set_by: null, reason: 'routine', note: null, rev: 1, voided_wall_ms: null },
    set_wall_ms: Math.round(wallMs),
  };
}

/** A bed of the file that was retired since is not brought back by it. */
async function isInUse(tx: Tx, bedId: string): Promise<boolean> {
  const bed = await tx.db.selectFrom('bed').select('retired_wall_ms').where('bed_id', '=', bedId).executeTakeFirst();
  return bed !== undefined && bed.retired_wall_ms === null;
}

/** A stay of the file is admitted once; not while somebody else has been admitted to the bed since. */
async function seedPatients(tx: Tx, context: SeedContext, site: Site, sealed: SealedSite, at: SeedTime): Promise<void> {
  for (const row of sealed.patients) await insertNew(tx, 'patient', row);
  for (const stay of site.encounters) {
    // Also one that was voided since.
    const known = await tx.db
      .selectFrom('encounter')
      .select('encounter_id')
      .where('encounter_id', '=', stay.encounterId)
      .executeTakeFirst();
    if (known !== undefined || (await isTaken(tx, stay)) || !(await isInUse(tx, stay.bedId))) continue;
    const birthDate = site.patients.find((patient) => patient.patientId === stay.patientId)?.birthDate;
    const ageGroup = birthDate === undefined ? undefined : ageGroupAt(birthDate, at.nowMs);
    const admission = { ...stay, atMs: at.nowMs, ageGroup };
    await insertEncounter(tx, context, admission, `seed/admit/${stay.encounterId}`, SEED_AUTHOR);
  }
}

/** Wall time from the first start within which the first sign-in of a real site has to happen. */
const FIRST_SIGN_IN_MS = 7 * 86_400_000;

/**
 * Staff, and an account for everybody who has a password hash; the others get theirs from an admin. At a real site the
 * password was shown to whoever set it up, so it is temporary.
 *
 * @throws PlatformError('invalid-request') when a role is not one of ours
 */
async function seedStaff(
  tx: Tx,
  { origin }: SeedContext,
  site: Site,
  passwordHashes: ReadonlyMap<string, string>,
  at: SeedTime,
): Promise<void> {
  const isReal = origin === 'live';
  for (const { staffId, name, roles, username } of site.staff) {
    if (!roles.every((role) => Role.safeParse(role).success)) {
      throw new PlatformError('invalid-request', { ids: [`staff:${staffId}`] });
    }
    await insertNew(tx, 'staff', { staff_id: staffId, name, roles_json: JSON.stringify(roles) });
    const known = await tx.db.selectFrom('account').select('staff_id').where('staff_id', '=', staffId).executeTakeFirst();
    if (known !== undefined) continue;
    const hash = passwordHashes.get(username);
    if (hash === undefined) continue;
    const temporary = isReal ? { password_temporary: 1, temporary_until_wall_ms: at.wallMs + FIRST_SIGN_IN_MS } : {};
    await tx.db
      .insertInto('account')
      .values({ username, staff_id: staffId, password_hash: hash, ...temporary })
      .execute();
  }
}

async function seedAssignments(tx: Tx, context: SeedContext, site: Site, at: SeedTime): Promise<void> {
  for (const wanted of site.staffAssignments) {
    const assignmentId = seedAssignmentId(wanted);
    const known = await tx.db
      .selectFrom('staff_assignment')
      .select('assignment_id')
      .where('assignment_id', '=', assignmentId)
      .executeTakeFirst();
    if (known !== undefined) continue;
    const fromMs = Math.round(at.wallMs) as StaffAssignment['fromMs'];
    const assignment: StaffAssignment = { ...wanted, assignmentId, fromMs, toMs: null };
    const told = { eventId: `seed/staff/${assignmentId}`, nowMs: at.nowMs };
    await insertAssignment(tx, context, assignment, told, SEED_AUTHOR);
  }
}

/** Id of a standing duty of the site's description; the same from the same. */
export function seedAssignmentId(wanted: { staffId: string; careUnitId: string; bedId: BedId | null; role: string }): string {
  const parts = [wanted.staffId, wanted.careUnitId, wanted.bedId, wanted.role];
  return `seed-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
}
