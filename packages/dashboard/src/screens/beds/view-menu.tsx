import { later } from '../../parts/later.js';
import { t } from '../../words/words.js';
import { isUsual, type ViewMenuProps } from './view-choice.js';

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
