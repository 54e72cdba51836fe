import { DEVICE_FAULTS, GATEWAY_FAULTS, METRIC_NAMES, ON_CALL_TROUBLES } from '@vigil/contracts';
import { BUILT_IN } from '../../packages/domain/src/rules/built-in.js';
import { codeOf } from '../../packages/domain/src/rules/plan.js';
import { codeWords, isWhole, wordsFor } from '../../packages/dashboard/src/model/condition-words.js';
import { conditions } from '../../packages/dashboard/src/words/en/conditions.js';
import '../../packages/dashboard/src/words/english-for-tests.js';
import { defaultRuleSet } from '../../src/composition/default-rule-set.js';

const said = (key: string): boolean => Object.hasOwn(conditions, key);
const { rules } = defaultRuleSet();
const raising = rules.filter((rule) => rule.raises !== false);

test('every condition that a rule of the default rule set raises has words', () => {
  const unsaid = raising.filter((rule) => {
    if (rule.name !== undefined) {
      const slug = rule.name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '');
      return !said(`rule.${slug}`);
    }
    const code = codeOf(rule);
    return !said(`code.${code.slice(code.lastIndexOf('.') + 1)}`);
  });
  expect(unsaid.map(({ id }) => id)).toEqual([]);
  expect(raising.length).toBeGreaterThan(80);
});

test('every condition that the engine, gateways and on-call raise by themselves is said in short and in a sentence', () => {
  const codes = [...BUILT_IN, ...DEVICE_FAULTS, ...GATEWAY_FAULTS, ...ON_CALL_TROUBLES.map((code) => `onCall.${code}`)];
  const alone = codes.filter((code) => code !== 'deviceAlarm');
  expect(alone.filter((code) => !isWhole(code) || !said(`code.${code.replace('onCall.', '')}`))).toEqual([]);
  expect(codeWords('onCall.nobodyOnCall')).toBe('NOBODY ON CALL');
});

test('every metric has a name and a short one', () => {
  expect(METRIC_NAMES.filter((metric) => !said(`metric.${metric}`) || !said(`short.${metric}`))).toEqual([]);
});

test('a code that nobody has words for is spelled, and what a device writes can rearrange nothing', () => {
  expect(codeWords('some.newKind-of')).toBe('NEW KIND OF');
  expect(codeWords('device.mdc-196650')).toBe('DEVICE: MDC-196650');
  expect(codeWords('device.odd\u202ename')).toBe('DEVICE: ODD NAME');
  expect(wordsFor('code.nothing')).toBeNull();
});
