import type { BedsSearch } from '../../model/beds-search.js';

export interface ViewMenuProps {
  readonly search: BedsSearch;
  readonly onChange: (change: BedsSearch) => void;
  /** A station with nobody signed in has no beds of its own. */
  readonly mayBeMine: boolean;
}

/** Every bed at its place, as large as fits. */
export const isUsual = ({ sort = 'fixed', show = 'all', density }: BedsSearch): boolean =>
  sort === 'fixed' && show === 'all' && density === undefined;
