import { AssignmentConflict, ChangeReason, StandbyPlace } from '@vigil/contracts';
import '../words/english-for-tests.js';
import { troubleOf } from '../live/problem.js';
import { placeText, reasonText, recordLeads, refusedAgainText, refusedText, undoLeftS } from './stay-words.js';

test('every reason and place of the contract has words', () => {
  const said = [...ChangeReason.options.map(reasonText), ...StandbyPlace.options.map(placeText)];
  expect(said.filter((text) => text === '' || text.includes('stays'))).toEqual([]);
  expect(new Set(said).size).toBe(said.length);
});

test.each(AssignmentConflict.shape.kind.options)(
  '%s says that nothing was done, what stands in the way and what helps',
  (kind) => {
    const conflict = AssignmentConflict.parse({ kind, bedId: 'icu-1', deviceId: 'mon-1', fromMs: 0, toMs: null });
    const text = refusedText({ ...troubleOf('assignment-conflict'), conflicts: [conflict] }, () => 'ICU 1');
    expect(text).toMatch(/^NOT DONE\. .{20,}/);
    expect(text).toContain('ICU 1');
  },
);

test('what the server does not tell of a stranger is not made up', () => {
  const conflict = AssignmentConflict.parse({ kind: 'patient-elsewhere', fromMs: 0, toMs: null });
  expect(refusedText({ ...troubleOf('assignment-conflict'), conflicts: [conflict] })).toContain('another bed');
});

test.each([
  'revision-moved',
  'reason-required',
  'feed-refused',
  'not-found',
  'forbidden',
  'conflict',
  'store-unavailable',
  'internal',
])('%s: not done, and a sentence that helps', (code) => {
  expect(refusedText(troubleOf(code))).toMatch(/^NOT DONE\. [A-Z].{20,}\.$/);
});

test('no answer is told apart from a refusal: it may have been done', () => {
  expect(refusedText(troubleOf('offline'))).toMatch(/^NO ANSWER/);
});

test('only the hospital’s records lead', () => {
  expect([recordLeads('person'), recordLeads(undefined), recordLeads('site')]).toEqual(['', '', '']);
  expect(recordLeads('hl7')).toContain('HL7');
});

test('the time to take something back runs out, and never below nothing', () => {
  expect([undoLeftS(0, 0), undoLeftS(0, 59_001), undoLeftS(0, 60_000), undoLeftS(0, 99_000)]).toEqual([60, 1, 0, 0]);
});

test('what is refused after a press without an answer is not said to be undone, because that press may have done it', () => {
  for (const code of ['conflict', 'revision-moved'] as const) {
    expect(refusedAgainText(troubleOf(code))).toMatch(/may have been done/);
    expect(refusedText(troubleOf(code))).not.toMatch(/may have been done/);
  }
  expect(refusedAgainText(troubleOf('forbidden'))).toBe(refusedText(troubleOf('forbidden')));
});
