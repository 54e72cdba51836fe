import { Epochs, type EpochReader } from './epochs.js';

const reader = (name: string, epoch: number | null, ended: string[]): EpochReader => ({
  name,
  epoch,
  steal: () => ended.push(name),
});

test.each<[string, (number | null)[], number | null, boolean, number[]]>([
  ['of equal epochs the newest wins', [0], 0, true, [0]],
  ['a higher epoch wins', [1], 2, true, [0]],
  ['a lower epoch is refused', [3], 2, false, []],
  ['without an epoch beside one that has', [0], null, false, []],
  ['an epoch ends all without one', [null, null], 0, true, [0, 1]],
  ['several without an epoch read side by side', [null, null, null, null], null, true, []],
  ['a sixth without an epoch is refused', [null, null, null, null, null], null, false, []],
])('%s', (_, present, epoch, isAdmitted, ends) => {
  const epochs = new Epochs(5);
  const ended: string[] = [];
  present.forEach((e, i) => expect(epochs.enter('vigil/alarms/0', reader(String(i), e, ended)).ok).toBe(true));
  expect(epochs.enter('vigil/alarms/0', reader('new', epoch, ended)).ok).toBe(isAdmitted);
  expect(ended).toEqual(ends.map(String));
});

test('a reader that has left is forgotten, and one that was displaced does not take the newer one along', () => {
  const epochs = new Epochs(5);
  const ended: string[] = [];
  const [first, second] = [reader('first', 5, ended), reader('second', 5, ended)];
  epochs.enter('p', first);
  epochs.enter('p', second);
  epochs.leave('p', first);
  expect(epochs.enter('p', reader('low', 1, ended)).ok).toBe(false);
  epochs.leave('p', second);
  expect(epochs.enter('p', reader('low', 1, ended)).ok).toBe(true);
});
