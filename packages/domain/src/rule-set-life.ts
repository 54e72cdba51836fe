import type { RuleSetAction, RuleSetState } from '@vigil/contracts';

export interface RuleSetLife {
  readonly state: RuleSetState;
  readonly proposedBy: string | null;
  readonly approvedBy: string | null;
  readonly effectiveMs: number | null;
}

export type RuleSetStep =
  | { readonly life: RuleSetLife; readonly refused: null }
  | { readonly life: null; readonly refused: 'conflict' | 'second-person-required' };

/** What each state lets happen. What is not here is refused. */
const TABLE: Readonly<Record<RuleSetState, Readonly<Partial<Record<RuleSetAction, RuleSetState>>>>> = {
  draft: { propose: 'proposed' },
  proposed: { approve: 'approved', reject: 'rejected', withdraw: 'draft' },
  rejected: { propose: 'proposed' },
  approved: { schedule: 'scheduled', withdraw: 'draft' },
  scheduled: { activate: 'active', withdraw: 'approved', schedule: 'scheduled' },
  active: { supersede: 'superseded' },
  superseded: { propose: 'proposed' },
};

/**
 * One step in the life of a rule set. Two people stand behind each one that comes into force, also when a site goes back to one
 * that was in force before: it is proposed and approved anew. Pure; the store keeps the result.
 */
export function ruleSetStep(
  life: RuleSetLife,
  {
    action,
    by,
    effectiveMs = null,
  }: { readonly action: RuleSetAction; readonly by: string; readonly effectiveMs?: number | null },
): RuleSetStep {
  const state = TABLE[life.state][action];
  if (state === undefined) return { life: null, refused: 'conflict' };
  switch (action) {
    case 'propose':
      return done({ state, proposedBy: by, approvedBy: null, effectiveMs: null });
    case 'approve':
      if (life.proposedBy === by) return { life: null, refused: 'second-person-required' };
      return done({ ...life, state, approvedBy: by });
    case 'schedule':
      return done({ ...life, state, effectiveMs });
    case 'withdraw':
      return done({ ...life, state, approvedBy: state === 'draft' ? null : life.approvedBy, effectiveMs: null });
    default:
      return done({ ...life, state });
  }
}

const done = (life: RuleSetLife): RuleSetStep => ({ life, refused: null });
