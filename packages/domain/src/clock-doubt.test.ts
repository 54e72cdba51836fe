import { type AlarmTransition, type DeviceMessage, LogEvent } from '@vigil/contracts';
import { emptyPartition, type BedState } from './state.js';
import { step } from './step.js';
import { assign, bedLog, message, summary, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const HOUR_S = 3_600;
/** The log of the tests plays in "2026". */
const yearS = (year: number): number => (year - 2026) * 365 * 24 * HOUR_S;

function play(...events: readonly LogEvent[]): { bed: BedState; transitions: AlarmTransition[]; late: number; s: number } {
  const { state, effects, counts } = step(emptyPartition(), [...bedLog(), tick(-1), ...events]);
  const bed = structuredClone(state).keys.get('bed:icu-1' as never) as BedState;
  const again = step(emptyPartition(), [...bedLog(), tick(-1), ...events]);
  // Nothing but the log decides (D1).
  expect(again.effects).toEqual(effects);
  expect(JSON.stringify([...again.state.keys])).toBe(JSON.stringify([...state.keys]));
  return { bed, transitions: effects.map((e) => e.transition), late: counts.late, s: (bed.clockMs - EPOCH_MS) / 1_000 };
}

/** A message whose gateway's clock was at `gatewayS`; the device is put right by its gateway. */
const saidAt = (gatewayS: number, hr: number, seq: number, deviceId = 'mon-1'): LogEvent =>
  message(gatewayS, { heartRate: hr }, { seq, deviceId });
const series = (fromS: number, toS: number, hr: number, seqFrom = fromS): LogEvent[] =>
  Array.from({ length: toS - fromS }, (_, i) => saidAt(fromS + i, hr, seqFrom + i));
const ticks = (fromS: number, toS: number): LogEvent[] => Array.from({ length: toS - fromS }, (_, i) => tick(fromS + i));

describe('the time of a bed', () => {
  const wrong: readonly [string, number][] = [
    ['1970', yearS(1970)],
    ['2000', yearS(2000)],
    ['2031', yearS(2031)],
    ['2099', yearS(2099)],
    ['two hours ahead', 60 + 2 * HOUR_S],
    ['two hours behind', 60 - 2 * HOUR_S],
  ];

  test.each(wrong)('one message of %s moves nothing: the alarm afterwards comes when it would have come', (_what, s) => {
    const normal = [...series(0, 60, 80), ...series(60, 80, 140)];
    const with1 = [...series(0, 60, 80), saidAt(s, 80, 60), ...series(60, 80, 140, 61)];
    const alarms = (events: LogEvent[]): string[] =>
      summary(play(...events).transitions).filter((t) => t.startsWith('heartRate'));
    expect(alarms(with1)).toEqual(alarms(normal));
    expect(alarms(normal)).toHaveLength(1);
  });

  test.each(wrong.filter(([, s]) => s > 0))('one tick of %s moves nothing', (_what, s) => {
    // What follows may be what waited in an outage, until it has gone on for ten seconds.
    const { transitions, s: nowS } = play(...series(0, 60, 80), tick(s), ...series(60, 90, 140));
    expect([nowS, summary(transitions)]).toEqual([89, expect.arrayContaining(['heartRate.high onset medium on @80'])]);
  });

  test("whoever had another time is told of, and the word lasts as long as a gateway's", () => {
    const { transitions } = play(...series(0, 60, 80), saidAt(yearS(2099), 80, 60), ...series(60, 300, 80, 61));
    expect(summary(transitions)).toEqual(['clockSuspect onset low on @59', 'clockSuspect end low off @240']);
  });

  test('a gateway that goes on at another time wins after some seconds when nobody contradicts it', () => {
    const aheadS = 5 * HOUR_S;
    const { s, late, transitions } = play(...series(0, 60, 80), ...series(aheadS, aheadS + 40, 140, 100));
    expect([s, late]).toEqual([aheadS + 39, 10]);
    expect(summary(transitions)).toEqual([`heartRate.high onset medium on @${aheadS + 20}`]);
  });

  test('of two gateways the one that was there first counts, as long as it goes on', () => {
    const far = yearS(2099);
    const other = (s: number, seq: number): LogEvent =>
      ({ ...(saidAt(s, 80, seq, 'mon-2') as DeviceMessage), gatewayId: 'gw-2' }) as LogEvent;
    const mixed = series(0, 60, 80).flatMap((one, i) => [one, other(far + i, i)]);
    expect(play(assign('mon-2'), ...mixed).s).toBe(59);
  });

  test('a bed that is taken back scores from there on, tells it in ascending order, and keeps what a person charted', () => {
    const firstS = yearS(2031);
    const ill = (fromS: number, seq: number): LogEvent[] =>
      Array.from({ length: 20 }, (_, i) => message(fromS + i, { heartRate: 140, arterialSystolic: 70 }, { seq: seq + i }));
    const charted = LogEvent.parse({
      ...{ ...tick(64), id: 'chart/1', kind: 'charted', encounterId: 'e1', chartId: 'c1', by: 'amy', validated: false },
      items: [{ item: 'consciousness', value: 'V' }],
    });
    const wrong = Array.from({ length: 60 }, (_, i) => message(firstS + i, { heartRate: 70, arterialSystolic: 140 }, { seq: i }));
    const events = [...bedLog(), tick(firstS - 1), ...wrong, charted, ...ticks(60, 64), ...ill(64, 64)];
    const { state, scores } = step(emptyPartition(), events);
    const bed = state.keys.get('bed:icu-1' as never) as BedState;
    expect(bed.clockMs).toBe(EPOCH_MS + 83_000);
    expect(bed.scores!.estimates.shockIndex!.total).toBe(2);
    expect(bed.scores!.inputs.consciousness!.value).toBe('V');
    const told = scores.filter((each) => each.score === 'news2');
    expect(told.every((each, i) => i === 0 || each.atMs > told[i - 1]!.atMs)).toBe(true);
    expect(told.at(-1)!.validUntilMs).toBeLessThan(EPOCH_MS + 400_000);
  });

  test('a first start in 2031 that is put right: ticks take the bed back within seconds, and it is watched again', () => {
    const firstS = yearS(2031);
    const { s, transitions } = play(
      tick(firstS - 1),
      ...series(firstS, firstS + 60, 140, 0),
      ...ticks(60, 64),
      ...series(64, 90, 140, 64),
    );
    expect(s).toBe(89);
    const told = summary(transitions).filter((t) => !t.startsWith('heartRate.mean'));
    expect(told[0]).toBe(`heartRate.high onset medium on @${firstS + 19}`);
    expect(told).toContain('clockSuspect onset low on @62');
    // A new episode in the right time has an onset of that time.
    const over = play(...series(firstS, firstS + 60, 80, 0), ...ticks(60, 64), ...series(64, 90, 140, 64));
    expect(summary(over.transitions)).toContain('heartRate.high onset medium on @74');
  });

  test('where no gateway tells that time passes, a reading an hour is taken as it comes', () => {
    const hourly = Array.from({ length: 6 }, (_, i) => saidAt(i * HOUR_S, 80, i));
    const { state, counts } = step(emptyPartition(), [...bedLog(), ...hourly]);
    expect([counts.late, (state.keys.get('bed:icu-1' as never) as BedState).clockMs]).toEqual([0, EPOCH_MS + 5 * HOUR_S * 1_000]);
  });

  test('a bed that went back tells again when nothing comes any more', () => {
    const firstS = yearS(2031);
    const { transitions } = play(
      ...series(firstS, firstS + 60, 80, 0),
      ...ticks(60, 64),
      ...series(64, 80, 80, 64),
      ...ticks(80, 100),
    );
    expect(summary(transitions).at(-1)).toBe('noData onset high on @90');
  });

  test('a backlog that comes fast behind live ticks does not take the bed back', () => {
    const backlog = series(60, 400, 140, 60);
    const { s, transitions } = play(
      ...series(0, 60, 80),
      ...ticks(60, 61),
      ...ticks(3 * HOUR_S, 3 * HOUR_S + 20),
      ...backlog,
      ...ticks(3 * HOUR_S + 20, 3 * HOUR_S + 30),
    );
    expect(s).toBe(3 * HOUR_S + 29);
    expect(summary(transitions).filter((t) => t.startsWith('heartRate'))).toEqual([]);
  });

  test('what a device alarms of is told, whatever time its gateway has', () => {
    const said = {
      ...(series(0, 1, 80)[0] as DeviceMessage),
      kind: 'deviceAlarm',
      id: 'a',
      seq: 60,
      atMs: EPOCH_MS + 9e9,
      gatewayAtMs: EPOCH_MS + 9e9,
    };
    const alarm = {
      ...said,
      alarms: [{ code: 'asystole', kind: 'physiological', priority: 'high', active: true }],
    } as unknown as LogEvent;
    const { transitions, s } = play(...series(0, 60, 80), alarm, ...series(60, 70, 80, 61));
    expect(s).toBe(69);
    expect(summary(transitions)[0]).toBe('device.asystole onset high on @59');
  });

  test('a device whose clock nobody has put right moves nothing', () => {
    const bad = { ...(saidAt(30, 80, 900) as DeviceMessage), atMs: EPOCH_MS + 9e9 } as LogEvent;
    const { s, bed, transitions } = play(...series(0, 30, 80), bad, ...series(30, 60, 80));
    expect([s, bed.watermarkMs]).toEqual([59, EPOCH_MS + 54_000]);
    expect(summary(transitions)).toEqual(['clockSuspect onset low on @29']);
  });
});
