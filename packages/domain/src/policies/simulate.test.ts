import { type CareUnitId, PolicyContent, type PolicySimulation, type StaffId } from '@vigil/contracts';
import fc from 'fast-check';
import { bandOf } from './load.js';
import type { Recorded, RecordedAlarm, RecordedChange } from './recorded.js';
import { policyContent, pagingPolicyOf } from './site-policy.js';
import { simulatePolicy } from './simulate.js';

const role = (name: string) => ({ kind: 'role', role: name });
const policyOf = (waitS: number, ...steps: object[][]) =>
  pagingPolicyOf(
    PolicyContent.parse({
      v: 1,
      name: 'test',
      routes: [
        { priorities: ['high'], conditionCodes: ['asystole'], steps: steps.map((tell) => ({ tell, waitS })), acceptsNeeded: 2 },
        { priorities: ['high'], steps: steps.map((tell) => ({ tell, waitS })) },
      ],
    }),
  );
const usual = policyOf(30, [role('primary')], [role('charge')]);
const toBoth = policyOf(60, [role('primary'), role('charge')]);
const duty = (staffId: string, name: string, bedId: string | null, fromMs = 0, toMs: number | null = null) => ({
  ...{ staffId: staffId as StaffId, role: name, careUnitId: 'icu', bedId, fromMs, toMs },
});
const ward = {
  duties: [duty('amy', 'primary', 'icu-1'), duty('fay', 'primary', null), duty('carol', 'charge', null)],
  shifts: {},
  staffIds: ['amy', 'carol', 'fay'],
};
const change = (atWallMs: number, more: Partial<RecordedChange> = {}): RecordedChange => ({
  ...{ atWallMs, cause: 'onset', priority: 'high', active: true, isShelved: false, bedId: 'icu-1', careUnitIds: ['icu'] },
  ...more,
});
const over = (atWallMs: number) => change(atWallMs, { cause: 'end', active: false });
const alarm = (changes: RecordedChange[], more: Partial<RecordedAlarm> = {}): RecordedAlarm => ({
  ...{ kind: 'physiological', conditionCode: 'heartRate.high', changes, answers: [], pages: 0 },
  ...more,
});
const said = (atWallMs: number, by: string, answer: 'accept' | 'decline' = 'accept') => ({
  atWallMs,
  by: by as StaffId,
  answer,
  reason: null,
});

const DAY_MS = 86_400_000;
function simulate(alarms: readonly RecordedAlarm[], policy = usual, more: Partial<Recorded> = {}): PolicySimulation {
  const units = ['icu' as CareUnitId];
  const recorded = { ...ward, alarms, isCut: false, ...more };
  const run = simulatePolicy({
    policy,
    careUnitIds: units,
    named: units,
    inForce: () => usual,
    recorded,
    fromWallMs: 0,
    toWallMs: DAY_MS,
  });
  for (;;) {
    const { done, value } = run.next();
    if (done === true) return value;
  }
}
const pages = (simulation: PolicySimulation) =>
  Object.fromEntries(simulation.wouldHave.perPerson.map(({ staffId, pages: n }) => [staffId, n]));

test('nobody answers: the nurse of the bed is told, then who is in charge, and the policy comes to its end', () => {
  const result = simulate([alarm([change(1_000), over(200_000)])]);
  expect(result.wouldHave).toMatchObject({
    pages: 2,
    toldAlarms: 1,
    ranOut: 1,
    firstPage: { p50Ms: 0 },
    lastPage: { mostMs: 30_000 },
  });
  expect(pages(result)).toEqual({ amy: 1, carol: 1 });
  expect(result.inForce).toEqual(result.wouldHave);
});

test('who really accepted, or an end, stops the steps after it', () => {
  expect(pages(simulate([alarm([change(1_000), over(200_000)], { answers: [said(20_000, 'amy')] })]))).toEqual({ amy: 1 });
  expect(pages(simulate([alarm([change(1_000), over(20_000)])]))).toEqual({ amy: 1 });
});

test('a decline tells the next at once', () => {
  const result = simulate([alarm([change(1_000), over(200_000)], { answers: [said(5_000, 'amy', 'decline')] })]);
  expect(result.wouldHave.lastPage!.mostMs).toBe(4_000);
});

