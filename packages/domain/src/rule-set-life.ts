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

/** An approval is worth so long (wall time): who reads it later has to know the site of now, not that of then. */
export const APPROVAL_VALID_MS = 14 * 86_400_000;

export interface Approval {
  /** Wall time; null where it is not known. */
  readonly atWallMs: number | null;
  /** Hash of the rule set in force that the approved one was compared with; null where it is not known. */
  readonly comparedWith: string | null;
}

/**
 * Why an approved rule set may not come into force; null where it may. A set is whole, not a difference: one that was compared with
 * other rules than those in force would take back in silence what has changed since.
 *
 * @param fromWallMs when it is to be in force
 */
export function approvalTrouble(
  { atWallMs, comparedWith }: Approval,
  now: { readonly inForce: string | null; readonly fromWallMs: number },
): string | null {
  if (atWallMs !== null && now.fromWallMs - atWallMs > APPROVAL_VALID_MS) {
    return 'approved more than 14 days before: withdraw it, propose it and have it approved again';
  }
  if (comparedWith !== null && comparedWith !== now.inForce) {
    return 'approved against other rules than those in force now: withdraw it, propose it and have it approved again';
  }
  return null;
}

const done = (life: RuleSetLife): RuleSetStep => ({ life, refused: null });
