import type { CareUnitId, StaffId } from '@vigil/contracts';
import type { Reachability } from '../../ports/contacts.js';
import { DUTY_AHEAD_MS, DUTY_TESTS_MAX, DutyChecks, type DutyRound, type DutyTest } from '../../ports/duty-checks.js';
import { type ContactMethodRow, FRESH_MS, isUsable, reachable } from './contact-rows.js';
import type { SqlContext } from './context.js';
import { dutiesIn, type Duty } from './duties.js';
import { tellOnCallTrouble } from './on-call-trouble.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

/** A duty as it was found; `told`: the care unit has a trouble because of it. */
export interface DutyCheckRow {
  duty_id: string;
  staff_id: string;
  care_unit_id: string;
  from_ms: number;
  to_ms: number | null;
  /** When its ways were tried; null while that is to be done. */
  tested_wall_ms: number | null;
  result: Reachability;
  told: number;
  checked_wall_ms: number;
}

/** A round writes that a duty is as it was no more often than this. */
const NOTED_EVERY_MS = 3_600_000;
/** A duty that is over is forgotten after this, so that a clock that is put right finds it again. */
const KEPT_MS = 48 * 3_600_000;
/** A browser that took a message within this is not asked again. */
const PUSH_FRESH_MS = 12 * 3_600_000;

/** Whether those who have a duty can be reached, in SQL. One round at a time is enough; two do no harm. */
export class SqlDutyChecks extends DutyChecks {
  constructor(private readonly context: SqlContext) {
    super();
  }

  async look(wallMs: number): Promise<DutyRound> {
    const now = Math.round(wallMs);
    const { people, ways } = await this.context.sql.transaction(async (tx) => {
      const duties = await dutiesIn(tx.db, now, now + DUTY_AHEAD_MS);
      const staffIds = [...new Set(duties.map(({ staffId }) => staffId))];
      const reach = await reachable(tx.db, staffIds, this.context.origin, now);
      const known = new Map((await tx.db.selectFrom('duty_check').selectAll().execute()).map((row) => [row.duty_id, row]));
      await this.tellTroubles(tx, duties, reach, [...known.values()], now);
      const toTest = await noted(tx, duties, reach, known, now);
      await forget(tx, new Set(duties.map(({ dutyId }) => dutyId)), now);
      return { people: countOf(reach), ways: await this.waysToTry(tx, toTest, now) };
    });
    return { people, tests: await this.opened(ways) };
  }

  /** One trouble for each person and care unit, however many duties they have there. */
  private async tellTroubles(
    tx: Tx,
    duties: readonly Duty[],
    reach: ReadonlyMap<string, Reachability>,
    known: readonly DutyCheckRow[],
    wallMs: number,
  ): Promise<void> {
    const wanted = new Map<string, Duty>();
    for (const duty of duties) {
      const isUnreachable = reach.get(duty.staffId) === 'unreachable' && duty.fromMs <= wallMs;
      if (isUnreachable) wanted.set(`${duty.careUnitId}/${duty.staffId}`, duty);
    }
    const tell = (careUnitId: string, staffId: string, active: boolean) =>
      tellOnCallTrouble(tx, this.context, {
        ...{ careUnitId: careUnitId as CareUnitId, trouble: 'unreachable', subject: `staff:${staffId}`, active },
      });
    for (const { careUnitId, staffId } of wanted.values()) await tell(careUnitId, staffId, true);
    for (const row of known) {
      if (row.told === 1 && !wanted.has(`${row.care_unit_id}/${row.staff_id}`)) await tell(row.care_unit_id, row.staff_id, false);
    }
  }

  /** What a test would tell something new of; voice never, because it wakes people for nothing. */
  private async waysToTry(tx: Tx, staffIds: readonly string[], wallMs: number): Promise<(ContactMethodRow & { name: string })[]> {
    if (staffIds.length === 0) return [];
    const rows = await tx.db
      .selectFrom('contact_method as c')
      .innerJoin('staff as s', 's.staff_id', 'c.staff_id')
      .selectAll('c')
      .select('s.name')
      .where('c.staff_id', 'in', staffIds)
      .orderBy('c.contact_id')
      .execute();
    const isLive = this.context.origin === 'live';
    return rows.filter((row) => isUsable(row) && (isLive || row.demo === 1) && isStale(row, wallMs));
  }

