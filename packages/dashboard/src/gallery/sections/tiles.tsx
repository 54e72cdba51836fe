import type { BedView, EpochMs, MetricName } from '@vigil/contracts';
import type { CSSProperties } from 'react';
import { alarm, type AlarmOptions, bed, emptyBed, reading, score, steady } from '../../../../../test/browser/fixture-ward.js';
import type { StandbyShown } from '../../model/standby.js';
import { DENSITIES, type Density, TILE_MIN } from '../../model/grid-shape.js';
import { useStation } from '../../parts/hooks.js';
import { AttentionStrip } from '../../screens/beds/attention-strip.js';
import { BedsLoading } from '../../screens/beds/beds-loading.js';
import { Tile } from '../../screens/beds/tile.js';
import type { Area, State } from '../state.js';
import { NOW_MS } from '../fixture-station.js';

const wantedDensity = new URLSearchParams(location.search).get('density');
const DENSITY: Density = DENSITIES.find((each) => each === wantedDensity) ?? DENSITIES[0];
const MINUTE_MS = 60_000;
const none = (): void => undefined;

function OneTile({ standby }: { standby?: StandbyShown }) {
  const station = useStation();
  const unit = station.readings();
  const first = unit?.beds.get(unit.order[0]!);
  if (!first) return null;
  return (
    <div
      className="grid"
      data-picture={station.picture.get().kind}
      data-density={DENSITY}
      style={{ '--columns': 1 } as CSSProperties}
    >
      <div className="grid-tiles">
        <Tile
          bed={first}
          alarms={station.alarms.get()}
          standby={standby}
          reachable
          onFocus={none}
          onShow={none}
          onRecord={none}
        />
      </div>
    </div>
  );
}

const tile = (of: BedView, more: Omit<Partial<State>, 'show'> & { alarms?: ReturnType<typeof alarm>[] } = {}): State => ({
  ...more,
  scene: { beds: [of], alarms: more.alarms ?? [], ...more.scene },
  show: () => <OneTile />,
});

const without = (...metrics: MetricName[]) => steady(1).filter((r) => !metrics.includes(r.metric));
const aged = (byMs: number) =>
  steady(1).map((r) => ({ ...r, atMs: (r.atMs - byMs) as EpochMs, receivedWallMs: (r.receivedWallMs - byMs) as EpochMs }));
const named = (displayName: string, more: object = {}): BedView => {
  const plain = bed(1);
  return { ...plain, encounter: { ...plain.encounter!, displayName, ...more } };
};
const live = (of: BedView): BedView => ({ ...of, readings: of.readings.map((r) => ({ ...r, origin: 'live' as const })) });
/** Of a bed that goes on reporting. */
const older = (byMs: number, ...metrics: MetricName[]) => [
  ...without(...metrics),
  ...aged(byMs).filter((r) => metrics.includes(r.metric)),
];
const some = older(12_000, 'heartRate', 'respirationRate', 'temperature');
const cuff = [
  reading('nibpSystolic', 118, { agoMs: 7 * MINUTE_MS }),
  reading('nibpDiastolic', 63, { agoMs: 7 * MINUTE_MS }),
  reading('nibpMean', 82, { agoMs: 7 * MINUTE_MS }),
];
const low = bed(1, [...without('spo2'), reading('spo2', 84)]);
const about = (n: number, metric: MetricName, code: string, more: Partial<AlarmOptions> = {}) =>
  alarm(
    { n, bed: 1, ...more },
    { metric, conditionCode: `${metric}.${code}`, kind: code === 'leadsOff' ? 'technical' : 'physiological' },
  );
const off = (n: number, metric: MetricName) => about(n, metric, 'leadsOff', { priority: 'low' });
const offReadings = (...metrics: MetricName[]) => metrics.map((metric) => reading(metric, null, { quality: 'leadsOff' }));
const ARTERIAL = ['arterialSystolic', 'arterialDiastolic', 'arterialMean'] as const;
const febrile = [
  ...without('temperature', 'respirationRate', 'heartRate'),
  ...[reading('temperature', 39.8), reading('respirationRate', 34), reading('heartRate', 134)],
];
const hypotensive = [
  ...febrile.filter(({ metric }) => !metric.startsWith('arterial')),
  ...[reading('arterialSystolic', 84), reading('arterialDiastolic', 46), reading('arterialMean', 58)],
];
const septic = [
  about(1, 'respirationRate', 'high'),
  about(2, 'arterialSystolic', 'low'),
  about(3, 'temperature', 'high', { priority: 'medium' }),
];
const lineLost = [...older(12_000, ...ARTERIAL), ...cuff];
const away: StandbyShown = { place: 'imaging', byName: 'K. Ito', sinceMs: NOW_MS - 20 * MINUTE_MS, untilMs: NOW_MS + MINUTE_MS };

