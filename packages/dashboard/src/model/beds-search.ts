import { DENSITIES, type Density } from './grid-shape.js';

export const SORTS = ['fixed', 'attention', 'news'] as const;
export type BedSort = (typeof SORTS)[number];
export const SHOWS = ['all', 'mine', 'alarming'] as const;
export type BedShow = (typeof SHOWS)[number];

/** What the address of the beds says; left out what is usual. Nothing of a patient. */
export interface BedsSearch {
  readonly density?: Density | undefined;
  readonly sort?: BedSort | undefined;
  readonly show?: BedShow | undefined;
}

const oneOf = <T extends string>(values: readonly T[], value: unknown): T | undefined => values.find((each) => each === value);

/** As far as it can be believed: a link of another version opens the usual picture. */
export function bedsSearch(search: Readonly<Record<string, unknown>>): BedsSearch {
  const [density, sort, show] = [oneOf(DENSITIES, search['density']), oneOf(SORTS, search['sort']), oneOf(SHOWS, search['show'])];
  return {
    ...(density ? { density } : {}),
    ...(sort && sort !== 'fixed' ? { sort } : {}),
    ...(show && show !== 'all' ? { show } : {}),
  };
}
