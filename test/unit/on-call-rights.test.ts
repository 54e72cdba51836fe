import { Role } from '@vigil/contracts';
import { mayAnywhere } from '@vigil/domain';
import { mayDecide, mayPlan, mayTakeTurns } from '../../packages/dashboard/src/model/policy-moves.js';

const PEOPLE = Role.options.filter((role) => role !== 'service');

test.each(PEOPLE)('%s: on call offers exactly what the table of rights lets it do', (role) => {
  const may = (action: Parameters<typeof mayAnywhere>[1]): boolean =>
    mayAnywhere({ kind: 'person', id: 'x', roles: [role], careUnitIds: [] }, action).allowed;
  expect([mayPlan([role]), mayDecide([role]), mayDecide([role]), mayTakeTurns([role]), mayTakeTurns([role])]).toEqual(
    (['on-call.manage', 'policy.propose', 'policy.approve', 'on-call.swap', 'on-call.notes'] as const).map(may),
  );
});