const states: Record<string, State> = {
  reporting: tile(live(bed(1))),
  simulated: tile(bed(1)),
  test: tile(
    bed(
      1,
      steady(1).map((r) => ({ ...r, origin: 'test' as const })),
    ),
  ),
  late: tile(bed(1, aged(4_000))),
  stale: tile(bed(1, aged(12_000))),
  lost: tile(bed(1, aged(90_000))),
  waiting: tile(bed(1, [])),
  coverageLost: tile(bed(1, steady(1), { coverageLost: true })),
  standby: { ...tile(bed(1, aged(90_000))), show: () => <OneTile standby={away} /> },
  standbySending: { ...tile(bed(1)), show: () => <OneTile standby={away} /> },
  empty: tile(emptyBed(1)),
  emptyWithAlarm: tile(emptyBed(1), { alarms: [alarm({ n: 1, bed: 1, priority: 'medium' })] }),
  viewOnly: tile(emptyBed(1), { who: { user: null } }),
  noName: tile(named('name can not be read', { nameMissing: 'away', birthDate: '' })),
  noAge: tile(named('NOVAKOVA, Jana', { ageUnknown: true, birthDate: '' })),
  markup: tile(named('<img src=x onerror=alert(1)> "&amp;</b>')),
  rightToLeft: tile(named('\u202eanavoN\u202c محمد عبد الرحمن')),
  long: tile(named('Wolfeschlegelsteinhausenbergerdorff '.repeat(6).slice(0, 200), {})),
  twoDevices: tile(bed(1), {
    alarms: [alarm({ n: 1, bed: 1 }, { conditionCode: 'spo2.channelConflict', kind: 'technical' })],
  }),
  leadsOff: tile(bed(1, [...without('spo2'), reading('spo2', null, { quality: 'leadsOff' })])),
  questionable: tile(bed(1, [...without('heartRate'), reading('heartRate', 88, { quality: 'questionable' })])),
  high: tile(low, { alarms: [alarm({ n: 1, bed: 1 })] }),
  medium: tile(low, { alarms: [alarm({ n: 1, bed: 1, priority: 'medium' }), alarm({ n: 2, bed: 1, priority: 'low' })] }),
  low: tile(low, { alarms: [alarm({ n: 1, bed: 1, priority: 'low' })] }),
  latched: tile(bed(1), {
    alarms: [alarm({ n: 1, bed: 1 }, { active: false, presence: 'latched', endedAtMs: NOW_MS - 9_000 })],
  }),
  scores: tile({ ...bed(1), scores: [score(1, 7, { agoMs: 10 * MINUTE_MS }), score(1, [5, 9])] }),
  scoreOld: tile({ ...bed(1), scores: [score(1, 2, { agoMs: 125 * MINUTE_MS }), score(1, [1, 6])] }),
  scoresHigh: tile(
    { ...low, scores: [score(1, 7, { agoMs: 10 * MINUTE_MS }), score(1, [5, 9])] },
    { alarms: [alarm({ n: 1, bed: 1 })] },
  ),
  scoresStandby: {
    ...tile({ ...bed(1), scores: [score(1, 2, { agoMs: 125 * MINUTE_MS }), score(1, [1, 6])] }),
    show: () => <OneTile standby={away} />,
  },
  someStale: tile(bed(1, some)),
  someStaleHigh: tile(bed(1, some), { alarms: [alarm({ n: 1, bed: 1 })] }),
  someStaleScores: tile({ ...bed(1, some), scores: [score(1, 7, { agoMs: 10 * MINUTE_MS }), score(1, [5, 9])] }),
  lateHigh: tile(bed(1, aged(4_000)), { alarms: [alarm({ n: 1, bed: 1 })] }),
  cuff: tile(bed(1, [...without('arterialSystolic', 'arterialDiastolic', 'arterialMean'), ...cuff])),
  cuffInPlace: tile(bed(1, lineLost)),
  cuffHigh: tile(bed(1, [...without('arterialSystolic', 'arterialDiastolic', 'arterialMean'), ...cuff]), {
    alarms: [alarm({ n: 1, bed: 1 })],
  }),
  cuffInPlaceHigh: tile(bed(1, lineLost), { alarms: [alarm({ n: 1, bed: 1 }), off(2, 'arterialSystolic')] }),
  cuffInPlaceStale: tile(bed(1, [...older(12_000, ...ARTERIAL, 'respirationRate', 'temperature'), ...cuff]), {
    alarms: [alarm({ n: 1, bed: 1 })],
  }),
  cuffInPlaceScores: tile({ ...bed(1, lineLost), scores: [score(1, 7, { agoMs: 10 * MINUTE_MS }), score(1, [5, 9])] }),
  cuffInPlaceLow: tile(bed(1, [...without(...ARTERIAL), ...offReadings(...ARTERIAL), ...cuff]), {
    alarms: [about(1, 'nibpSystolic', 'low'), off(2, 'arterialSystolic')],
  }),
  sepsis: tile(bed(1, hypotensive), { alarms: septic }),
  sepsisLate: tile(
    bed(
      1,
      hypotensive.map((r) => ({
        ...r,
        atMs: (r.atMs - 4_000) as EpochMs,
        receivedWallMs: (r.receivedWallMs - 4_000) as EpochMs,
      })),
    ),
    { alarms: septic },
  ),
  feverFast: tile(bed(1, febrile), { alarms: [about(1, 'respirationRate', 'high'), about(2, 'temperature', 'high')] }),
  fever: tile(bed(1, febrile), { alarms: [about(1, 'temperature', 'high')] }),
  tempOffHigh: tile(bed(1, [...without('temperature', 'spo2'), reading('spo2', 84), ...offReadings('temperature')]), {
    alarms: [alarm({ n: 1, bed: 1 }), off(2, 'temperature')],
  }),
  tempRespOffHigh: tile(
    bed(1, [...without('temperature', 'respirationRate'), ...offReadings('temperature', 'respirationRate')]),
    {
      alarms: [about(1, 'arterialSystolic', 'high'), off(2, 'temperature'), off(3, 'respirationRate')],
    },
  ),
  respOffFever: tile(
    bed(1, [...febrile.filter(({ metric }) => metric !== 'respirationRate'), ...offReadings('respirationRate')]),
    {
      alarms: [about(1, 'temperature', 'high'), off(2, 'respirationRate')],
    },
  ),
  standbyHigh: { ...tile(low, { alarms: [alarm({ n: 1, bed: 1 })] }), show: () => <OneTile standby={away} /> },
  notLive: tile(bed(1), { scene: { beds: [bed(1)], picture: { kind: 'lost', sinceWallMs: NOW_MS - 30_000 } } }),
  connecting: tile(bed(1), { scene: { beds: [bed(1)], picture: { kind: 'connecting' } } }),
};

function Strip() {
  return <AttentionStrip alarms={useStation().alarms.get()} onShow={none} />;
}
const ranked = [alarm({ n: 1, bed: 1 }), alarm({ n: 2, bed: 2, priority: 'medium' }), alarm({ n: 3, bed: 3, priority: 'low' })];
const silent = [bed(1, aged(90_000)), bed(2), bed(3)];

export const tileAreas: Readonly<Record<string, Area>> = {
  tile: { title: 'A bed of the grid', widthPx: TILE_MIN[DENSITY].widthPx, states },
  strip: {
    title: 'What waits, above the grid',
    states: {
      alarms: { scene: { beds: [bed(1), bed(2), bed(3)], alarms: ranked }, show: () => <Strip /> },
      none: { scene: { beds: [bed(1)] }, show: () => <Strip /> },
      bedsMissing: { scene: { beds: silent }, show: () => <Strip /> },
      notLive: { scene: { beds: [bed(1)], picture: { kind: 'lost', sinceWallMs: NOW_MS } }, show: () => <Strip /> },
      loading: { show: () => <BedsLoading /> },
    },
  },
};
