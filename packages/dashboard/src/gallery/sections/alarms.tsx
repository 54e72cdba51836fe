import type { AlarmView } from '@vigil/contracts';
import { useRef } from 'react';
import { alarm, bed, page } from '../../../../../test/browser/fixture-ward.js';
import { AlarmFacts } from '../../screens/alarms/alarm-facts.js';
import { AlarmPeople } from '../../screens/alarms/alarm-people.js';
import { AlarmRow } from '../../screens/alarms/alarm-row.js';
import { AlarmBar } from '../../shell/alarm-bar.js';
import type { CommandState } from '../../model/command.js';
import '../../styles/alarm-page.css';
import { type FixtureStation, NOW_MS, type Scene } from '../fixture-station.js';
import { type Area, PLACE, type State } from '../state.js';

const one = (options: object = {}, more: object = {}): AlarmView => alarm({ n: 1, bed: 1, ...options }, more);
const NAMES = { acceptedBy: 'staff-2', acceptedByName: 'Sam Reed', acceptedAtMs: NOW_MS - 40_000, nextAtMs: null } as const;
const accepted = { state: 'accepted', ...NAMES } as const;
const idle = { state: 'idle', nextAtMs: null, nextName: null, pages: [] } as const;
const nothing = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };
const person = (n: number, name: string, arrivedAtMs: number | null) => ({
  ...{ staffId: `staff-${n}`, name, atMs: NOW_MS - 30_000, arrivedAtMs },
});
const ALARMS: Readonly<Record<string, AlarmView>> = {
  high: one(),
  medium: one({ priority: 'medium' }),
  low: one({ priority: 'low', escalation: idle }),
  technical: one({ priority: 'low', escalation: idle }, { conditionCode: 'spo2.leadsOff', kind: 'technical', evidence: nothing }),
  noData: one({ priority: 'medium' }, { conditionCode: 'noData', kind: 'technical', metric: null, evidence: nothing }),
  live: one({}, { origin: 'live' }),
  accepted: one({ escalation: accepted }),
  arrived: one({ escalation: { ...accepted, accepts: [person(2, 'Sam Reed', NOW_MS - 9_000)], acceptsNeeded: 2 } }),
  arriveBy: one({ escalation: { ...accepted, arriveByMs: NOW_MS + 60_000, accepts: [person(2, 'Sam Reed', null)] } }),
  declined: one({
    escalation: { declines: [{ staffId: 'staff-3', name: 'Omar Diallo', atMs: NOW_MS - 5_000, reason: 'with-another-patient' }] },
  }),
  acknowledged: one({ escalation: accepted }, { presence: 'ack', acknowledgedByName: 'Karin Novak' }),
  acknowledging: one({}, { acknowledgePending: true }),
  latched: one({}, { active: false, presence: 'latched', endedAtMs: NOW_MS - 9_000 }),
  flapping: one({}, { flapping: true }),
  shelved: one({}, { shelvedUntilMs: NOW_MS + 600_000 }),
  nobodyLeft: one({ escalation: { state: 'exhausted', nextAtMs: null, nextName: null } }),
  pagesFailed: one({
    escalation: {
      pages: [
        page('b', 'Omar Diallo', 'failed', NOW_MS - 79_000),
        page('c', 'Omar Diallo', 'sent', NOW_MS - 58_000, 'webhook'),
        page('d', 'Reg. Ito', 'queued', NOW_MS - 1_000, 'web-push'),
      ],
    },
  }),
  markup: one({}, { bedLabel: '<b>Bed</b> 1', text: '<img src=x onerror=alert(1)>' }),
  rightToLeft: one({}, { bedLabel: '\u202e1 deB', acknowledgedByName: 'محمد عبد الرحمن' }),
  long: one({ escalation: { nextName: 'Wolfeschlegelsteinhausenberger '.repeat(4) } }, { bedLabel: 'Bed '.repeat(20) }),
};

