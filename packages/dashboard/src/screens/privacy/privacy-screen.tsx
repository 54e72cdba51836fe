import { useLocation } from '@tanstack/react-router';
import { mayHold } from '../../model/screens-of.js';
import { useIdentity } from '../../shell/identity.js';
import { NavLink } from '../../shell/nav-link.js';
import { t } from '../../words/words.js';
import '../../styles/privacy.css';
import { AuditSearch } from './audit-search.js';
import { ChainPane } from './chain-pane.js';
import { HoldsPane } from './holds-pane.js';

/** Who has seen what, whether the log of it is whole, and what must be kept of it. */
export function PrivacyScreen() {
  const path = useLocation({ select: ({ pathname }) => pathname });
  const { user } = useIdentity();
  const holds = mayHold(user?.roles ?? []);
  return (
    <>
      <nav className="sub-tabs" aria-label={t('privacy:label')}>
        <NavLink to="/privacy">{t('privacy:whoViewed')}</NavLink>
        {holds ? <NavLink to="/privacy/holds">{t('privacy:legalHolds')}</NavLink> : null}
      </nav>
      {path === '/privacy/holds' && holds ? (
        <HoldsPane />
      ) : (
        <>
          <ChainPane />
          <AuditSearch />
        </>
      )}
    </>
  );
}