test('an alarm of which nobody would be told is counted, and told as soon as somebody comes', () => {
  const nobody = simulate([alarm([change(1_000), over(900_000)])], usual, { duties: [] });
  expect(nobody.wouldHave).toMatchObject({ pages: 0, nobodyAlarms: 1, toldAlarms: 0 });
  expect(nobody.summary).toBe('would have paged nobody; 1 alarms had nobody');
  const later = simulate([alarm([change(1_000), over(900_000)])], usual, { duties: [duty('carol', 'charge', null, 500_000)] });
  // Asked for each 30 s from 1 s on.
  expect(later.wouldHave).toMatchObject({ nobodyAlarms: 0, firstPage: { p50Ms: 510_000 } });
});

test('a team needs two who go', () => {
  const asystole = (by: string[]) =>
    alarm([change(1_000), over(200_000)], { conditionCode: 'asystole', answers: by.map((who, at) => said(5_000 + at, who)) });
  expect(simulate([asystole(['amy'])]).wouldHave.pages).toBe(2);
  expect(simulate([asystole(['amy', 'carol'])]).wouldHave.pages).toBe(1);
});

test('a rise after an accept is told anew, an alarm that is not paged for is told to nobody', () => {
  const low = change(1_000, { priority: 'low' });
  expect(simulate([alarm([low, over(90_000)])]).wouldHave).toMatchObject({ pages: 0, nobodyAlarms: 0 });
  const rises = alarm([low, change(50_000, { cause: 'raised' }), over(60_000)]);
  expect(simulate([rises]).wouldHave).toMatchObject({ pages: 1, firstPage: { p50Ms: 49_000 } });
});

test('what it would cost is said of the person with most, and floods are counted', () => {
  const flood = Array.from({ length: 12 }, (_, n) => alarm([change(600_000 + n * 1_000), over(610_000 + n * 1_000)]));
  const result = simulate([...flood, alarm([change(3_600_000), over(3_601_000)])], toBoth);
  expect(result.wouldHave.spans).toEqual({ acceptable: 2, manageable: 0, demanding: 0, overload: 2 });
  expect(result.wouldHave.perPerson).toMatchObject([
    { staffId: 'amy', pages: 13, mostIn10Min: 12, band: 'overload', overloads: 1 },
    { staffId: 'carol', pages: 13 },
  ]);
  expect(result.summary).toBe('would have paged amy 13 times; ISA band: overload; 2 times more than 10 in 10 minutes');
  expect(result.inForce.perPerson).toMatchObject([{ staffId: 'amy', pages: 13 }]);
  expect([0, 1, 2, 3, 10, 11].map(bandOf)).toEqual([
    'acceptable',
    'acceptable',
    'manageable',
    'demanding',
    'demanding',
    'overload',
  ]);
});

test('what repeats for ever ends with what is looked at', () => {
  const again = pagingPolicyOf(
    PolicyContent.parse({
      ...policyContent(usual),
      routes: [{ priorities: ['high'], steps: [{ tell: [role('charge')], waitS: 30 }], repeat: { afterS: 300, times: null } }],
    }),
  );
  const result = simulate([alarm([change(0)])], again);
  expect(result.wouldHave.pages).toBe(Math.ceil(DAY_MS / 330_000));
});

test('law: the words of a policy make the same policy again', () => {
  expect(pagingPolicyOf(policyContent(usual))).toEqual(usual);
});

const times = fc.integer({ min: 0, max: 600_000 });
const anyAlarm = fc
  .record({
    fromMs: times,
    lastsMs: fc.integer({ min: 1, max: 600_000 }),
    who: fc.option(fc.constantFrom('amy', 'carol', 'fay')),
    afterMs: times,
  })
  .map(({ fromMs, lastsMs, who, afterMs }) =>
    alarm([change(fromMs), over(fromMs + lastsMs)], { answers: who === null ? [] : [said(fromMs + afterMs, who)] }),
  );

test('law: under the policy in force both sides are equal; the order of alarms changes nothing; sums agree; an accept at once is the least', () => {
  fc.assert(
    fc.property(fc.array(anyAlarm, { maxLength: 12 }), (alarms) => {
      const result = simulate(alarms);
      expect(result.inForce).toEqual(result.wouldHave);
      expect(simulate([...alarms].reverse())).toEqual(result);
      const { perPerson, perStep, pages: all, toldAlarms, nobodyAlarms } = result.wouldHave;
      expect(perPerson.reduce((sum, each) => sum + each.pages, 0)).toBe(all);
      expect(perStep.reduce((sum, each) => sum + each.pages, 0)).toBe(all);
      expect(toldAlarms + nobodyAlarms).toBe(alarms.length);
      const silent = alarms.map((each) => ({ ...each, answers: [] }));
      expect(simulate(silent).wouldHave.pages).toBeGreaterThanOrEqual(all);
    }),
    { numRuns: 150 },
  );
});
