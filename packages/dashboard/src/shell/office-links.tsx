import { screensOf } from '../model/screens-of.js';
import { useTabCounts } from '../parts/use-tab-counts.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';
import { NavLink } from './nav-link.js';
import { SCREENS, titleOf } from './screen-list.js';

/** The screens of the roles of whoever is signed in. */
export function OfficeLinks() {
  const { user } = useIdentity();
  const screens = screensOf(user?.roles ?? []);
  const counts = useTabCounts(screens);
  return SCREENS.filter(({ screen }) => screens.has(screen)).map(({ screen, to }) => (
    <NavLink key={to} to={to} below>
      {counts.get(screen)
        ? t('shell:tabCount', { title: titleOf(screen) ?? '', count: counts.get(screen) ?? 0 })
        : titleOf(screen)}
    </NavLink>
  ));
}
