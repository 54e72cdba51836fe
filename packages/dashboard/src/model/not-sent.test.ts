import '../words/english-for-tests.js';
import { type Trouble, troubleOf } from '../live/problem.js';
import { noFileText } from './not-sent.js';

const trouble = (code: string, more: Partial<Trouble> = {}): Trouble => ({ ...troubleOf(code), ...more });

test('a file that did not come whole says so, and how to make it shorter only where a person can', () => {
  const begins = /^The file did not come whole, and nothing was saved\. Try again/;
  const [coarser, plain] = [true, false].map((canBeCoarser) => noFileText(trouble('offline'), { canBeCoarser }));
  expect(coarser).toMatch(begins);
  expect(coarser).toMatch(/one line for more minutes/);
  expect(plain).toMatch(begins);
  expect(plain).not.toMatch(/line/);
  expect(plain).not.toMatch(/NOT SENT/);
});

test('a file that waits for others says for how long', () => {
  const said = noFileText(trouble('too-many-attempts', { waitS: 7 }), { canBeCoarser: false });
  expect(said).toMatch(/7 seconds/);
});
