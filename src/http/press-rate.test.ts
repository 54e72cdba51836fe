import fc from 'fast-check';
import { ALARMS_IN_MS, ALARMS_MAX, HOLD_MS, type PressKind, PressRate, REPEATS_MAX, SAME_INSTANT_MS } from './press-rate.js';

let n = 0;
const at = (wallMs: number, subject: string, kind: PressKind = 'acknowledge', commandId = `c${n++}`) => ({
  ...{ wallMs, subject, kind, commandId },
});
const why = (rate: PressRate, ...presses: ReturnType<typeof at>[]) =>
  presses.map((press) => rate.press(['s'], press)?.why ?? 'done');

test('two alarms within a quarter of a second are not of one hand, and what follows is held for five seconds', () => {
  const rate = new PressRate();
  expect(why(rate, at(0, 'a'), at(SAME_INSTANT_MS - 1, 'b'))).toEqual(['done', 'same-instant']);
  expect(why(rate, at(1_000, 'c'), at(4_000, 'b'))).toEqual(['held', 'held']);
  expect(why(rate, at(SAME_INSTANT_MS - 1 + HOLD_MS, 'b'))).toEqual(['done']);
});

test('somebody who goes through eight alarms, one after the other, is not held up', () => {
  const rate = new PressRate();
  const eight = Array.from({ length: ALARMS_MAX }, (_, i) => at(i * 600, `a${i}`));
  expect(why(rate, ...eight)).toEqual(eight.map(() => 'done'));
  expect(why(rate, at(ALARMS_MAX * 600 - 1, 'more'))).toEqual(['too-many-alarms']);
});

test('who presses the same alarm in haste is heard five times', () => {
  const rate = new PressRate();
  const six = Array.from({ length: REPEATS_MAX + 1 }, (_, i) => at(i * 300, 'a'));
  expect(why(rate, ...six)).toEqual(['done', 'done', 'done', 'done', 'done', 'too-often']);
});

test('the same command again is let through, as often as it comes and in the middle of a hold', () => {
  const rate = new PressRate();
  const first = at(0, 'a', 'acknowledge', 'one');
  expect(why(rate, first, at(1, 'b'), { ...first, wallMs: 2 }, { ...first, wallMs: 3 })).toEqual([
    'done',
    'same-instant',
    'done',
    'done',
  ]);
});

test('a hold does not keep anybody from saying that they come, and accepting twice is no mistake', () => {
  const rate = new PressRate();
  expect(why(rate, at(0, 'a'), at(10, 'b'))).toEqual(['done', 'same-instant']);
  const accepts = Array.from({ length: 9 }, (_, i) => at(1_000 + i * 100, 'b', 'accept'));
  expect(why(rate, ...accepts)).toEqual(accepts.map(() => 'done'));
});

test('two accepts in the same instant, or nine within five seconds, are nobody who comes', () => {
  const rate = new PressRate();
  expect(why(rate, at(0, 'a', 'accept'), at(100, 'b', 'accept'))).toEqual(['done', 'same-instant']);
  const ghost = Array.from({ length: 9 }, (_, i) => at(60_000 + i * 300, `g${i}`, 'accept'));
  expect(why(rate, ...ghost).filter((each) => each !== 'done')).toEqual(['too-many-alarms']);
});

test('of one screen that presses by itself at most eight alarms in five seconds are taken, whoever is signed in', () => {
  const press = fc.record({
    gapMs: fc.integer({ min: 0, max: 900 }),
    alarm: fc.integer({ min: 0, max: 30 }),
    session: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(
      fc.array(press, { maxLength: 120, size: 'max' }),
      fc.constantFrom<PressKind>('acknowledge', 'accept', 'shelve', 'pause'),
      (all, kind) => {
        const rate = new PressRate();
        const done: { readonly wallMs: number; readonly subject: string }[] = [];
        let wallMs = 0;
        for (const { gapMs, alarm, session } of all) {
          wallMs += gapMs;
          const one = at(wallMs, `a${alarm}`, kind);
          if (rate.press([`session:${session}`, 'station:desk'], one) === null) done.push(one);
        }
        for (const one of done) {
          const before = done.filter((each) => each.wallMs <= one.wallMs && one.wallMs - each.wallMs < ALARMS_IN_MS);
          expect(new Set(before.map(({ subject }) => subject)).size).toBeLessThanOrEqual(ALARMS_MAX);
        }
        const pairs = done.slice(1).map((one, i) => [done[i]!, one] as const);
        for (const [a, b] of pairs) expect(a.subject === b.subject || b.wallMs - a.wallMs >= SAME_INSTANT_MS).toBe(true);
      },
    ),
  );
});

test('it remembers ten thousand hands and no more', () => {
  const rate = new PressRate();
  for (let i = 0; i < 10_050; i++) rate.press([`s${i}`], at(i * 1_000, 'a'));
  expect(rate.size).toBe(10_000);
});
