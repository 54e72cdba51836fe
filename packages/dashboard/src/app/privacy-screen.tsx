import { mayHold } from '../model/screens-of.js';
import { AuditChain } from './audit-chain.js';
import { AuditSearch } from './audit-search.js';
import { HoldsPane } from './holds-pane.js';
import { useIdentity } from './identity.js';
import { NavLink } from './nav-link.js';

/** Who has seen what, whether the log of it is whole, and what must be kept of it. */
export function PrivacyScreen({ path, go }: { path: string; go: (path: string) => void }) {
  const { user } = useIdentity();
  const holds = mayHold(user?.roles ?? []);
  return (
    <>
      <nav className="sub-tabs" aria-label="Privacy">
        <NavLink to="/privacy" current={path === '/privacy'} go={go}>
          Who viewed
        </NavLink>
        {holds ? (
          <NavLink to="/privacy/holds" current={path === '/privacy/holds'} go={go}>
            Legal holds
          </NavLink>
        ) : null}
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