const rowOf = (of: AlarmView, over = false, state: CommandState | null = null): State => ({
  scene: { beds: [bed(1)], alarms: [of], more: state === null ? none : says(of, state) },
  show: () => (
    <ul className="alarm-list gallery-list">
      <AlarmRow alarm={of} over={over} />
    </ul>
  ),
});
const none = (): void => undefined;
const says =
  ({ alarmId }: AlarmView, state: CommandState) =>
  ({ commands }: FixtureStation): void =>
    commands.states.set(new Map([[alarmId, state]]));
const notSent = (why: Extract<CommandState, { kind: 'notSent' }>['why']): CommandState => ({
  ...{ kind: 'notSent', command: 'accept', why },
});

const rows: Record<string, State> = {
  ...Object.fromEntries(Object.entries(ALARMS).map(([name, of]) => [name, rowOf(of)])),
  over: rowOf(one({}, { active: false, presence: 'off', endedAtMs: NOW_MS - 1_000 }), true),
  sending: rowOf(one(), false, { kind: 'sending', command: 'accept' }),
  asking: rowOf(one(), false, { kind: 'asking', command: 'accept' }),
  changed: rowOf(one(), false, { kind: 'changed', command: 'acknowledge' }),
  ...Object.fromEntries(
    (['offline', 'noAnswer', 'refused', 'forbidden', 'signedOut', 'viewOnly', 'tooShort', 'raining', 'tooOften'] as const).map(
      (why) => [`notSent-${why}`, rowOf(one(), false, notSent(why))],
    ),
  ),
  viewOnly: {
    ...rowOf(one()),
    scene: { beds: [bed(1)], alarms: [one()], more: ({ commands }) => commands.viewOnly.set(true) },
    who: { user: null, place: PLACE },
  },
};

const detail = (of: AlarmView): State => ({
  scene: { beds: [bed(1)], alarms: [of] },
  show: () => (
    <>
      <AlarmFacts alarm={of} />
      <AlarmPeople alarm={of} />
    </>
  ),
});

const withRunbook = (url: string | null): State => ({
  ...detail(ALARMS['noData']!),
  answers: {
    'GET /api/v1/alarms/:/explanation': (recorded) => ({ ...Object(recorded), runbook: { entry: 'nodata', url } }),
  },
});

function Bar() {
  const since = useRef(() => 0);
  return <AlarmBar since={since} onShowAlarm={none} onHelp={none} onSecurity={none} onScreen={none} />;
}

const bar = (scene: Scene, who: State['who'] = {}): State => ({ scene, who, show: () => <Bar /> });
const four = [one(), one({ n: 2, priority: 'medium' }), one({ n: 3, priority: 'low', escalation: idle }), ALARMS['technical']!];

export const alarmAreas: Readonly<Record<string, Area>> = {
  alarm: { title: 'An alarm of the list', states: rows },
  detail: {
    title: 'What an alarm says of itself and of people',
    states: Object.fromEntries(Object.entries(ALARMS).map(([name, of]) => [name, detail(of)])),
  },
  // States of one area that stand together have the same answers.
  runbookName: { title: 'An alarm that has an entry in the runbook', states: { named: withRunbook(null) } },
  runbookLink: {
    title: 'An alarm whose entry of the runbook can be opened',
    states: { linked: withRunbook('https://wiki.example/vigil/runbook#nodata') },
  },
  bar: {
    title: 'The bar above every screen',
    place: 'above',
    states: {
      calm: bar({ beds: [bed(1)] }),
      alarms: bar({ beds: [bed(1)], alarms: four }),
      accepted: bar({ beds: [bed(1)], alarms: [ALARMS['accepted']!] }),
      long: bar({ beds: [bed(1)], alarms: [ALARMS['long']!] }),
      notLive: bar({ beds: [bed(1)], alarms: four, picture: { kind: 'lost', sinceWallMs: NOW_MS - 9_000 } }),
      connecting: bar({ picture: { kind: 'connecting' } }),
      alarmsMissing: bar({ health: { processing: false } }),
      replay: bar({ alarms: four, health: { rate: 60 } }),
      viewOnly: bar({ alarms: four, more: ({ commands }) => commands.viewOnly.set(true) }, { user: null, place: PLACE }),
      soundBlocked: bar({ more: ({ sound }) => sound.state.set('blocked') }),
      soundElsewhere: bar({ more: ({ sound }) => sound.state.set('other') }),
    },
  },
};
