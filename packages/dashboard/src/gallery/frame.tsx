import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { QueryClientProvider } from '@tanstack/react-query';
import { type CSSProperties, useEffect, useMemo, useSyncExternalStore } from 'react';
import { StationProvider } from '../parts/hooks.js';
import { queries } from '../parts/use-load.js';
import { type Identity, IdentityProvider } from '../shell/identity.js';
import { answerAll } from './answers.js';
import { FixtureStation, NOW_MS } from './fixture-station.js';
import { AREAS } from './sections/index.js';
import { type State, USER } from './state.js';

const IDENTITY: Identity = {
  ...{ user: USER, place: null, idleLeftS: null, serverNowMs: () => NOW_MS },
  ...{ stay: () => undefined, renewed: () => undefined, signIn: () => undefined, signOut: () => undefined },
  ...{ switchPerson: () => undefined, checked: (answer) => answer },
};

function Shown({ state: { scene = {}, who = {}, show } }: { state: State }) {
  const station = useMemo(() => new FixtureStation(scene), [scene]);
  useEffect(() => () => station.stop(), [station]);
  return (
    <IdentityProvider value={{ ...IDENTITY, ...who }}>
      <StationProvider value={station}>{show()}</StationProvider>
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
  const [name = '', only] = useSyncExternalStore(subscribe, wanted).split('/');
  const area = AREAS[name];
  if (!area) return <Contents />;
  const all = Object.entries(area.states);
  const states = only === undefined && area.place === undefined ? all : all.filter(([id]) => id === (only ?? all[0]?.[0]));
  const { mode = 'empty', answers } = states[0]?.[1] ?? {};
  answerAll(mode, answers);
  const shown = states.map(([id, state]) => (
    <div key={id} className="gallery-state" data-state-name={id}>
      <Shown state={state} />
    </div>
  ));
  return (
    <div key={`${name}/${only ?? ''}`} className="gallery-page" data-area={name}>
      {area.place === undefined ? null : shown}
      {area.place === 'page' ? null : (
        <main className="gallery" style={{ '--state': `${area.widthPx ?? 0}px` } as CSSProperties}>
          <h1>{area.title}</h1>
          {area.place === undefined ? shown : null}
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

const root = createRootRoute({ component: Outlet });
const all = createRoute({ getParentRoute: () => root, path: '/', component: Gallery });
const elsewhere = createRoute({ getParentRoute: () => root, path: '$', component: Gallery });
const router = createRouter({
  routeTree: root.addChildren([all, elsewhere]),
  history: createMemoryHistory({ initialEntries: ['/'] }),
});

export function Frame() {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>
  );
}
