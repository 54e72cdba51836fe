import { type ChartItem, LogEvent, type MetricName, ScoreSnapshot } from '@vigil/contracts';
import fc from 'fast-check';
import { emptyPartition, type BedState, type PartitionState } from '../state.js';
import { step } from '../step.js';
import { admit, assign, discharge, message, tick } from '../test-kit.js';
import { carriedScores, takeCarriedScores } from './carry.js';

const EPOCH_MS = 1_000_000_000_200_000;
const at = (atS: number) => EPOCH_MS + atS * 1_000;

/** One bed with one patient, of whom events come in order; keeps what the engine told. */
class Ward {
  state: PartitionState;
  readonly told: ScoreSnapshot[] = [];

  constructor() {
    this.state = step(emptyPartition(), [assign('mon-1'), admit(0)]).state;
  }

  send(...events: LogEvent[]): this {
    const result = step(this.state, events);
    this.state = result.state;
    for (const snapshot of result.scores) this.told.push(ScoreSnapshot.parse(snapshot));
    return this;
  }

  get bed(): BedState {
    return this.state.keys.get('bed:icu-1') as BedState;
  }

  of(score: ScoreSnapshot['score'], basis: ScoreSnapshot['basis'] = 'estimate'): ScoreSnapshot[] {
    return this.told.filter((snapshot) => snapshot.score === score && snapshot.basis === basis);
  }

  /** `min-max@seconds` of each estimate. */
  ranges(score: ScoreSnapshot['score'] = 'news2'): string[] {
    return this.of(score).map((s) => `${s.min}-${s.max}@${(s.atMs - EPOCH_MS) / 1_000}`);
  }
}

const WELL = { heartRate: 70, spo2: 98, respirationRate: 16, nibpSystolic: 120, temperature: 37 } as const;
const ALERT_ON_AIR: ChartItem[] = [
  { item: 'consciousness', value: 'A' },
  { item: 'supplementalOxygen', value: 'air' },
];
const number = (metric: MetricName, value: number): ChartItem => ({ item: 'number', metric, value });
const WHOLE_SET: ChartItem[] = [
  ...ALERT_ON_AIR,
  ...Object.entries(WELL).map(([metric, value]) => number(metric as MetricName, value)),
];
let charts = 0;
function chart(atS: number, items: ChartItem[], more: object = {}): LogEvent {
  const base = { v: 1, id: `chart/${charts}`, key: 'bed:icu-1', origin: 'live', atMs: at(atS), kind: 'charted', bedId: 'icu-1' };
  return LogEvent.parse({
    ...base,
    ...{ encounterId: 'e1', chartId: `c${charts++}`, by: 'amy', validated: false, items },
    ...more,
  });
}
const settings = (atS: number, spo2Scale: 1 | 2): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `scale/${atS}`, key: 'bed:icu-1', origin: 'live', atMs: at(atS), kind: 'scoreSettingsSet', bedId: 'icu-1' },
    ...{ encounterId: 'e1', spo2Scale, reason: 'target 88-92 %', by: 'dr-roe' },
  });

