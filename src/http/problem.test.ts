import { BedId, EpochMs, Problem } from '@vigil/contracts';
import { AssignmentRefused } from '@vigil/domain';
import { answerTo } from './problem.js';

test('what stands in the way of an assignment is told with the answer, in the form of the contract', () => {
  const conflict = {
    kind: 'device-elsewhere' as const,
    bedId: BedId.parse('icu-2'),
    fromMs: EpochMs.parse(1),
    toMs: null,
  };
  const { problem } = answerTo(new AssignmentRefused([conflict]));
  expect(problem).toMatchObject({ status: 409, code: 'assignment-conflict', conflicts: [conflict] });
  expect(Problem.parse(problem)).toEqual(problem);
});
