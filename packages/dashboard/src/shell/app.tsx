import type { CareUnitId, Session, Station as Place } from '@vigil/contracts';
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { signOut } from '../live/api.js';
import { startFlashClock } from '../live/flash.js';
import { askSession, stationHere } from '../live/identity-api.js';
import { Station } from '../live/station.js';
import { noticeAfter } from '../model/sign-in-notice.js';
import { GrantsProvider } from './grants.js';
import { StationProvider } from '../parts/hooks.js';
import { outdated } from '../parts/asked.js';
import { type Identity, IdentityProvider } from './identity.js';
import { Shell } from './shell.js';
import { SignIn, SignInDialog, SoundOfStart, StationEnrolment } from './later-parts.js';
import { OfficeShell } from './office-later.js';
import { t } from '../words/words.js';
import { useIdle } from './use-idle.js';

/** Who is at this screen, and which station it is; each may be there without the other. */
interface Known {
  readonly session: Session | null;
  readonly place: Place | null;
  readonly notice: string;
}
type Who = { readonly kind: 'asking' } | { readonly kind: 'unreachable' } | ({ readonly kind: 'known' } & Known);

/** The station's cookie is made anew by the server once a day, when the page asks. */
const STATION_ASK_MS = 3_600_000;

/** A wall screen that is on before the server is has nobody who presses "Try again". */
const REACH_AGAIN_MS = 5_000;

/** Nobody is signed in, or this screen is no station. Every other refusal is trouble on the way. */
const CLEAR_NO: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'not-found']);