describe('the estimate', () => {
  test('of a monitor alone is a range: consciousness and oxygen are not taken as well', () => {
    const ward = new Ward().send(message(1, WELL));
    expect(ward.ranges()).toEqual(['0-5@1']);
    expect(ward.of('news2')[0]).toMatchObject({ total: null, singleParameter: false, by: null, spo2Scale: 1 });
  });

  test('has a total as soon as a person has charted what no monitor sends, at once', () => {
    const ward = new Ward().send(message(1, WELL), chart(2, ALERT_ON_AIR));
    expect(ward.ranges()).toEqual(['0-5@1', '0-0@2']);
    expect(ward.of('news2')[1]!.total).toBe(0);
    const parts = ward.of('news2')[1]!.parts;
    expect(parts.find((p) => p.part === 'consciousness')).toEqual({
      ...{ part: 'consciousness', points: 0, value: 'A', atMs: at(2), source: 'charted' },
    });
    expect(parts.find((p) => p.part === 'temperature')).toMatchObject({ value: 37, atMs: at(1), source: 'device' });
  });

  test('says nothing of a patient of whom nothing is known', () => {
    expect(new Ward().send(message(1, { etco2: 35 }), tick(5)).told).toEqual([]);
  });

  test('is told only when points change, and no more often than every 10 s', () => {
    const ward = new Ward().send(message(0, WELL));
    for (let s = 1; s < 60; s += 1) ward.send(message(s, { ...WELL, heartRate: s % 2 === 0 ? 70 : 92 }));
    const times = ward.of('news2').map((s) => s.atMs);
    expect(times.length).toBeGreaterThan(3);
    for (const [i, atMs] of times.slice(1).entries()) expect(atMs - times[i]!).toBeGreaterThanOrEqual(10_000);
    const calm = new Ward().send(message(0, WELL));
    for (let s = 1; s < 60; s += 1) calm.send(message(s, { ...WELL, heartRate: 70 + (s % 10) }));
    expect(calm.ranges()).toEqual(['0-5@0']);
  });

  test('loses a part that nobody measured for too long, as time passes', () => {
    const ward = new Ward().send(message(1, WELL), chart(2, ALERT_ON_AIR));
    for (let s = 10; s <= 310; s += 10) ward.send(tick(s));
    const last = ward.of('news2').at(-1)!;
    expect(last).toMatchObject({ total: null, min: 0, max: 9 });
    expect(last.parts.filter((p) => p.points === null).map((p) => p.part)).toEqual(['respirationRate', 'spo2', 'pulse']);
  });

  test('has a part again that was too old, though its device, whose clock is behind, says what it said before', () => {
    const behind = (atS: number, values: Partial<Record<MetricName, number>>): LogEvent => {
      const sent = message(atS, values);
      return sent.kind === 'deviceMessage'
        ? { ...sent, gatewayAtMs: (sent.gatewayAtMs + 180_000) as typeof sent.gatewayAtMs }
        : sent;
    };
    const ward = new Ward().send(behind(1, { spo2: 88 }), behind(121, { etco2: 35 }));
    expect(ward.ranges().at(-1)).toBe('0-20@301');
    ward.send(behind(241, { spo2: 88 }));
    expect(ward.ranges().at(-1)).toBe('3-20@421');
  });

  test('is told again before it would end while newer parts say the same', () => {
    const ward = new Ward();
    for (let s = 0; s <= 600; s += 1) ward.send(message(s, WELL));
    const news2 = ward.of('news2');
    expect(news2.length).toBeLessThanOrEqual(4);
    for (const [i, next] of news2.slice(1).entries()) expect(next.atMs).toBeLessThan(news2[i]!.validUntilMs);
    expect(news2.at(-1)!.validUntilMs).toBeGreaterThan(at(600));
  });

  test('takes heart rate before pulse rate, and pulse rate when that is newer by more than a minute', () => {
    const ward = new Ward().send(message(0, { heartRate: 70, pulseRate: 135 }));
    const pulse = () =>
      ward
        .of('news2')
        .at(-1)!
        .parts.find((p) => p.part === 'pulse')!.value;
    expect(pulse()).toBe(70);
    for (let s = 1; s <= 61; s += 1) ward.send(message(s, { pulseRate: 135 }));
    expect(pulse()).toBe(135);
    ward.send(message(72, { heartRate: 70, pulseRate: 135 }));
    expect(pulse()).toBe(70);
  });

  test('takes the arterial pressure before the cuff while it is there, and the cuff afterwards', () => {
    const ward = new Ward().send(message(0, { arterialSystolic: 85, nibpSystolic: 125 }));
    const systolic = () =>
      ward
        .of('news2')
        .at(-1)!
        .parts.find((p) => p.part === 'systolic')!.value;
    expect(systolic()).toBe(85);
    ward.send(message(62, { nibpSystolic: 125 }));
    expect(systolic()).toBe(125);
  });

  test('oxygen is oxygen while a flow says so, until a person charts air', () => {
    const oxygen = (ward: Ward) =>
      ward
        .of('news2')
        .at(-1)!
        .parts.find((p) => p.part === 'supplementalOxygen')!;
    const ward = new Ward().send(chart(0, ALERT_ON_AIR), message(11, { ...WELL, oxygenFlow: 2 }));
    expect(oxygen(ward)).toMatchObject({ value: 'oxygen', points: 2, source: 'device' });
    ward.send(chart(20, ALERT_ON_AIR));
    expect(oxygen(ward)).toMatchObject({ value: 'air', points: 0, source: 'charted' });
    expect(oxygen(new Ward().send(message(1, { ...WELL, inspiredOxygen: 21 })))).toMatchObject({ value: 'air' });
  });

  test('keeps the newest of two devices, whichever comes last', () => {
    const ward = new Ward().send(assign('mon-2'), message(10, { heartRate: 70 }));
    ward.send(message(9, { heartRate: 135 }, { deviceId: 'mon-2' }), message(25, { spo2: 98 }));
    const pulse = ward
      .of('news2')
      .at(-1)!
      .parts.find((p) => p.part === 'pulse')!;
    expect(pulse).toMatchObject({ value: 70, atMs: at(10) });
  });

  test('of a device artefact takes nothing', () => {
    const ward = new Ward().send(message(1, { heartRate: 150 }, { quality: 'artefact' }));
    expect(ward.told).toEqual([]);
  });

  test('scale 2 changes what a saturation scores, at once', () => {
    const ward = new Ward().send(message(1, { ...WELL, spo2: 90 }), chart(2, ALERT_ON_AIR), settings(3, 2));
    expect(ward.ranges()).toEqual(['3-8@1', '3-3@2', '0-0@3']);
    expect(ward.of('news2').at(-1)!.spo2Scale).toBe(2);
  });

  test('oxygen is oxygen again when a flow says so after a person charted air, though the flow never changed', () => {
    const oxygen = (ward: Ward) => ward.bed.scores!.estimates.news2!.points[2];
    const ward = new Ward().send(message(11, { ...WELL, oxygenFlow: 2 }), chart(20, ALERT_ON_AIR));
    expect(oxygen(ward)).toBe(0);
    expect(oxygen(ward.send(message(21, { ...WELL, oxygenFlow: 2 })))).toBe(2);
  });

  test('scores the first reading after a change of scale by the new one, whatever it was before', () => {
    // 90 % has the lowest band of scale 1 and scores 0 on scale 2; 82 % has the lowest band of scale 2.
    const ward = new Ward().send(message(1, { ...WELL, spo2: 90 }), chart(2, ALERT_ON_AIR), settings(3, 2));
    expect(ward.bed.scores!.estimates.news2).toMatchObject({ total: 0 });
    expect(ward.send(message(4, { ...WELL, spo2: 82 })).bed.scores!.estimates.news2).toMatchObject({ total: 3 });
  });

  test('of a cuff ends by the newest interval that it has', () => {
    const every = (intervalS: number): LogEvent => {
      const assigned = assign('mon-1');
      return LogEvent.parse({ ...assigned, id: `every/${intervalS}`, intervalsMs: { nibpSystolic: intervalS * 1_000 } });
    };
    const ward = new Ward().send(every(7_200), message(1, { nibpSystolic: 120 }));
    ward.send(every(900), message(2, { nibpSystolic: 121 }));
    ward.send(tick(1_200), tick(2_400));
    expect(ward.send(tick(3_601)).bed.scores!.estimates.news2!.points[3]).toBe(0);
    expect(ward.send(tick(3_602)).bed.scores!.estimates.news2!.points[3]).toBeNull();
  });

  test('the mean pressure is the own one of the device where it sends one, else the formula', () => {
    const own = new Ward().send(message(1, { nibpSystolic: 120, nibpDiastolic: 60, nibpMean: 84 }));
    expect(own.of('meanPressure')[0]!.total).toBe(84);
    const formula = new Ward().send(message(1, { nibpSystolic: 120, nibpDiastolic: 60 }));
    expect(formula.of('meanPressure')[0]!.total).toBe(80);
  });

  test('a neonate has bedside PEWS and no NEWS2, also when the age is corrected later', () => {
    const born = LogEvent.parse({
      ...{ v: 1, id: 'a', key: 'bed:icu-1', origin: 'live', atMs: at(0), kind: 'admit', bedId: 'icu-1' },
      ...{ encounterId: 'e1', patientId: 'p1', ageGroup: 'neonate' },
    });
    const state = step(emptyPartition(), [assign('mon-1'), born, message(1, { heartRate: 185 })]);
    expect(state.scores.map((s) => s.score)).toEqual(['bedsidePews']);
    expect(state.scores[0]!.min).toBe(2);
    const corrected = LogEvent.parse({
      ...{ v: 1, id: 'p', key: 'bed:icu-1', origin: 'live', atMs: at(2), kind: 'stayProfileSet', bedId: 'icu-1' },
      ...{ encounterId: 'e1', ageGroup: 'adult', by: 'amy' },
    });
    expect(step(state.state, [corrected, tick(3)]).scores.map((s) => s.score)).toEqual(['news2', 'mews', 'sirs', 'shockIndex']);
  });
});

