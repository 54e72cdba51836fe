import { RouterProvider } from '@tanstack/react-router';
import { QueryClientProvider } from '@tanstack/react-query';
import { type CSSProperties, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { StationProvider } from '../parts/hooks.js';
import { queries } from '../parts/use-load.js';
import { GrantsProvider } from '../shell/grants.js';
import { type Identity, IdentityProvider } from '../shell/identity.js';
import { Shell } from '../shell/shell.js';
import { answerAll } from './answers.js';
import { FixtureStation, NOW_MS } from './fixture-station.js';
import { routerOf } from './routes.js';
import { AREAS } from './sections/index.js';
import { type State, USER } from './state.js';
import { type Step, walk } from './steps.js';

const none = (): void => undefined;
const IDENTITY: Identity = {
  ...{ user: USER, place: null, idleLeftS: null, serverNowMs: () => NOW_MS },
  ...{ stay: none, renewed: none, signIn: none, signOut: none },
  ...{ switchPerson: none, checked: (answer) => answer },
};
const CARE_UNITS = USER.careUnitIds;
const NO_STEPS: readonly Step[] = [];

function Shown({ state: { scene = {}, who = {}, show } }: { state: State }) {
  const station = useMemo(() => new FixtureStation(scene), [scene]);
  useEffect(() => () => station.stop(), [station]);
  return (
    <IdentityProvider value={{ ...IDENTITY, ...who }}>
      <GrantsProvider>
        <StationProvider value={station}>
          {show ? show() : <Shell careUnitIds={CARE_UNITS} onChooseUnit={none} />}
        </StationProvider>
      </GrantsProvider>
    </IdentityProvider>
  );
}

const wanted = (): string => location.hash.replace(/^#\/?/, '');
const subscribe = (changed: () => void): (() => void) => {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
};

/** `#/tile` shows every state of a tile, `#/tile/stale` one; without, a list of all. */
function Gallery() {
  const hash = useSyncExternalStore(subscribe, wanted);
  const [name = '', only] = hash.split('/');
  const area = AREAS[name];
  if (!area) return <Contents />;
  const all = Object.entries(area.states);
  const states = only === undefined && area.place === undefined ? all : all.filter(([id]) => id === (only ?? all[0]?.[0]));
  return <Page key={hash} at={hash} name={name} states={states} />;
}

/** Where it is first, then the states, then what a person does in the first of them: `data-ready` says that all is done. */
function Page({ at: where, name, states }: { at: string; name: string; states: readonly (readonly [string, State])[] }) {
  const area = AREAS[name]!;
  const { mode = 'empty', answers, at = '/', steps = NO_STEPS } = states[0]?.[1] ?? {};
  const [isThere, setThere] = useState(false);
  const [done, setDone] = useState<string | null>(null);
  useEffect(() => {
    let isShown = true;
    queries.clear();
    answerAll(mode, answers);
    router.history.replace(at);
    void (async () => {
      await router.load();
      if (!isShown) return;
      setThere(true);
      const missing = await walk(steps, () => isShown);
      if (isShown) setDone(missing);
    })();
    return () => {
      isShown = false;
    };
  }, [mode, answers, at, steps]);
  const shown = states.map(([id, state]) => (
    <div key={id} className="gallery-state" data-state-name={id}>
      <Shown state={state} />
    </div>
  ));
  const said = done === null ? {} : done === '' ? { 'data-ready': '' } : { 'data-missing': done };
  return (
    <div className="gallery-page" data-at={where} data-area={name} {...said}>
      {area.place === undefined || !isThere ? null : shown}
      {area.place === 'page' ? null : (
        <main className="gallery" style={{ '--state': `${area.widthPx ?? 0}px` } as CSSProperties}>
          <h1>{area.title}</h1>
          {area.place === undefined && isThere ? shown : null}
        </main>
      )}
    </div>
  );
}

const TITLE = 'Vigil: gallery';

/** What there is to walk through, for tests. */
const list = () => Object.entries(AREAS).map(([name, { place, states }]) => ({ name, place, states: Object.keys(states) }));

function Contents() {
  return (
    <main className="gallery-contents" data-areas={JSON.stringify(list())}>
      <h1>{TITLE}</h1>
      {Object.entries(AREAS).map(([name, { title, states }]) => (
        <section key={name} aria-labelledby={name}>
          <h2 id={name}>{title}</h2>
          <ul>
            {Object.keys(states).map((id) => (
              <li key={id}>
                <a href={`#/${name}/${id}`}>{id}</a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}

const router = routerOf(Gallery);

export function Frame() {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>
  );
}
