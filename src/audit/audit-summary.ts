import { Injectable } from '@nestjs/common';
import {
  AuditFlag,
  type AuditPersonCount,
  type AuditRow,
  type AuditSummary,
  type PatientId,
  type StaffId,
} from '@vigil/contracts';
import { type AuditSearch, AuditTrail } from '../ports/audit-trail.js';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { BULK_IN_MS, bulkTimes, type FlagFacts, flagsOf, isPerson, isView, surnameOf } from './audit-flags.js';

/** Entries that one answer counts; who has more asks for a shorter time. */
export const COUNTED_MAX = 10_000;
const READ = 500;
/** Persons of whom it is worked out whether they opened many records, and entries that are read for each. */
const BULK_PERSONS_MAX = 50;
const BULK_ROWS_MAX = 2_000;
const PERSONS_MAX = 500;

type Filter = Omit<AuditSearch, 'limit' | 'cursor'>;

/** Counts what a search of the trail finds, and says what of it is worth a second look. */
@Injectable()
export class AuditSummaries {
  constructor(
    private readonly trail: AuditTrail,
    private readonly relations: CareRelations,
    private readonly directory: Directory,
  ) {}

  /** @throws PlatformError 'store-unavailable' */
  async of(filter: Filter): Promise<AuditSummary> {
    const { rows, cut } = await this.rowsOf(filter, COUNTED_MAX);
    const staff = new Map((await this.directory.staff()).map(({ staffId, name }) => [staffId as string, name]));
    const facts = filter.patientId === undefined ? null : await this.factsOf(filter.patientId, rows, staff);
    const flagged = facts === null ? [] : rows.map((row) => ({ row, flags: flagsOf(row, facts) }));
    const flags = flagged.filter((each) => each.flags.length > 0);
    return {
      entries: rows.length,
      views: rows.filter(isView).length,
      people: new Set(rows.filter((row) => isView(row) && isPerson(row.actor)).map(({ actor }) => actor)).size,
      refused: rows.filter(({ outcome }) => outcome === 'refused').length,
      failed: rows.filter(({ outcome }) => outcome === 'failed').length,
      flagged: countsOf(facts === null ? null : flags, rows),
      byPerson: personsOf(rows, staff, flags).slice(0, PERSONS_MAX),
      flags: flags.map(({ row, flags: own }) => ({ seq: row.seq, flags: [...own] })),
      cut,
    };
  }

  private async rowsOf(filter: Filter, max: number): Promise<{ readonly rows: readonly AuditRow[]; readonly cut: boolean }> {
    const rows: AuditRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.trail.list({ ...filter, limit: Math.min(READ, max - rows.length), cursor });
      rows.push(...page.items);
      cursor = page.next ?? undefined;
      // Reading and opening entries takes its time, and alarms come in between.
      await new Promise((resolve) => setImmediate(resolve));
    } while (cursor !== undefined && rows.length < max);
    return { rows, cut: cursor !== undefined };
  }

  private async factsOf(patientId: PatientId, rows: readonly AuditRow[], staff: ReadonlyMap<string, string>): Promise<FlagFacts> {
    const viewers = [...new Set(rows.filter((row) => isView(row) && isPerson(row.actor)).map(({ actor }) => actor))];
    const [toMs, fromMs] = [rows[0]?.atMs ?? 0, rows.at(-1)?.atMs ?? 0];
    const relations = await this.relations.past(patientId);
    const duties = await this.relations.pastDuties(viewers as StaffId[], fromMs - 2 * 86_400_000, toMs + 1);
    const surname = await this.surnameOf(patientId);
    const sameSurname = viewers.filter((actor) => surname !== null && surnameOf(staff.get(actor) ?? '') === surname);
    const bulk = new Map<string, readonly number[]>();
    for (const actor of viewers.slice(0, BULK_PERSONS_MAX)) {
      const own = await this.rowsOf({ actor, fromMs: fromMs - BULK_IN_MS, toMs: toMs + BULK_IN_MS }, BULK_ROWS_MAX);
      bulk.set(actor, bulkTimes(own.rows.toReversed()));
    }
    return { relations, duties: Map.groupBy(duties, ({ staffId }) => staffId), sameSurname: new Set(sameSurname), bulk };
  }

  /** Null for whoever was erased, or while the keys are away: the rest is told all the same. */
  private async surnameOf(patientId: PatientId): Promise<string | null> {
    const patient = await this.directory.patient(patientId).catch(() => null);
    return patient === null ? null : patient.familyName.normalize('NFKC').trim().toLocaleLowerCase('en');
  }
}

/** Emergency access is in the entry itself; the others need to know whose record it was. */
function countsOf(
  flagged: readonly { readonly flags: readonly AuditFlag[] }[] | null,
  rows: readonly AuditRow[],
): AuditSummary['flagged'] {
  const emergencies = rows.filter((row) => isView(row) && row.grantId !== null).length;
  const entries = AuditFlag.options.map((flag) => {
    if (flag === 'breakGlass') return [flag, emergencies] as const;
    return [flag, flagged === null ? null : flagged.filter(({ flags }) => flags.includes(flag)).length] as const;
  });
  return Object.fromEntries(entries) as AuditSummary['flagged'];
}

function personsOf(
  rows: readonly AuditRow[],
  staff: ReadonlyMap<string, string>,
  flagged: readonly { readonly row: AuditRow; readonly flags: readonly AuditFlag[] }[],
): readonly AuditPersonCount[] {
  const flagsBy = Map.groupBy(flagged, ({ row }) => row.actor);
  const persons = [...Map.groupBy(rows, ({ actor }) => actor)].map(([actor, own]) => {
    const count = (is: (row: AuditRow) => boolean): number => own.filter(is).length;
    const views = count(isView);
    const allowed = count(({ outcome }) => outcome === 'allowed');
    return {
      ...{ actor, name: staff.get(actor) ?? null, roles: [...new Set(own.flatMap(({ roles }) => roles))] },
      ...{ views, others: allowed - views },
      refused: count(({ outcome }) => outcome === 'refused'),
      failed: count(({ outcome }) => outcome === 'failed'),
      firstMs: own.at(-1)!.atMs,
      lastMs: own[0]!.atMs,
      flags: [...new Set((flagsBy.get(actor) ?? []).flatMap(({ flags }) => flags))],
    };
  });
  return persons.sort((a, b) => b.flags.length - a.flags.length || b.views - a.views || (a.actor < b.actor ? -1 : 1));
}