describe('the charted score', () => {
  test('of a complete, validated set is a total of its own with its author, and lives as long as the RCP says', () => {
    const ward = new Ward().send(message(1, { ...WELL, heartRate: 140 }));
    ward.send(chart(5, WHOLE_SET, { validated: true, score: 'news2' }));
    const [charted] = ward.of('news2', 'charted');
    expect(charted).toMatchObject({ total: 0, by: 'amy', atMs: at(5), validUntilMs: at(5) + 12 * 3_600_000 });
    expect(charted!.parts.every((p) => p.source === 'charted')).toBe(true);
  });

  test('is none without a part, and none that nobody stands for', () => {
    const ward = new Ward().send(chart(5, WHOLE_SET.slice(1), { validated: true, score: 'news2' }), chart(6, WHOLE_SET));
    expect(ward.of('news2', 'charted')).toEqual([]);
    expect(ward.bed.scores!.charted).toEqual({});
  });

  test('that is written down late does not replace a newer one', () => {
    const bad = WHOLE_SET.map((i) => (i.item === 'consciousness' ? { ...i, value: 'V' as const } : i));
    const ward = new Ward().send(chart(50, WHOLE_SET, { validated: true }), chart(20, bad, { validated: true }));
    expect(ward.of('news2', 'charted').map((s) => s.total)).toEqual([0, 3]);
    expect(ward.bed.scores!.charted.news2!.total).toBe(0);
  });

  test('of another stay, or of before this one, counts for nothing', () => {
    const ward = new Ward().send(chart(5, WHOLE_SET, { validated: true, encounterId: 'e2' }));
    ward.send(chart(-5, WHOLE_SET, { validated: true }));
    expect(ward.told).toEqual([]);
  });
});

