import { useLocation } from '@tanstack/react-router';
import { mayHold } from '../../model/screens-of.js';
import { AuditChain } from './audit-chain.js';
import { AuditSearch } from './audit-search.js';
import { HoldsPane } from './holds-pane.js';
import { useIdentity } from '../../shell/identity.js';
import { NavLink } from '../../shell/nav-link.js';

/** Who has seen what, whether the log of it is whole, and what must be kept of it. */
export function PrivacyScreen() {
  const path = useLocation({ select: ({ pathname }) => pathname });
  const { user } = useIdentity();
  const holds = mayHold(user?.roles ?? []);
  return (
    <>
      <nav className="sub-tabs" aria-label="Privacy">
        <NavLink to="/privacy">Who viewed</NavLink>
        {holds ? <NavLink to="/privacy/holds">Legal holds</NavLink> : null}
      </nav>
      {path === '/privacy/holds' && holds ? (
        <HoldsPane />
      ) : (
        <>
          <AuditChain />
          <AuditSearch />
        </>
      )}
    </>
  );
}
