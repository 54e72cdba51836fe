import { bounded, siftAlarms, siftDelta, siftUnit } from './sift.js';
import { alarmOf, bedOf, readingOf } from './test-data.js';

const snapshot = (alarms: readonly unknown[]) => ({ careUnitId: 'icu', cursor: 3, alarms });

test('one alarm that cannot be read hides no other, and is named by its bed', () => {
  const bad = { ...alarmOf('b'), priority: 'purple', bedLabel: 'Bed 7' };
  const { message, bad: named } = siftAlarms(snapshot([alarmOf('a'), bad, alarmOf('c')]));
  expect(message?.alarms.map(({ alarmId }) => alarmId[0])).toEqual(['a', 'c']);
  expect([...named]).toEqual([['b'.repeat(26), 'Bed 7']]);
});

test.each([[null], [7], ['x'], [{}], [{ ...snapshot([]), cursor: 'x' }], [[]]])('%j is no message', (raw) => {
  expect(siftAlarms(raw).message).toBeNull();
});

test.each([[null], [3], [[]], [{}], [{ alarmId: 5 }]])('an alarm that is %j has no name, and counts', (alarm) => {
  const { message, bad } = siftAlarms(snapshot([alarm, alarmOf('a')]));
  expect([message?.alarms.length, bad.size]).toEqual([1, 1]);
});

test('one value that cannot be read leaves the other values of its bed', () => {
  const bed = bedOf(1, { readings: [readingOf()] });
  const broken = { ...bed, readings: [...bed.readings, { ...readingOf({ metric: 'spo2' }), quality: 'purple' }] };
  const unit = { careUnitId: 'icu', label: 'ICU', seq: 1, serverWallMs: 1, beds: [broken, bedOf(2)] };
  const { message, bad } = siftUnit(unit);
  expect(message?.beds.map(({ bedId, readings }) => [bedId, readings.length])).toEqual([
    ['icu-1', 1],
    ['icu-2', 0],
  ]);
  expect([...bad.keys()]).toEqual(['icu-1/spo2']);
});

test('a bed that cannot be read is named, the others are there', () => {
  const unit = { careUnitId: 'icu', label: 'ICU', seq: 1, serverWallMs: 1, beds: [{ bedId: 'icu-9', label: 'Bed 9' }, bedOf(2)] };
  const { message, bad } = siftUnit(unit);
  expect(message?.beds).toHaveLength(1);
  expect([...bad]).toEqual([['icu-9', 'Bed 9']]);
});

test('of a delta whose numbering cannot be read nothing is believed', () => {
  expect(siftDelta({ careUnitId: 'icu', seq: '7', serverWallMs: 1, beds: [] }).message).toBeNull();
});

test('what can not be read is named up to a bound, the newest of alarms and of values', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const id = (n: number): string => `${'a'.repeat(23)}${[...String(n).padStart(3, '0')].map((x) => letters[Number(x)]).join('')}`;
  const many = Array.from({ length: 999 }, (_, n) => [id(n), 'Bed 1'] as const);
  const values = Array.from({ length: 999 }, (_, n) => [`icu-${n}/spo2`, `icu-${n}`] as const);
  const kept = bounded(new Map([...values, ...many]));
  expect(kept.size).toBe(400);
  expect(kept.has(id(998)) && kept.has('icu-998/spo2')).toBe(true);
  const few = new Map([['icu-1/spo2', 'icu-1']]);
  expect(bounded(few)).toBe(few);
});