describe('the state of scores', () => {
  test('ends with the stay', () => {
    const ward = new Ward().send(message(1, WELL), discharge(10));
    expect(ward.bed.scores).toBeUndefined();
    expect(ward.send(message(11, WELL)).ranges()).toEqual(['0-5@1']);
  });

  test('goes along to another bed, and what is not understood begins anew', () => {
    const ward = new Ward().send(message(1, WELL), chart(2, ALERT_ON_AIR), settings(3, 2));
    const carried: unknown = JSON.parse(JSON.stringify(carriedScores(ward.bed)));
    const other = new Ward();
    expect(takeCarriedScores(other.bed, carried)).toBe(true);
    other.send(message(4, { heartRate: 95 }), tick(20));
    expect(other.of('news2').at(-1)).toMatchObject({ total: 1, spo2Scale: 2 });
    expect(takeCarriedScores(other.bed, { ...(carried as object), v: 9 })).toBe(false);
  });

  test('is the same to the byte after a checkpoint between any two events, and is below 4 kB', () => {
    const values = fc.record({
      heartRate: fc.integer({ min: 40, max: 160 }),
      pulseRate: fc.integer({ min: 40, max: 160 }),
      spo2: fc.integer({ min: 80, max: 100 }),
      respirationRate: fc.integer({ min: 5, max: 40 }),
      arterialSystolic: fc.integer({ min: 60, max: 230 }),
      nibpSystolic: fc.integer({ min: 60, max: 230 }),
      temperature: fc.integer({ min: 340, max: 410 }).map((t) => t / 10),
    });
    const some = fc.tuple(values, fc.integer({ min: 1, max: 120 }), fc.constantFrom('reading', 'tick', 'chart'));
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 30 }), (list) => {
        let atS = 0;
        const events = list.map(([each, gapS, kind], i): LogEvent => {
          atS += gapS;
          if (kind === 'tick') return tick(atS);
          if (kind === 'chart') return chart(atS, [number('heartRate', each.heartRate), ...ALERT_ON_AIR]);
          return message(atS, each, { seq: i });
        });
        const whole = new Ward().send(...events);
        const stopped = new Ward();
        for (const event of events) {
          stopped.state.keys.set('bed:icu-1', JSON.parse(JSON.stringify(stopped.bed)) as BedState);
          stopped.send(event);
        }
        expect(JSON.stringify(stopped.told)).toBe(JSON.stringify(whole.told));
        expect(stopped.bed).toEqual(whole.bed);
        expect(JSON.stringify(whole.bed.scores ?? null).length).toBeLessThan(4_096);
      }),
      { numRuns: 50 },
    );
  });
});
