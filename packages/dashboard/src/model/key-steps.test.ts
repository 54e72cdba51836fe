import fc from 'fast-check';
import {
  bedByNumber,
  HANDS_OFF_MS,
  KEY_WAIT_MS,
  type KeyAction,
  keyStep,
  type KeyWait,
  NO_WAIT,
  stillWriting,
} from './key-steps.js';

/** What a row of keys does, a tenth of a second apart. */
function press(keys: readonly string[], acceptNeedsEnter = false): KeyAction[] {
  let wait: KeyWait = NO_WAIT;
  return keys.map((key, i) => {
    const step = keyStep(wait, key, i * 100, acceptNeedsEnter);
    wait = step.wait;
    return step.action;
  });
}
const last = (keys: readonly string[], needsEnter = false) => press(keys, needsEnter).at(-1);

test.each([
  [['a'], { do: 'accept' }],
  [['k'], { do: 'acknowledge' }],
  [['m'], { do: 'sound' }],
  [['n'], { do: 'next' }],
  [['p'], { do: 'previous' }],
  [['S'], { do: 'speak' }],
  [['?'], { do: 'help' }],
  [['g', 'a'], { do: 'go', place: 'alarms' }],
  [['g', 'd'], { do: 'go', place: 'devices' }],
  [['1', '2', 'Enter'], { do: 'bed', digits: '12' }],
  [['b', '7', 'Enter'], { do: 'bed', digits: '7' }],
  [['b', 'Enter'], { do: 'nothing' }],
  [['s'], { do: 'nothing' }],
  [['g', 'Escape', 'a'], { do: 'accept' }],
])('%j does %j', (keys, action) => {
  expect(last(keys)).toEqual(action);
});

test('where the site wants it, a alone only asks, and Enter accepts', () => {
  expect(press(['a', 'Enter'], true)).toEqual([{ do: 'ask-accept' }, { do: 'accept' }]);
  expect(press(['a', 'n', 'Enter'], true).at(-1)).toEqual({ do: 'nothing' });
});

test('a key that waits for another one is forgotten', () => {
  const { wait } = keyStep(NO_WAIT, 'g', 0, false);
  expect(keyStep(wait, 'o', KEY_WAIT_MS + 1, false).action).toEqual({ do: 'nothing' });
});

test('no row of keys accepts without an a, or within two keys of another meaning', () => {
  const key = fc.constantFrom('a', 'b', 'g', 'k', 'm', '1', '2', 'Enter', 'Escape', 'x', 'n');
  fc.assert(
    fc.property(fc.array(key, { maxLength: 12 }), fc.boolean(), (keys, needsEnter) => {
      press(keys, needsEnter).forEach((action, i) => {
        if (action.do === 'accept')
          expect(needsEnter ? keys.slice(i - 1, i + 1) : [keys[i]]).toEqual(needsEnter ? ['a', 'Enter'] : ['a']);
      });
    }),
  );
});

test('out of a field no key counts while the hands go on: only once none has come for a moment', () => {
  /* Escape out of a note at 0, then "a lot more" as people type, then a pause. */
  const counts = [80, 200, 590, 700, 1_099, 1_500, 1_600];
  let lastMs: number | null = 0;
  const isWriting = counts.map((nowMs) => (lastMs = stillWriting(lastMs, nowMs)) !== null);
  expect(isWriting).toEqual([true, true, true, true, true, false, false]);
  expect(stillWriting(0, HANDS_OFF_MS)).toBeNull();
  expect(stillWriting(null, 1)).toBeNull();
});

test('a number means a bed only where it means one', () => {
  const beds = [{ label: 'Bed 1' }, { label: 'Bed 12' }, { label: 'IMC 3' }, { label: 'ICU 3' }, { label: 'Side room' }];
  expect(bedByNumber(beds, '12')?.label).toBe('Bed 12');
  expect(bedByNumber(beds, '3')).toBeUndefined();
  expect(bedByNumber(beds, '9')).toBeUndefined();
});