export function App() {
  const [who, setWho] = useState<Who>({ kind: 'asking' });
  const [sinceMs] = useState(() => performance.now());
  const ask = useCallback(async () => {
    const [session, place] = await Promise.all([askSession(true), stationHere()]);
    // Only a clear no says that nobody is here: too many requests or keys that are away must not take a picture away.
    const isAway = [session, place].some((answer) => !answer.ok && !CLEAR_NO.has(answer.trouble.code));
    if (isAway) return setWho((now) => (now.kind === 'known' ? now : { kind: 'unreachable' }));
    setWho((now) => {
      const next = { session: session.ok ? session.value : null, place: place.ok ? place.value : null };
      const before = now.kind === 'known' ? { isSignedIn: now.session !== null, notice: now.notice } : null;
      return { kind: 'known', ...next, notice: noticeAfter(before, next.session !== null) };
    });
  }, []);
  useEffect(() => void ask(), [ask]);
  const isAway = who.kind === 'unreachable';
  useEffect(() => {
    if (!isAway) return undefined;
    const timer = setInterval(() => void ask(), REACH_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isAway, ask]);
  useEffect(() => startFlashClock(document.documentElement), []);
  useEffect(() => {
    const timer = setInterval(() => void ask(), STATION_ASK_MS);
    return () => clearInterval(timer);
  }, [ask]);

  if (who.kind === 'asking') return <Starting />;
  if (who.kind === 'unreachable') return <Unreachable sinceMs={sinceMs} retry={() => void ask()} />;
  return <AtScreen who={who} setKnown={(next) => setWho({ ...who, ...next })} ask={ask} />;
}

function Starting() {
  return (
    <main className="page-note">
      <h1>{t('shell:starting')}</h1>
    </main>
  );
}

function Unreachable({ sinceMs, retry }: { sinceMs: number; retry: () => void }) {
  return (
    <main className="page-note">
      <div role="alert">
        <h1>{t('shell:unreachable')}</h1>
        <p>{t('shell:unreachableWhat')}</p>
      </div>
      <button type="button" className="button primary" onClick={retry}>
        {t('common:tryAgain')}
      </button>{' '}
      <SoundOfStart sinceMs={sinceMs} />
    </main>
  );
}

interface AtScreenProps {
  readonly who: Known;
  readonly setKnown: (next: Partial<Known>) => void;
  readonly ask: () => Promise<void>;
}

function AtScreen({ who, setKnown, ask }: AtScreenProps) {
  const { session, place, notice } = who;
  const path = useLocation({ select: ({ pathname }) => pathname });
  const navigate = useNavigate();
  const [signingIn, setSigningIn] = useState(false);
  const lost = useCallback(() => void ask(), [ask]);
  const { leftS, stay, serverNowMs } = useIdle(session, lost);
  const staffId = session?.user.staffId ?? null;
  /* What one person has asked for is not the next one's. */
  useEffect(() => () => outdated(null), [staffId]);
  const leave = (): Promise<void> =>
    signOut().then((told) => setKnown({ session: null, notice: told ? '' : t('shell:notSignedOut') }));
  const identity: Identity = {
    user: session?.user ?? null,
    place,
    idleLeftS: leftS,
    stay,
    serverNowMs,
    renewed: (next) => setKnown({ session: next, notice: '' }),
    signIn: () => setSigningIn(true),
    signOut: () => void leave(),
    switchPerson: () => void leave().then(() => setSigningIn(true)),
    checked: (answer) => {
      if (!answer.ok && answer.trouble.code === 'unauthenticated') lost();
      return answer;
    },
  };
  const signedIn = (next: Session): void => {
    setSigningIn(false);
    setKnown({ session: next, notice: '' });
  };
  if (path === '/station') {
    const back = (): void => void navigate({ to: '/' });
    const enrolled = (): void => {
      back();
      void ask();
    };
    return <StationEnrolment place={place} onEnrolled={enrolled} onBack={back} />;
  }
  if (!session && !place) return <SignIn notice={notice} onSignedIn={signedIn} />;
  return (
    <IdentityProvider value={identity}>
      <GrantsProvider>
        <Surveillance user={session?.user ?? null} place={place} onSessionLost={lost} />
        <SignInDialog
          open={signingIn && path !== '/station'}
          notice={notice}
          onSignedIn={signedIn}
          onClose={() => setSigningIn(false)}
        />
      </GrantsProvider>
    </IdentityProvider>
  );
}

interface SurveillanceProps {
  readonly user: Session['user'] | null;
  readonly place: Place | null;
  readonly onSessionLost: () => void;
}

/** The live view of one care unit: the station's, whoever is signed in on it, or else the person's. */
function Surveillance({ user, place, onSessionLost }: SurveillanceProps) {
  const { unit: chosen } = useSearch({ from: '__root__' });
  const navigate = useNavigate();
  const choose = (unit: CareUnitId): void => void navigate({ to: '.', search: { unit } });
  const careUnitIds = useMemo(() => (place ? [place.careUnitId] : (user?.careUnitIds ?? [])), [place, user]);
  const careUnitId = careUnitIds.find((id) => id === chosen) ?? careUnitIds[0];
  const station = useStationOf(careUnitId, place?.stationId ?? null, onSessionLost);
  const viewOnly = user === null;
  useEffect(() => station?.commands.viewOnly.set(viewOnly), [station, viewOnly]);
  if (!careUnitId) return <OfficeShell />;
  if (!station) return <Starting />;
  return (
    <StationProvider value={station}>
      <Shell key={careUnitId} careUnitIds={careUnitIds} onChooseUnit={choose} />
    </StationProvider>
  );
}

/** One station per care unit, started and stopped with the screen. */
function useStationOf(careUnitId: CareUnitId | undefined, stationId: string | null, onSessionLost: () => void): Station | null {
  const [station, setStation] = useState<Station | null>(null);
  useEffect(() => {
    if (!careUnitId) return undefined;
    const next = new Station(careUnitId, onSessionLost, stationId !== null, stationId ?? undefined);
    next.start();
    setStation(next);
    return () => {
      next.stop();
      setStation(null);
    };
    // The callback only asks for the session again; another function of the same meaning needs no new station.
  }, [careUnitId, stationId]);
  return station;
}
