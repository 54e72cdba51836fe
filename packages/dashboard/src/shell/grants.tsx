import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { endGrant, type Grant, myGrants } from '../live/care-api.js';
import { rightsTo } from '../model/rights-to.js';
import { screensOf } from '../model/screens-of.js';
import { useIdentity } from './identity.js';

/** A grant that was ended elsewhere leaves the banner after this much wall time. */
const ASK_EVERY_MS = 60_000;

interface Grants {
  readonly open: readonly Grant[];
  /** Takes in a grant that was just opened. */
  readonly add: (grant: Grant) => void;
  /** Answers whether the server has ended it. */
  readonly end: (grant: Grant) => Promise<boolean>;
}

const GrantsContext = createContext<Grants>({ open: [], add: () => undefined, end: () => Promise.resolve(false) });
export const useGrants = (): Grants => useContext(GrantsContext);

/** Changes with each grant to this bed or patient that comes or goes, and with no other: what somebody types there stays. */
export const useRightsTo = (whom: { readonly bedId: string; readonly patientId: string | null }): string =>
  rightsTo(useGrants().open, whom);

/** The person's open emergency accesses, kept as long as the person is signed in. */
export function GrantsProvider({ children }: { children: ReactNode }) {
  const { user } = useIdentity();
  const [open, setOpen] = useState<readonly Grant[]>([]);
  const staffId = user?.staffId;
  const isClinical = user !== null && screensOf(user.roles).has('patients');
  useEffect(() => {
    setOpen([]);
    if (!staffId || !isClinical) return undefined;
    const ask = (): void => void myGrants(true).then((answer) => answer.ok && setOpen(answer.value.items));
    ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [staffId, isClinical]);
  const add = useCallback(
    (grant: Grant) => setOpen((now) => [grant, ...now.filter((other) => other.grantId !== grant.grantId)]),
    [],
  );
  const end = useCallback(async (grant: Grant) => {
    const answer = await endGrant(grant.grantId);
    const over = answer.ok || answer.trouble.code === 'not-found' || answer.trouble.code === 'conflict';
    if (over) setOpen((now) => now.filter((other) => other.grantId !== grant.grantId));
    return over;
  }, []);
  const value = useMemo(() => ({ open, add, end }), [open, add, end]);
  return <GrantsContext value={value}>{children}</GrantsContext>;
}
