import type { PolicyAction, PolicyState } from '@vigil/contracts';

export interface PolicyLife {
  readonly state: PolicyState;
  readonly proposedBy: string | null;
  readonly approvedBy: string | null;
}

export type PolicyStepped =
  | { readonly life: PolicyLife; readonly refused: null }
  | { readonly life: null; readonly refused: 'conflict' | 'second-person-required' };

/** What each state lets happen. What is not here is refused. `change`: it is to hold for other care units. */
const TABLE: Readonly<Record<PolicyState, Readonly<Partial<Record<PolicyAction, PolicyState>>>>> = {
  draft: { change: 'draft', propose: 'proposed' },
  proposed: { approve: 'approved', reject: 'rejected', withdraw: 'draft' },
  rejected: { change: 'draft', propose: 'proposed' },
  approved: { activate: 'active', withdraw: 'draft' },
  active: { supersede: 'superseded' },
  superseded: { change: 'draft', propose: 'proposed' },
};

/**
 * One step in the life of an escalation policy. As with rule sets (rule-set-life.ts) two people stand behind each one that comes into
 * force, also when a site goes back to one of before. Pure; the store keeps the result.
 */
export function policyStep(life: PolicyLife, action: PolicyAction, by: string): PolicyStepped {
  const state = TABLE[life.state][action];
  if (state === undefined) return { life: null, refused: 'conflict' };
  if (action === 'approve' && life.proposedBy === by) return { life: null, refused: 'second-person-required' };
  switch (action) {
    case 'propose':
      return { life: { state, proposedBy: by, approvedBy: null }, refused: null };
    case 'approve':
      return { life: { ...life, state, approvedBy: by }, refused: null };
    case 'withdraw':
    case 'change':
      return { life: { state, proposedBy: null, approvedBy: null }, refused: null };
    default:
      return { life: { ...life, state }, refused: null };
  }
}

/** A simulation is worth so long (wall time): the week that it looked at has to be the one of now. */
export const SIMULATION_VALID_MS = 24 * 3_600_000;
