import type { BedView, CareUnitDelta, CareUnitSnapshot, EncounterId, MetricName, ReadingView } from '@vigil/contracts';
import fc from 'fast-check';
import '../words/english-for-tests.js';
import { CELL_SPECS, cellOf, isShown } from './cell.js';
import type { Now } from './server-clock.js';
import { bedOf, NOW, readingOf } from './test-data.js';
import { applyAssignment, applyDelta, fromSnapshot, type UnitState } from './unit-state.js';

/*
 * Large digits are what people act on from two metres. Whatever comes over either channel, in whatever order and however late,
 * large digits are a value that was measured of the person whose name stands above, that the sender stands for, and that
 * is no older than the ladder allows.
 */

/** `e-2` has a value of its own in every message, so that a digit betrays whose it is. */
const STAYS = [null, 'e-1', 'e-2'] as const;
type StayId = (typeof STAYS)[number];
const METRICS: readonly MetricName[] = ['heartRate', 'spo2', 'temperature', 'nibpSystolic', 'nibpDiastolic', 'arterialSystolic'];
const INTERVALS = { temperature: 60_000, nibpSystolic: 900_000, nibpDiastolic: 900_000 } as Partial<Record<MetricName, number>>;

interface Sent {
  readonly metric: MetricName;
  readonly value: number | null;
  readonly quality: ReadingView['quality'];
  /** How long before the message it was measured and received. */
  readonly agoMs: number;
}
type Happens =
  | { readonly kind: 'delta' | 'assignment' | 'snapshot'; readonly of: StayId; readonly readings: readonly Sent[] }
  | { readonly kind: 'time'; readonly ms: number };

const sent: fc.Arbitrary<Sent> = fc.record({
  metric: fc.constantFrom(...METRICS),
  value: fc.option(fc.integer({ min: 30, max: 44 }), { nil: null, freq: 5 }),
  quality: fc.constantFrom<ReadingView['quality'][]>('valid', 'valid', 'valid', 'questionable', 'leadsOff', 'notMeasured'),
  agoMs: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 1_200_000 })),
});
const happens: fc.Arbitrary<Happens> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('delta' as const, 'delta' as const, 'assignment' as const, 'snapshot' as const),
      of: fc.constantFrom(...STAYS),
      readings: fc.array(sent, { maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 0, max: 1_000_000 })),
    }),
  },
);

/** Values of the second patient are a hundred more, except of temperature, which is measured in other tens. */
const valueOf = (of: StayId, { metric, value }: Sent): number | null =>
  value === null ? null : value + (of === 'e-2' ? (metric === 'temperature' ? 0.5 : 100) : 0);

function view(of: StayId, readings: readonly Sent[], now: Now): BedView {
  const encounter = of && { encounterId: of, patientId: `p-${of}`, displayName: of, birthDate: '1958-03-04', sinceMs: 1 };
  return bedOf(1, { encounter, readings: readings.map((each) => readingFor(of, each, now)) });
}

function readingFor(of: StayId, each: Sent, now: Now): ReadingView {
  const at = { atMs: now.eventMs - each.agoMs, receivedWallMs: now.wallMs - each.agoMs };
  const intervalMs = INTERVALS[each.metric] ?? 1_000;
  return readingOf({ ...at, metric: each.metric, value: valueOf(of, each), quality: each.quality, intervalMs });
}

/** Everything that was ever sent, with whom it was of: the plain second account. */
interface Said {
  readonly of: StayId;
  readonly reading: ReadingView;
}

function mayBeLarge(said: readonly Said[], state: UnitState, metric: MetricName, digits: string, now: Now): boolean {
  const who = [...state.beds.values()][0]?.encounter?.encounterId ?? null;
  const limitMs = INTERVALS[metric] === undefined ? 5_000 : INTERVALS[metric] + 5_000;
  return said.some(
    ({ of, reading }) =>
      of === who &&
      reading.metric === metric &&
      reading.value !== null &&
      (reading.quality === 'valid' || reading.quality === 'questionable') &&
      now.wallMs - reading.receivedWallMs <= limitMs &&
      Number(reading.value).toFixed(metric === 'temperature' ? 1 : 0) === digits,
  );
}

function play(course: readonly Happens[]): void {
  const time = { ...NOW };
  const said: Said[] = [];
  let state = fromSnapshot({
    careUnitId: 'icu',
    label: 'ICU',
    seq: 1,
    serverWallMs: time.wallMs,
    beds: [view('e-1', [], time)],
  } as never);
  for (const each of course) {
    if (each.kind === 'time') {
      time.wallMs += each.ms;
      time.eventMs += each.ms;
    } else {
      said.push(...each.readings.map((reading) => ({ of: each.of, reading: readingFor(each.of, reading, time) })));
      state = applied(state, each, time);
    }
    check(state, said, time);
  }
}

function applied(state: UnitState, { kind, of, readings }: Exclude<Happens, { kind: 'time' }>, now: Now): UnitState {
  const bed = view(of, readings, now);
  if (kind === 'assignment') return applyAssignment(state, bed);
  const head = { careUnitId: 'icu', label: 'ICU', serverWallMs: now.wallMs };
  if (kind === 'snapshot') return fromSnapshot({ ...head, seq: state.seq, beds: [bed] } as unknown as CareUnitSnapshot);
  const change = { bedId: bed.bedId, encounterId: of as EncounterId | null, readings: bed.readings };
  const outcome = applyDelta(state, { ...head, seq: state.seq + 1, beds: [change] } as unknown as CareUnitDelta);
  return outcome.kind === 'applied' ? outcome.state : state;
}

function check(state: UnitState, said: readonly Said[], now: Now): void {
  const [bed] = [...state.beds.values()];
  const readings = state.readings.get(bed!.bedId)!;
  // What stands at a bed where nobody lies is the tile's: it draws no cells.
  if (bed!.encounter === null) return;
  for (const spec of CELL_SPECS) {
    const cell = cellOf(spec, readings, [], now);
    if (!isShown(cell)) continue;
    const metrics = spec.groups.find((g) => g.metrics.some((m) => readings.has(m)))!.metrics.filter((m) => readings.has(m));
    const digits = cell.text.split('/').filter((each) => each !== '–');
    expect(digits).toHaveLength(metrics.length);
    for (const [i, metric] of metrics.entries())
      if (!mayBeLarge(said, state, metric, digits[i]!, now)) throw new Error(`${cell.label} ${cell.text} (${cell.state})`);
  }
}

test('no sequence of messages and times ever puts a stale, null, invalid or foreign value into large digits', () => {
  fc.assert(fc.property(fc.array(happens, { minLength: 1, maxLength: 25 }), play), { numRuns: 1_500 });
});
