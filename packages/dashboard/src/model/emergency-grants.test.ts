import { byPatient, openUntilMs } from './emergency-grants.js';

const grant = (grantId: string, patientId: string, openedMs: number, endsMs = openedMs + 3_600_000) => ({
  grantId,
  patientId,
  openedMs,
  endsMs,
});

test('one line a patient, the newest access first in each and among them', () => {
  const open = [grant('a', 'p1', 10), grant('b', 'p2', 20), grant('c', 'p1', 30), grant('d', 'p1', 5)];
  expect(byPatient(open).map((group) => group.map(({ grantId }) => grantId))).toEqual([['c', 'a', 'd'], ['b']]);
  expect(byPatient([])).toEqual([]);
});

test('the record is open as long as any of them is, and an older one may be longer', () => {
  expect(openUntilMs([grant('a', 'p1', 30, 100), grant('b', 'p1', 10, 500)])).toBe(500);
});
