import fc from 'fast-check';
import { type Range, RangeSet } from './ranges.js';

const range = fc.tuple(fc.nat(40), fc.nat(8)).map(([from, size]): Range => ({ from, to: from + size }));
const step = fc.record({ add: fc.boolean(), range });

test('it holds what a set of numbers would hold, in as few ranges as can be', () => {
  fc.assert(
    fc.property(fc.array(step), range, (steps, probe) => {
      const ranges = new RangeSet();
      const model = new Set<number>();
      for (const { add, range: r } of steps) {
        let fresh = 0;
        for (let n = r.from; n < r.to; n++) {
          if (add && !model.has(n)) fresh++;
          if (add) model.add(n);
          else model.delete(n);
        }
        if (add) expect(ranges.add(r)).toBe(fresh);
        else ranges.remove(r);
      }
      expect(ranges.count).toBe(model.size);
      const list = ranges.list();
      list.forEach((r, i) => {
        expect(r.from).toBeLessThan(r.to);
        if (i > 0) expect(list[i - 1]!.to).toBeLessThanOrEqual(r.from);
        for (let n = r.from; n < r.to; n++) expect(model.has(n)).toBe(true);
      });
      const missing = ranges.missing(probe).flatMap((r) => Array.from({ length: r.to - r.from }, (_, i) => r.from + i));
      const inProbe = Array.from({ length: probe.to - probe.from }, (_, i) => probe.from + i);
      expect(missing).toEqual(inProbe.filter((n) => !model.has(n)));
      expect(ranges.covers(probe)).toBe(missing.length === 0);
    }),
  );
});

test('neighbours become one', () => {
  const ranges = new RangeSet();
  ranges.add({ from: 0, to: 5 });
  ranges.add({ from: 10, to: 15 });
  ranges.add({ from: 5, to: 10 });
  expect(ranges.list()).toEqual([{ from: 0, to: 15 }]);
});
