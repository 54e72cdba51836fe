import { groupSubject, oneLine, pageSubject, standDownText } from './page-text.js';

test('a page says how urgent and where', () => {
  expect(pageSubject({ origin: 'live', priority: 'high', kind: 'physiological' }, 'bed ICU 3')).toBe(
    '*** High priority alarm, bed ICU 3',
  );
  expect(pageSubject({ origin: 'simulated', priority: 'low', kind: 'technical' }, 'gateway gw-1')).toBe(
    'TEST * Low priority technical alarm, gateway gw-1',
  );
});

test('a message about several alarms counts them, and names so many places as can be read', () => {
  expect(groupSubject({ priority: 'high', test: false, places: ['bed 1', 'bed 2', 'bed 1'] })).toBe('*** 3 alarms: bed 1, bed 2');
  const places = Array.from({ length: 9 }, (_, n) => `bed ${n + 1}`);
  expect(groupSubject({ priority: 'medium', test: true, places })).toBe(
    'TEST ** 9 alarms: bed 1, bed 2, bed 3, bed 4, bed 5, bed 6 and 3 more',
  );
});

test('whoever need not come is told who is going, or that it is over', () => {
  expect(standDownText({ place: 'bed ICU 3', test: false, going: ['Karin Novak'], isShelved: false })).toBe(
    'bed ICU 3: stand down, Karin Novak is going',
  );
  expect(standDownText({ place: 'bed ICU 3', test: true, going: ['A', 'B'], isShelved: false })).toBe(
    'TEST bed ICU 3: stand down, A, B are going',
  );
  expect(standDownText({ place: 'bed ICU 3', test: false, going: [], isShelved: false })).toBe(
    'bed ICU 3: stand down, it is over',
  );
  expect(standDownText({ place: 'bed ICU 3', test: false, going: [], isShelved: true })).toBe(
    'bed ICU 3: stand down, it is shelved for now',
  );
});

test('no label and no name adds a line, hides one or turns the text around', () => {
  expect(oneLine('ICU\r\nBcc: all@hospital.test\u2028x\u0000')).toBe('ICU Bcc: all@hospital.test x');
  expect(oneLine('\u202Eabc\u2066\uFEFF')).toBe('abc');
  const nasty = 'bed 1\r\nTo: x';
  for (const text of [
    pageSubject({ origin: 'live', priority: 'high', kind: 'physiological' }, nasty),
    groupSubject({ priority: 'high', test: false, places: [nasty, nasty] }),
    standDownText({ place: nasty, test: false, going: [nasty], isShelved: false }),
  ]) {
    expect(text).not.toMatch(/[\r\n]/);
  }
});
