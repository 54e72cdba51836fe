import '../../packages/dashboard/src/words/english-for-tests.js';
import { PROBLEMS } from '../../src/http/problem.js';
import { troubleOf, troubleText } from '../../packages/dashboard/src/live/problem.js';

/** What no form can be answered with as it is, or what its own screen says in words of its own. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'second-factor-required': 'a step of the sign-in',
  'second-factor-enrolment-required': 'a step of the sign-in',
  'password-change-required': 'a step of the sign-in',
  'approval-stale': 'policies',
  'policy-refused': 'policies',
  'simulation-required': 'policies',
  'assignment-conflict': 'said by what stands in the way',
  'feed-refused': 'tasks',
  'import-stale': 'command line only',
  'impossible-rate': 'presses on alarms',
  'ehr-unavailable': 'status of a link, no answer to a form',
  'ehr-refused': 'status of a link, no answer to a form',
  'anchor-unavailable': 'status of the audit trail',
  'anchor-refused': 'status of the audit trail',
  'state-too-new': 'nothing that a person at a screen can do: the technical service',
  'ownership-lost': 'nothing that a person at a screen can do: the technical service',
};

test('whatever the server refuses, a person reads what to do: a nurse was told "the server could not do this" where a physician was needed', () => {
  const other = troubleText(troubleOf('nothing-known'));
  const unsaid = Object.keys(PROBLEMS).filter((code) => !(code in NOT_HERE) && troubleText(troubleOf(code)) === other);
  expect(unsaid).toEqual([]);
});
