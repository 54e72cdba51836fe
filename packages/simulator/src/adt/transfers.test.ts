import { BedId } from '@vigil/contracts';
import { type Move, type MovePlan, planMoves } from './moves.js';
import { staysOf, type TransferRow } from './transfers.js';

const HOUR_MS = 3_600_000;
const HEAD = ['subject_id', 'hadm_id', 'transfer_id', 'eventtype', 'careunit', 'intime', 'outtime'];

/** Typed out by hand; nobody's moves. */
const rows = (text: string): TransferRow[] =>
  text
    .trim()
    .split('\n')
    .map((line) => Object.fromEntries(line.split(',').map((cell, n) => [HEAD[n]!, cell.trim()])));

const place = (unit: string, fromH: number, toH: number) => ({ unit, fromMs: fromH * HOUR_MS, toMs: toH * HOUR_MS });

test('a stay is read from its rows in whatever order they come, and starts at nought', () => {
  const { stays, found } = staysOf(
    rows(`
      7,70,3,discharge,,2150-01-01 12:00:00,
      7,70,2,transfer,Medicine,2150-01-01 04:00:00,2150-01-01 12:00:00
      7,70,1,ED,Emergency,2150-01-01 00:00:00,2150-01-01 04:00:00
    `),
  );
  expect(stays).toEqual([{ subject: '7', places: [place('Emergency', 0, 4), place('Medicine', 4, 12)] }]);
  expect(found).toEqual({ withoutAdmission: 0, unusable: 0, gaps: 0, overlaps: 0, withinUnit: 0 });
});

test('a gap is spent in the place before, an overlap ends where the next begins, and a move within a unit is a move', () => {
  const { stays, found } = staysOf(
    rows(`
      7,70,1,admit,Medicine,2150-01-01 00:00:00,2150-01-01 02:00:00
      7,70,2,transfer,Medicine,2150-01-01 03:00:00,2150-01-01 06:00:00
      7,70,3,transfer,Surgery,2150-01-01 05:00:00,2150-01-01 08:00:00
      7,70,4,discharge,,2150-01-01 08:00:00,
    `),
  );
  expect(stays[0]?.places).toEqual([place('Medicine', 0, 3), place('Medicine', 3, 5), place('Surgery', 5, 8)]);
  expect(found).toMatchObject({ gaps: 1, overlaps: 1, withinUnit: 1 });
});

test('what belongs to no admission or has no time is left out and counted; stays of one person keep their order across centuries', () => {
  const { stays, found } = staysOf(
    rows(`
      8,,1,ED,Emergency,2150-01-01 00:00:00,2150-01-01 02:00:00
      9,91,5,admit,Later,2190-01-01 00:00:00,2190-01-01 02:00:00
      9,90,2,admit,,2110-01-01 00:00:00,2110-01-01 01:00:00
      9,92,3,admit,Medicine,soon,2150-01-01 06:00:00
      9,93,4,admit,Medicine,2150-01-01 00:00:00,2150-01-01 00:00:00
    `),
  );
  expect(stays.map(({ places }) => places[0].unit)).toEqual(['Unknown', 'Later']);
  expect(found).toMatchObject({ withoutAdmission: 1, unusable: 2 });
});

const beds = ['b-1', 'b-2'].map((id) => BedId.parse(id));
const stay = (subject: string, ...hours: number[]) => {
  const places = hours.map((toH, n) => place(`Unit ${n}`, hours[n - 1] ?? 0, toH));
  return { subject, places: [places[0]!, ...places.slice(1)] as const };
};

/** Plays a plan against the rules of a ward. */
function check({ moves }: MovePlan): { readonly admitted: number; readonly left: number } {
  const [bedOf, personIn, lastOf] = [new Map<number, string>(), new Map<string, number>(), new Map<number, number>()];
  let [admitted, beforeMs] = [0, 0];
  for (const { kind, atMs, stay: id, person, bedId } of moves) {
    expect(atMs).toBeGreaterThanOrEqual(beforeMs);
    expect(atMs).toBeGreaterThan(lastOf.get(id) ?? -1);
    beforeMs = atMs;
    lastOf.set(id, atMs);
    const from = bedOf.get(id);
    expect(from === undefined).toBe(kind === 'admit');
    if (kind === 'admit') expect([...personIn.values()]).not.toContain(person);
    if (kind === 'discharge') expect(from).toBe(bedId);
    else expect(personIn.has(bedId)).toBe(false);
    if (from !== undefined) personIn.delete(from);
    if (kind === 'discharge') bedOf.delete(id);
    else {
      bedOf.set(id, bedId);
      personIn.set(bedId, person);
    }
    if (kind === 'admit') admitted += 1;
  }
  return { admitted, left: bedOf.size };
}

test('more patients than beds wait for a free one in the order of their arrival, and in the end all beds are empty', () => {
  const many = Array.from({ length: 40 }, (_, n) => stay(`p${n}`, 2 + (n % 5), 9));
  const plan = planMoves(many, { beds, spanMs: 60_000, seed: 1 });
  expect(check(plan)).toEqual({ admitted: 40, left: 0 });
  expect(plan.waited).toBeGreaterThan(0);
  expect(plan.moves[0]?.atMs).toBe(0);
  expect(plan.moves.at(-1)?.atMs).toBeLessThanOrEqual(60_000 + plan.moves.length);
});

test('stays of one person follow each other, and a stay with nowhere to go stays put', () => {
  const plan = planMoves([stay('a', 5), stay('a', 6), stay('a', 1, 2)], { beds: beds.slice(0, 1), spanMs: 1_000, seed: 3 });
  expect(check(plan)).toEqual({ admitted: 3, left: 0 });
  expect(plan.moves.map(({ kind, stay: id }: Move) => `${kind} ${id}`)).toEqual([
    ...['admit 0', 'discharge 0', 'admit 1', 'discharge 1', 'admit 2', 'discharge 2'],
  ]);
  expect(plan.stayedPut).toBe(1);
});

test('the same seed gives the same plan, another seed another', () => {
  const some = Array.from({ length: 9 }, (_, n) => stay(`p${n}`, 3, 8));
  const plan = (seed: number) => planMoves(some, { beds, spanMs: 10_000, seed });
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
  expect(planMoves([], { beds, spanMs: 1, seed: 1 }).moves).toEqual([]);
});
