import type { CareUnitId, Session } from '@vigil/contracts';
import { useCallback, useEffect, useState } from 'react';
import { currentSession, signOut } from '../live/api.js';
import { startFlashClock } from '../live/flash.js';
import { Station } from '../live/station.js';
import { StationProvider } from './hooks.js';
import { Shell } from './shell.js';
import { SignIn } from './sign-in.js';

type Who =
  | { readonly kind: 'asking' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'nobody'; readonly notice: string }
  | { readonly kind: 'user'; readonly session: Session };

const NOT_TOLD = 'The server could not be told that you signed out. Close the browser, and tell the technical service.';
const ENDED = 'Your session has ended. Sign in to go on.';

export function App() {
  const [who, setWho] = useState<Who>({ kind: 'asking' });
  const ask = useCallback((notice: string) => {
    currentSession().then(
      (session) => setWho(session ? { kind: 'user', session } : { kind: 'nobody', notice }),
      () => setWho((now) => (now.kind === 'user' ? now : { kind: 'unreachable' })),
    );
  }, []);
  useEffect(() => ask(''), [ask]);
  useEffect(() => startFlashClock(document.documentElement), []);

  if (who.kind === 'asking') return <p className="page-note">Starting…</p>;
  if (who.kind === 'unreachable') return <Unreachable retry={() => ask('')} />;
  if (who.kind === 'nobody') return <SignIn notice={who.notice} onSignedIn={(session) => setWho({ kind: 'user', session })} />;
  const leave = (): void => void signOut().then((told) => setWho({ kind: 'nobody', notice: told ? '' : NOT_TOLD }));
  return <SignedIn session={who.session} onSessionLost={() => ask(ENDED)} onSignOut={leave} />;
}

function Unreachable({ retry }: { retry: () => void }) {
  return (
    <main className="page-note" role="alert">
      <h1>Vigil cannot be reached</h1>
      <p>Watch the bedside monitors. They stay the primary alarm.</p>
      <button type="button" className="button primary" onClick={retry}>
        Try again
      </button>
    </main>
  );
}

interface SignedInProps {
  readonly session: Session;
  readonly onSessionLost: () => void;
  readonly onSignOut: () => void;
}

function SignedIn({ session, onSessionLost, onSignOut }: SignedInProps) {
  const { user } = session;
  const [careUnitId, choose] = useState<CareUnitId | undefined>(user.careUnitIds[0]);
  const station = useStationOf(careUnitId, onSessionLost);
  if (!careUnitId) {
    return (
      <main className="page-note">
        <h1>No care unit</h1>
        <p>{user.name} is not assigned to any care unit. Ask the charge nurse or an administrator.</p>
        <button type="button" className="button" onClick={onSignOut}>
          Sign out
        </button>
      </main>
    );
  }
  if (!station) return <p className="page-note">Starting…</p>;
  return (
    <StationProvider value={station}>
      <Shell key={careUnitId} user={user} onChooseUnit={choose} onSignOut={onSignOut} />
    </StationProvider>
  );
}

/** One station per care unit, started and stopped with the screen. */
function useStationOf(careUnitId: CareUnitId | undefined, onSessionLost: () => void): Station | null {
  const [station, setStation] = useState<Station | null>(null);
  useEffect(() => {
    if (!careUnitId) return undefined;
    const next = new Station(careUnitId, onSessionLost);
    next.start();
    setStation(next);
    return () => {
      next.stop();
      setStation(null);
    };
    // The callback only asks for the session again; another function of the same meaning needs no new station.
  }, [careUnitId]);
  return station;
}
