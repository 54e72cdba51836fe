import { RuleSet } from '@vigil/contracts';
import { limitsOf } from './bed-view.js';

const rule = (side: 'low' | 'high', limit: number) => ({
  kind: 'limit',
  id: `spo2-${side}-${limit}`,
  metric: 'spo2',
  side,
  limit,
  hysteresis: 0,
  onDelayMs: 0,
  offDelayMs: 0,
  priority: 'high',
  source: 'test',
});

test('the limit that is met first is shown, where a side has two', () => {
  const rules = [rule('low', 80), rule('low', 90), rule('high', 100), rule('high', 99)];
  const ruleSet = RuleSet.parse({ v: 1, name: 'test', latenessMs: 0, rules });
  expect(limitsOf(ruleSet)).toEqual([{ metric: 'spo2', low: 90, high: 99 }]);
  expect(limitsOf(null)).toEqual([]);
});
