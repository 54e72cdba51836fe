import type { AuditFlag, AuditRow } from '@vigil/contracts';
import { DISCHARGED_COUNTS_MS } from '@vigil/domain';
import type { PastDuty, PastRelations } from '../ports/care-relations.js';

/** Records that one person opens within BULK_IN_MS, one at a time, from which on that is many. */
export const BULK_PATIENTS = 20;
export const BULK_IN_MS = 3_600_000;
/** A page is a reason to look from then on for so long. Source: as an acceptance counts (treating.ts). */
const PAGE_COUNTS_MS = 24 * 3_600_000;

/** What reads show of a record; asking the trail itself, or a hold, shows nothing of it. */
const VIEW = /^(bed|history|alarm|patient|encounter|encounter\.limits|encounter\.scores|limits-off|task)\.(read|search)$/;
const PERSON = /^(?!system:|station:|anonymous$|unreadable$|none$)/;

export const isPerson = (actor: string): boolean => PERSON.test(actor);
export const isView = ({ action, outcome }: Pick<AuditRow, 'action' | 'outcome'>): boolean =>
  outcome === 'allowed' && VIEW.test(action);

/** What is known of the patient and of the people who were shown the record. */
export interface FlagFacts {
  readonly relations: PastRelations;
  /** By staff id. */
  readonly duties: ReadonlyMap<string, readonly PastDuty[]>;
  /** Staff with the patient's family name. */
  readonly sameSurname: ReadonlySet<string>;
  /** Wall times at which a person had opened many records, by staff id. */
  readonly bulk: ReadonlyMap<string, readonly number[]>;
}

/**
 * Why one look is worth a second one. A relation is a duty in a care unit where the patient lay then, or up to a day
 * after, or a page for an alarm of theirs; a shared screen of the care unit is nobody's look.
 */
export function flagsOf(row: AuditRow, { relations, duties, sameSurname, bulk }: FlagFacts): readonly AuditFlag[] {
  const { actor, atMs } = row;
  if (!isView(row) || !isPerson(actor)) return [];
  const own = duties.get(actor) ?? [];
  const running = own.filter((duty) => duty.fromMs <= atMs && (duty.toMs === null || atMs < duty.toMs + DISCHARGED_COUNTS_MS));
  const isOnDuty = own.some((duty) => duty.fromMs <= atMs && (duty.toMs === null || atMs < duty.toMs));
  const lay = relations.stays.filter(
    ({ fromMs, toMs }) => fromMs <= atMs && (toMs === null || atMs < toMs + DISCHARGED_COUNTS_MS),
  );
  const isPaged = relations.pages.some(
    (page) => page.staffId === actor && page.atMs <= atMs && atMs - page.atMs < PAGE_COUNTS_MS,
  );
  const isRelated = isPaged || running.some((duty) => lay.some((stay) => stay.careUnitId === duty.careUnitId));
  const isBulk = (bulk.get(actor) ?? []).some((at) => Math.abs(at - atMs) <= BULK_IN_MS);
  const flags: readonly (readonly [AuditFlag, boolean])[] = [
    ['breakGlass', row.grantId !== null],
    ['noRelation', row.grantId === null && !isRelated],
    ['offDuty', !isOnDuty && !isPaged],
    ['sameSurname', sameSurname.has(actor)],
    ['bulk', isBulk],
  ];
  return flags.flatMap(([flag, holds]) => (holds ? [flag] : []));
}

/** Ends of hours in which one person opened many records one at a time. @param rows of that person, oldest first */
export function bulkTimes(rows: readonly AuditRow[]): readonly number[] {
  const opened = rows.filter((row) => isView(row) && row.patientIds.length === 1);
  const times: number[] = [];
  let first = 0;
  const open = new Map<string, number>();
  for (const row of opened) {
    const id = row.patientIds[0]!;
    open.set(id, (open.get(id) ?? 0) + 1);
    for (; opened[first]!.atMs < row.atMs - BULK_IN_MS; first++) {
      const gone = opened[first]!.patientIds[0]!;
      const left = open.get(gone)! - 1;
      if (left === 0) open.delete(gone);
      else open.set(gone, left);
    }
    if (open.size >= BULK_PATIENTS) times.push(row.atMs);
  }
  return times;
}

/** `Ng` of `Ben Ng` and of `NG`; null for a name of one word, which says nothing of a family. */
export function surnameOf(name: string): string | null {
  const words = name.normalize('NFKC').trim().split(/\s+/u);
  return words.length < 2 ? null : words.at(-1)!.toLocaleLowerCase('en');
}
