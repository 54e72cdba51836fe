import type { SiteChange, SiteRefusal } from '@vigil/contracts';
import type { SiteStep } from '../ports/site-store.js';

/** One line of the diff, and what has to be done for it; nothing where it is refused. */
export interface DiffLine {
  readonly change: SiteChange;
  readonly steps: readonly SiteStep[];
}

/** Care units and beds as they would be in use afterwards. */
export interface PlacesAfter {
  readonly careUnits: ReadonlySet<string>;
  /** The care unit of each bed. */
  readonly beds: ReadonlyMap<string, string>;
}

type Named = Pick<SiteChange, 'part' | 'id' | 'do'> & { readonly changes?: SiteChange['changes'] };

/** A line that is done by these steps, unless there is a reason against it. */
export function line(named: Named, refused: SiteRefusal | null, ...steps: readonly SiteStep[]): DiffLine {
  return { change: { changes: [], ...named, refused }, steps: refused === null ? steps : [] };
}

/** What becomes another; what stays is left out. */
export function changed(fields: Readonly<Record<string, readonly [string | null, string | null]>>): SiteChange['changes'] {
  return Object.entries(fields).flatMap(([field, [from, to]]) => (from === to ? [] : [{ field, from, to }]));
}
