import type { SiteFile } from '@vigil/contracts';
import type { SiteNow } from '../ports/site-store.js';
import { changed, type DiffLine, line, type PlacesAfter } from './diff-line.js';

export function careUnitLines(now: SiteNow, { careUnits }: SiteFile, after: PlacesAfter): readonly DiffLine[] {
  if (careUnits === undefined) return [];
  const known = new Map(now.careUnits.map((unit) => [unit.careUnitId, unit]));
  const wanted = careUnits.flatMap(({ careUnitId, label }): DiffLine[] => {
    const unit = known.get(careUnitId);
    const named = { part: 'careUnit', id: careUnitId } as const;
    if (unit === undefined || unit.retired) {
      const changes = changed({ label: [null, label] });
      const refused = unit === undefined ? null : 'was-retired';
      return [line({ ...named, do: 'add', changes }, refused, { do: 'addCareUnit', careUnitId, label })];
    }
    const changes = changed({ label: [unit.label, label] });
    if (changes.length === 0) return [];
    return [line({ ...named, do: 'change', changes }, null, { do: 'changeCareUnit', careUnitId, label })];
  });
  const inUse = new Set(after.beds.values());
  const gone = now.careUnits.filter(({ careUnitId, retired }) => !retired && !after.careUnits.has(careUnitId));
  const retired = gone.map(({ careUnitId }) =>
    line({ part: 'careUnit', id: careUnitId, do: 'retire' }, inUse.has(careUnitId) ? 'in-use' : null, {
      do: 'retireCareUnit',
      careUnitId,
    }),
  );
  return [...wanted, ...retired];
}

/** A bed with a patient or a device is renamed and moved as it is, and never retired. */
export function bedLines(now: SiteNow, { beds }: SiteFile, after: PlacesAfter): readonly DiffLine[] {
  if (beds === undefined) return [];
  const known = new Map(now.beds.map((bed) => [bed.bedId, bed]));
  const wanted = beds.flatMap((bed): DiffLine[] => {
    const was = known.get(bed.bedId);
    const named = { part: 'bed', id: bed.bedId } as const;
    const unit = after.careUnits.has(bed.careUnitId) ? null : 'unknown-care-unit';
    if (was === undefined || was.retired) {
      const changes = changed({ label: [null, bed.label], careUnitId: [null, bed.careUnitId] });
      return [line({ ...named, do: 'add', changes }, was === undefined ? unit : 'was-retired', { do: 'addBed', bed })];
    }
    const changes = changed({ label: [was.label, bed.label], careUnitId: [was.careUnitId, bed.careUnitId] });
    return changes.length === 0 ? [] : [line({ ...named, do: 'change', changes }, unit, { do: 'changeBed', bed })];
  });
  const gone = now.beds.filter(({ bedId, retired }) => !retired && !after.beds.has(bedId));
  const retired = gone.map(({ bedId, inUse }) =>
    line({ part: 'bed', id: bedId, do: 'retire' }, inUse ? 'in-use' : null, { do: 'retireBed', bedId }),
  );
  return [...wanted, ...retired];
}

export function aliasLines(now: SiteNow, { bedAliases }: SiteFile, after: PlacesAfter): readonly DiffLine[] {
  if (bedAliases === undefined) return [];
  const idOf = ({ system, value }: { readonly system: string; readonly value: string }): string =>
    JSON.stringify([system, value]);
  const known = new Map(now.aliases.map((alias) => [idOf(alias), alias]));
  const kept = new Set(bedAliases.map(idOf));
  const set = bedAliases.flatMap(({ system, value, bedId }): DiffLine[] => {
    const id = idOf({ system, value });
    const was = known.get(id)?.bedId ?? null;
    const changes = changed({ bedId: [was, bedId] });
    if (changes.length === 0) return [];
    const refused = after.beds.has(bedId) ? null : 'unknown-bed';
    const step = { do: 'setAlias', name: { system, value }, bedId } as const;
    return [line({ part: 'bedAlias', id, do: was === null ? 'add' : 'change', changes }, refused, step)];
  });
  const removed = now.aliases
    .filter((alias) => !kept.has(idOf(alias)))
    .map(({ system, value }) =>
      line({ part: 'bedAlias', id: idOf({ system, value }), do: 'retire' }, null, { do: 'removeAlias', name: { system, value } }),
    );
  return [...removed, ...set];
}

/** Standing assignments of the site's description. Shifts that people have made are none of the file's business. */
export function dutyLines(now: SiteNow, { staffAssignments }: SiteFile, after: PlacesAfter): readonly DiffLine[] {
  if (staffAssignments === undefined) return [];
  type Duty = (typeof staffAssignments)[number];
  const idOf = ({ staffId, careUnitId, bedId, role }: Duty): string => [staffId, bedId ?? careUnitId, role].join(' ');
  const known = new Map(now.duties.map((duty) => [idOf(duty), duty]));
  const kept = new Set(staffAssignments.map(idOf));
  const staff = new Set<string>(now.staffIds);
  const refusal = ({ staffId, careUnitId, bedId }: Duty) => {
    if (!staff.has(staffId)) return 'unknown-staff';
    if (!after.careUnits.has(careUnitId)) return 'unknown-care-unit';
    return bedId !== null && after.beds.get(bedId) !== careUnitId ? 'unknown-bed' : null;
  };
  const ended = now.duties
    .filter((duty) => !kept.has(idOf(duty)))
    .map((duty) =>
      line({ part: 'staffAssignment', id: idOf(duty), do: 'retire' }, null, { do: 'endDuty', assignmentId: duty.assignmentId }),
    );
  const added = staffAssignments
    .filter((duty) => !known.has(idOf(duty)))
    .map((duty) => line({ part: 'staffAssignment', id: idOf(duty), do: 'add' }, refusal(duty), { do: 'addDuty', duty }));
  return [...ended, ...added];
}