  private async opened(rows: readonly (ContactMethodRow & { readonly name: string })[]): Promise<readonly DutyTest[]> {
    const opened = await this.context.fields.openRows(SEALED.contactMethod, rows);
    return opened.flatMap(({ row }) => {
      if (row === null) return [];
      const { contact_id: contactId, staff_id, name: staffName, channel, address } = row;
      return [{ contactId, staffId: staff_id as StaffId, staffName, channel, address }];
    });
  }
}

function isStale(row: ContactMethodRow, wallMs: number): boolean {
  if (row.channel === 'voice' || row.channel === 'canary') return false;
  const lastMs = Math.max(row.verified_wall_ms ?? 0, row.outcome === 'ok' ? (row.outcome_wall_ms ?? 0) : 0);
  return lastMs <= wallMs - (row.channel === 'webPush' ? PUSH_FRESH_MS : FRESH_MS);
}

/**
 * Keeps what was found.
 * @returns whose ways are to be tried: once for each duty that was known before it began. One that runs already is shown by its pages.
 */
async function noted(
  { db }: Tx,
  duties: readonly Duty[],
  reach: ReadonlyMap<string, Reachability>,
  known: ReadonlyMap<string, DutyCheckRow>,
  wallMs: number,
): Promise<readonly string[]> {
  const toTest = new Set<string>();
  for (const duty of duties) {
    const row = known.get(duty.dutyId);
    const result = reach.get(duty.staffId)!;
    const told = result === 'unreachable' && duty.fromMs <= wallMs ? 1 : 0;
    const isTestDue = (row === undefined || row.tested_wall_ms === null) && duty.fromMs > wallMs;
    const isTested = isTestDue && (toTest.has(duty.staffId) || toTest.size < DUTY_TESTS_MAX);
    if (isTested) toTest.add(duty.staffId);
    // Noted before it is sent: a crash in between costs a test, and nobody is written to twice.
    const tested_wall_ms = isTestDue && !isTested ? null : (row?.tested_wall_ms ?? wallMs);
    if (row === undefined) {
      const { dutyId: duty_id, staffId: staff_id, careUnitId: care_unit_id, fromMs: from_ms, toMs: to_ms } = duty;
      const fresh = { duty_id, staff_id, care_unit_id, from_ms, to_ms, result, told };
      await db
        .insertInto('duty_check')
        .values({ ...fresh, tested_wall_ms, checked_wall_ms: wallMs })
        .execute();
      continue;
    }
    const isSame =
      row.result === result &&
      row.told === told &&
      row.tested_wall_ms === tested_wall_ms &&
      Math.abs(wallMs - row.checked_wall_ms) < NOTED_EVERY_MS;
    if (isSame) continue;
    const set = { result, told, tested_wall_ms, checked_wall_ms: wallMs };
    await db.updateTable('duty_check').set(set).where('duty_id', '=', duty.dutyId).execute();
  }
  return [...toTest];
}

async function forget({ db }: Tx, current: ReadonlySet<string>, wallMs: number): Promise<void> {
  const told = await db.selectFrom('duty_check').select('duty_id').where('told', '=', 1).execute();
  for (const { duty_id: dutyId } of told) {
    if (!current.has(dutyId)) await db.updateTable('duty_check').set({ told: 0 }).where('duty_id', '=', dutyId).execute();
  }
  await db
    .deleteFrom('duty_check')
    .where('checked_wall_ms', '<', wallMs - KEPT_MS)
    .execute();
}

function countOf(reach: ReadonlyMap<string, Reachability>): Record<Reachability, number> {
  const counts: Record<Reachability, number> = { reachable: 0, doubtful: 0, unreachable: 0 };
  for (const each of reach.values()) counts[each] += 1;
  return counts;
}
