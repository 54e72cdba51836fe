import { CareUnitId } from '@vigil/contracts';
import { type Action, may } from './access.js';

const icu = CareUnitId.parse('icu');
const ward = CareUnitId.parse('ward');

test.each([
  ['nurse', 'alarm.accept', icu, true],
  ['nurse', 'alarm.accept', ward, false],
  ['nurse', 'assignment.create', icu, false],
  ['charge-nurse', 'assignment.create', icu, true],
  ['admin', 'patient.read', icu, false],
  ['admin', 'reject.read', null, true],
  ['security-officer', 'audit.read', null, true],
  ['security-officer', 'bed.read', icu, false],
  ['service', 'encounter.admit', icu, true],
  ['service', 'audit.read', null, false],
  ['physician', 'bed.read', icu, true],
  ['physician', 'bed.read', ward, false],
  ['auditor', 'audit.export', null, true],
  ['admin', 'patient.erase', null, false],
  ['biomed', 'patient.read', icu, false],
] as const)('%s, %s, in %s: %s', (role, action, careUnitId, allowed) => {
  expect(may({ roles: [role], careUnitIds: [icu] }, action as Action, careUnitId).allowed).toBe(allowed);
});

test('no role means no', () => {
  expect(may({ roles: [], careUnitIds: [icu] }, 'bed.read', icu)).toEqual({
    allowed: false,
    reason: 'no role of the actor grants bed.read',
  });
});
