import { EncounterId, PatientId } from '@vigil/contracts';
import fc from 'fast-check';
import type { StayInBed } from '../ports/care-relations.js';
import { afterPoint, partsOf } from './parts-of.js';

const stay = (name: string, admittedMs: number, dischargedMs: number | null): StayInBed => ({
  encounterId: EncounterId.parse(name),
  patientId: PatientId.parse(`of-${name}`),
  admittedMs,
  dischargedMs,
});
const cut = (spans: readonly (readonly [number, number])[], stays: readonly StayInBed[]) =>
  partsOf(
    spans.map(([fromMs, toMs]) => ({ fromMs, toMs })),
    stays,
  ).map((part) => [part.fromMs, part.toMs, part.stay?.encounterId ?? null]);

test.each([
  ['nobody lies there', [[0, 100]], [], [[0, 100, null]]],
  [
    'one stay, and the time around it',
    [[0, 100]],
    [stay('a', 20, 60)],
    [
      [0, 20, null],
      [20, 60, 'a'],
      [60, 100, null],
    ],
  ],
  ['a stay that goes on', [[0, 100]], [stay('a', -50, null)], [[0, 100, 'a']]],
  [
    'two stays that touch',
    [[0, 100]],
    [stay('a', 0, 50), stay('b', 50, null)],
    [
      [0, 50, 'a'],
      [50, 100, 'b'],
    ],
  ],
  [
    'what may not be seen stays out',
    [
      [0, 40],
      [60, 100],
    ],
    [stay('a', 20, 70)],
    [
      [0, 20, null],
      [20, 40, 'a'],
      [60, 70, 'a'],
      [70, 100, null],
    ],
  ],
  ['stays outside', [[10, 20]], [stay('a', 0, 10), stay('b', 20, null)], [[10, 20, null]]],
  [
    'a stay of no length',
    [[0, 10]],
    [stay('a', 5, 5)],
    [
      [0, 5, null],
      [5, 10, null],
    ],
  ],
] as const)('%s', (_what, spans, stays, parts) => {
  expect(cut(spans, stays)).toEqual(parts);
});

test('the parts are the spans, and each is of one stay for as long as it lasts', () => {
  const lengths = fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 6 });
  fc.assert(
    fc.property(lengths, lengths, (holes, gaps) => {
      const laid = (pairs: readonly (readonly [number, number])[]): [number, number][] => {
        let atMs = 0;
        return pairs.map(([skip, length]) => [(atMs += skip), (atMs += length + 1)] as [number, number]);
      };
      // Spans of `visibleTime` never touch.
      const spans = laid(holes.map(([skip, length]) => [skip + 1, length] as const));
      const stays = laid(gaps).map(([fromMs, toMs], i) => stay(`s${i}`, fromMs, toMs));
      const parts = partsOf(
        spans.map(([fromMs, toMs]) => ({ fromMs, toMs })),
        stays,
      );
      const at = Array.from({ length: 400 }, (_, ms) => ms);
      const own = at.map((ms) => parts.filter((part) => ms >= part.fromMs && ms < part.toMs).map((part) => part.stay));
      const expected = at.map((ms) => {
        if (!spans.some(([fromMs, toMs]) => ms >= fromMs && ms < toMs)) return [];
        return [stays.find((each) => ms >= each.admittedMs && ms < each.dischargedMs!) ?? null];
      });
      expect(own).toEqual(expected);
    }),
  );
});

test('the rest of a page begins where a stay ended inside its last bucket, so that the next patient’s first minutes are not skipped', () => {
  const parts = [
    { fromMs: 0, toMs: 90 },
    { fromMs: 90, toMs: 200 },
  ];
  expect([afterPoint(0, 60, parts), afterPoint(60, 60, parts), afterPoint(90, 60, parts)]).toEqual([60, 90, 150]);
  // Single samples.
  expect([afterPoint(89, 0, parts), afterPoint(120, 0, parts)]).toEqual([90, 121]);
});
