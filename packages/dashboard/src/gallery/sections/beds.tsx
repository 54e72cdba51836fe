import { alarm, bed, emptyBed, score } from '../../../../../test/browser/fixture-ward.js';
import { NOW_MS, type Scene } from '../fixture-station.js';
import { type Area, PLACE, type State, userOf } from '../state.js';

const ward = [
  bed(1),
  { ...bed(2), scores: [score(2, 7), score(2, [5, 9])] },
  emptyBed(3),
  bed(4),
  bed(5),
  bed(6),
  bed(7),
  bed(8),
];
const ringing = [alarm({ n: 1, bed: 1 }), alarm({ n: 2, bed: 4, priority: 'medium' })];
const grid = (scene: Scene, more: Partial<State> = {}): State => ({
  ...{ at: '/', mode: 'recorded', scene: { beds: ward, ...scene } },
  ...more,
});
const many = Array.from({ length: 64 }, (_, i) => bed(i + 1));

/** The two screens that are on a wall, in their frame. */
export const bedAreas: Readonly<Record<string, Area>> = {
  beds: {
    title: '[Beds]',
    place: 'page',
    states: {
      quiet: grid({}),
      alarms: grid({ alarms: ringing }),
      many: grid({ beds: many, alarms: ringing }),
      none: grid({ beds: [] }),
      notLive: grid({ alarms: ringing, picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 } }),
      connecting: grid({ picture: { kind: 'connecting' } }),
      loading: grid({ more: ({ unit }) => unit.set(null) }),
      filtered: grid({ alarms: ringing }, { at: '/?show=alarms&sort=attention' }),
      filteredNone: grid({}, { at: '/?show=alarms' }),
      viewMenu: grid({}, { steps: ['.view-button'] }),
      userMenu: grid({}, { steps: ['.button.user'] }),
      viewOnly: grid({ more: ({ commands }) => commands.viewOnly.set(true) }, { who: { user: null, place: PLACE } }),
      charge: grid({ alarms: ringing }, { who: { user: userOf('charge-nurse') } }),
    },
  },
};
