import type { AudioPause, LimitsOffBoard, UnitPresence } from '@vigil/contracts';
import { alarm, bed } from '../../../../../test/browser/fixture-ward.js';
import type { Away } from '../../model/away.js';
import { AwayPanel } from '../../shell/away-panel.js';
import { Banners } from '../../shell/banners.js';
import { IdleWarning } from '../../shell/idle-warning.js';
import { NOW_MS, type Scene } from '../fixture-station.js';
import { type Area, PLACE, type State } from '../state.js';

const beds = [bed(1), bed(2)].map((each) => ({
  ...each,
  readings: each.readings.map((r) => ({ ...r, origin: 'live' as const })),
}));
const banner = (scene: Scene, who: State['who'] = {}): State => ({ scene: { beds, ...scene }, who, show: () => <Banners /> });
const pause = (stationId: string | null): AudioPause =>
  ({
    ...{ pauseId: 'pause-1', careUnitId: 'icu', stationId, by: 'staff-1' },
    ...{ fromWallMs: NOW_MS - 10_000, untilWallMs: NOW_MS + 110_000 },
  }) as unknown as AudioPause;
const presence = (state: string, unwatched = false): UnitPresence =>
  ({
    ...{ careUnitId: 'icu', others: 0, unwatched },
    stations: [{ stationId: 'st-2', label: 'South desk', state, sound: 'on', sinceMs: NOW_MS - 60_000 }],
  }) as unknown as UnitPresence;
const board = (...kinds: string[]): LimitsOffBoard =>
  ({
    ...{ careUnitId: 'icu', cut: false },
    rows: kinds.map((kind, i) => ({
      ...{ kind, bedId: `icu-${i + 1}`, bedLabel: `Bed ${i + 1}`, encounterId: `enc-${i + 1}`, metric: null, side: null },
      ...{ sinceMs: NOW_MS - 900_000, untilMs: null, by: null, reason: null, conditionCode: null },
      ...{ isWaiting: false, stationId: null, deviceId: null },
    })),
  }) as unknown as LimitsOffBoard;
const away = (more: Partial<Away>): Away => ({
  ...{ fromWallMs: NOW_MS - 60_000, toWallMs: NOW_MS, arose: [], rose: [], ended: [], ...more },
});
const panel = (of: Away): State => ({ scene: { beds, more: ({ absence }) => absence.away.set(of) }, show: () => <AwayPanel /> });
const many = Array.from({ length: 9 }, (_, i) => alarm({ n: i, bed: 1 + (i % 2), priority: i % 2 === 0 ? 'high' : 'low' }));

export const noticeAreas: Readonly<Record<string, Area>> = {
  banner: {
    title: 'What everybody must know before they read a number',
    place: 'above',
    states: {
      none: banner({}),
      notLive: banner({ picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 } }),
      notLiveSounds: banner({
        picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 },
        more: ({ sound }) => sound.loss.shown.set({ kind: 'sounds' }),
      }),
      notLiveQuiet: banner({
        picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 },
        more: ({ sound }) => sound.loss.shown.set({ kind: 'quiet', untilMs: performance.now() + 110_000 }),
      }),
      noPicture: banner({
        picture: { kind: 'connecting' },
        more: ({ sound }) => sound.loss.shown.set({ kind: 'sounds' }),
      }),
      otherVersion: banner({ picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 }, health: { unlike: true } }),
      alarmsMissing: banner({ health: { processing: false } }),
      unreadable: banner({
        more: ({ reader }) =>
          reader.unreadable.set(
            new Map([
              ['a'.repeat(26), 'icu-1'],
              ['icu-2', 'icu-2'],
            ]),
          ),
      }),
      demo: banner({ health: { demo: true } }),
      replay: banner({ health: { rate: 60 } }),
      soundBlocked: banner({ more: ({ sound }) => sound.state.set('blocked') }),
      pausedHere: banner({ more: ({ sound }) => sound.pauses.set([pause(null)]) }),
      pausedElsewhere: banner({ more: ({ sound }) => sound.pauses.set([pause('st-2')]) }),
      viewOnly: banner({ more: ({ sound }) => sound.pauses.set([pause(null)]) }, { user: null, place: PLACE }),
      ghosts: banner({ more: ({ commands }) => commands.ghosts.set(true) }),
      unwatched: banner({ more: ({ feeds }) => feeds.presence.set(presence('off', true)) }),
      stationSilent: banner({ more: ({ feeds }) => feeds.presence.set(presence('silent')) }),
      clockAhead: banner({ health: { skewS: 75 } }),
      clockBehind: banner({ health: { skewS: -9 } }),
      update: banner({ alarms: many, health: { updateWaiting: true } }),
      several: banner({
        ...{ alarms: many, health: { demo: true, skewS: 75, updateWaiting: true } },
        more: ({ sound, feeds }) => {
          sound.state.set('blocked');
          feeds.limitsOff.set(board('shelved', 'standby'));
        },
      }),
      limitsOff: banner({ more: ({ feeds }) => feeds.limitsOff.set(board('shelved', 'standby', 'audio-paused', 'station-off')) }),
    },
  },
  away: {
    title: 'What came about while the screen could not tell',
    place: 'above',
    states: {
      one: panel(away({ arose: many.slice(0, 1) })),
      many: panel(away({ arose: many, rose: many.slice(0, 2), ended: many.slice(0, 3) })),
      over: panel(away({ arose: [{ ...many[0]!, active: false, presence: 'off' }] })),
    },
  },
  idle: {
    title: 'The last minute before somebody is signed out',
    place: 'above',
    states: {
      own: { who: { idleLeftS: 42 }, show: () => <IdleWarning /> },
      station: { who: { idleLeftS: 42, place: PLACE }, show: () => <IdleWarning /> },
    },
  },
};
