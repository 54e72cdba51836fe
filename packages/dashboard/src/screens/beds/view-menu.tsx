import type { BedsSearch } from '../../model/beds-search.js';
import { later } from '../../parts/later.js';
import { t } from '../../words/words.js';

export interface ViewMenuProps {
  readonly search: BedsSearch;
  readonly onChange: (change: BedsSearch) => void;
  /** A station with nobody signed in has no beds of its own. */
  readonly mayBeMine: boolean;
}

export const isUsual = ({ sort = 'fixed', show = 'all', density }: BedsSearch): boolean =>
  sort === 'fixed' && show === 'all' && density === undefined;

/** Order, filter and density of the grid. */
export const ViewMenu = later<ViewMenuProps>(
  async () => (await import('./view-menu-items.js')).ViewMenu,
  ({ search, ask }) => (
    <button
      type="button"
      className="button view-button"
      data-usual={isUsual(search)}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={ask}
    >
      {t('beds:view')}
      <span aria-hidden="true">▾</span>
    </button>
  ),
);
