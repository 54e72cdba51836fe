import type { CommandId, RuleSet, RuleSetAction, RuleSetChange, RuleSetVersion, StaffId } from '@vigil/contracts';
import type { Who } from './directory.js';
import type { Outcome } from './stay-limits.js';

export interface StoredRuleSet {
  readonly version: RuleSetVersion;
  readonly ruleSet: RuleSet;
  /** Oldest first. */
  readonly history: readonly RuleSetChange[];
}

export interface RuleSetCommand extends Who {
  readonly commandId: CommandId;
  readonly by: StaffId;
}

export interface RuleSetMove extends RuleSetCommand {
  readonly hash: string;
  readonly action: Exclude<RuleSetAction, 'create' | 'activate' | 'supersede'>;
  readonly ifRev: number;
  readonly reason: string;
  /** For `approve`: the rule set in force that it was compared with. */
  readonly comparedWith?: string;
  /** For `schedule`: event time; left out: at once. */
  readonly effectiveMs?: number;
  /** For `schedule`: event time per wall time; 1 where left out. */
  readonly rate?: number;
}

export interface ActivatedRules {
  /** Hashes of those that came into force. */
  readonly inForce: readonly string[];
  readonly refused: readonly { readonly hash: string; readonly reason: string }[];
}

/**
 * The life of rule sets (`ruleSetStep`). The content under a hash never changes. Each move commits its row, its line of history,
 * the audit row and the command in one transaction. @throws PlatformError 'not-found', 'conflict', 'second-person-required',
 * 'approval-stale' (of `schedule`), 'revision-moved' (also when another rule set is in force than was compared with),
 * 'store-unavailable'
 */
export abstract class RuleSetVersions {
  /** Newest first; at most 1,000. */
  abstract list(): Promise<readonly RuleSetVersion[]>;
  abstract get(hash: string): Promise<StoredRuleSet | null>;
  /** One that is there already is answered as it is. @throws PlatformError('conflict') when there are too many */
  abstract create(ruleSet: RuleSet, command: RuleSetCommand): Promise<Outcome<RuleSetVersion>>;
  abstract move(move: RuleSetMove): Promise<Outcome<RuleSetVersion>>;
  /**
   * Puts what is due at `nowMs` into force, in the order of the dates, each with its event for every partition in the same
   * transaction: once, however many processes ask. One whose approval is stale by then (`approvalTrouble`) is approved again,
   * without a date, and its history says why.
   */
  abstract activateDue(at: { readonly nowMs: number; readonly wallMs: number; readonly rate: number }): Promise<ActivatedRules>;
  /** Event time at which the next one is due; null while none is scheduled. */
  abstract nextDueMs(): Promise<number | null>;
}
