import type {
  CareUnitId,
  CommandId,
  PolicyAction,
  PolicyChange,
  PolicyContent,
  PolicyDetail,
  PolicySimulation,
  PolicyVersion,
  StaffId,
} from '@vigil/contracts';
import type { PolicySite, Recorded } from '@vigil/domain';
import type { Who } from './change.js';
import type { Outcome } from './stay-limits.js';

export interface StoredPolicy {
  readonly version: PolicyVersion;
  /** Oldest first. The reason of one that can't be opened is empty. */
  readonly history: readonly PolicyChange[];
  readonly simulation: PolicySimulation | null;
  readonly inForceIn: PolicyDetail['inForceIn'];
  readonly replaces: PolicyDetail['replaces'];
}

export interface PolicyCommand extends Who {
  readonly commandId: CommandId;
  readonly by: StaffId;
}

export interface PolicyMove extends PolicyCommand {
  readonly hash: string;
  readonly action: Exclude<PolicyAction, 'create' | 'change' | 'supersede'>;
  readonly ifRev: number;
  readonly reason: string;
  /** For `approve`: the hashes in force that it was compared with. */
  readonly comparedWith?: readonly string[];
}

/** What is in force at a care unit, or where it has none of its own (null). */
export interface PolicyNow {
  readonly hash: string;
  readonly content: PolicyContent;
  readonly source: 'approved' | 'site.yaml';
  /** Two people have put another one into force there, which the store can't read. */
  readonly isFallback: boolean;
}

/** Wall time `[fromWallMs, toWallMs)`. No care unit: all without a policy of their own. */
export interface RecordedSpan {
  readonly careUnitIds: readonly CareUnitId[];
  readonly fromWallMs: number;
  /** Event time of `fromWallMs`: alarms are found by when they began. */
  readonly fromEventMs: number;
  readonly toWallMs: number;
  readonly alarmsMax: number;
}

/**
 * Escalation policies and their life (`policyStep`). The content under a hash never changes. Each move commits its row, its line of
 * history, the audit row and the command in one transaction. What is activated holds for escalations that begin from that commit on;
 * those under way keep what they began with. @throws PlatformError 'not-found' (also for a care unit), 'conflict',
 * 'second-person-required', 'simulation-required' (of `propose`), 'approval-stale' (of `activate`), 'revision-moved' (also when
 * another policy is in force than was compared with), 'store-unavailable', 'keys-unavailable'
 */
export abstract class EscalationPolicies {
  /** Newest first; at most 1,000. */
  abstract list(): Promise<readonly PolicyVersion[]>;
  abstract get(hash: string): Promise<StoredPolicy | null>;
  abstract inForce(careUnitId: CareUnitId | null): Promise<PolicyNow>;
  /** One that is there is answered as it is; where it is to hold elsewhere, and is neither proposed nor in force, it is a draft again. */
  abstract create(
    policy: { readonly content: PolicyContent; readonly careUnitIds: readonly CareUnitId[] },
    command: PolicyCommand,
  ): Promise<Outcome<PolicyVersion>>;
  abstract move(move: PolicyMove): Promise<Outcome<PolicyVersion>>;
  /** Keeps the newest simulation of a policy; nothing else changes. */
  abstract keepSimulation(hash: string, simulation: PolicySimulation): Promise<void>;
  /** Who is there to be told where such a policy is to hold. A care unit that is not there, or is retired, is left out. */
  abstract site(careUnitIds: readonly CareUnitId[], wallMs: number): Promise<PolicySite>;
  /** The alarms that began in a span, with all that a simulation needs; the newest where there are too many. */
  abstract recorded(span: RecordedSpan): Promise<Recorded>;
}
