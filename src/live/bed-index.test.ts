import type { RuleSet } from '@vigil/contracts';
import { BedIndex } from './bed-index.js';

const rule = { kind: 'limit', id: 'r', metric: 'spo2', side: 'low', limit: 90, hysteresis: 0, onDelayMs: 0, offDelayMs: 0 };
const ruleSet = { v: 2, name: 'test', latenessMs: 0, rules: [{ ...rule, priority: 'low', source: 'x' }] } as RuleSet;
const beds = ['icu-1', 'icu-2'].map((bedId, i) => ({ bedId, careUnitId: 'icu', encounter: { encounterId: `enc-${i + 1}` } }));

function indexAt(clock: { ms: number }): BedIndex {
  const own = [{ encounterId: 'enc-1', metric: 'spo2', low: 86, high: null, toMs: 10 }];
  return new BedIndex(
    { careUnits: async () => [], beds: async () => beds } as never,
    { active: async () => ({ hash: 'x', ruleSet }) } as never,
    { inForce: async ({ nowMs }: { nowMs: number }) => own.filter(({ toMs }) => toMs > nowMs) } as never,
    { nowMs: () => clock.ms },
  );
}

test.each([
  ['', false],
  [', also when the site was read anew in between', true],
])('limits of a stay that end by themselves are told once%s', async (_name, isRefreshed) => {
  const clock = { ms: 9 };
  const index = indexAt(clock);
  await index.loaded();
  expect(index.endedLimits()).toEqual([]);
  expect(index.limitsOf(beds[0] as never)).toEqual([{ metric: 'spo2', low: 86, high: null, ownToMs: 10 }]);
  clock.ms = 10;
  if (isRefreshed) await index.refresh();
  expect(index.limitsOf(beds[0] as never)).toEqual([{ metric: 'spo2', low: 90, high: null }]);
  expect(index.endedLimits()).toEqual(['icu-1']);
  expect(index.endedLimits()).toEqual([]);
});
