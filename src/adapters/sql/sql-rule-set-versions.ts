import { type BedId, RuleSet, RuleSetAction, type RuleSetChange, RuleSetState, type RuleSetVersion } from '@vigil/contracts';
import { approvalTrouble, contentHash, InvariantError, PlatformError, ruleSetStep } from '@vigil/domain';
import { auditEntry } from '../../ports/audit-trail.js';
import {
  type ActivatedRules,
  type RuleSetCommand,
  type RuleSetMove,
  RuleSetVersions,
  type StoredRuleSet,
} from '../../ports/rule-set-versions.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { inForce, putInForce } from './rule-set-activation.js';
import type { RuleSetVersionRow } from './schema.js';
import type { Db, Tx } from './sql.js';

/** More than any site approves in a lifetime; who reaches it has a program that goes wrong. */
const VERSIONS_MAX = 1_000;
const SCHEDULER = 'system:rules';

type Row = RuleSetVersionRow & { readonly content_json: string };

/** The life of rule sets in SQL. */
export class SqlRuleSetVersions extends RuleSetVersions {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'notices' | 'origin'>) {
    super();
  }

  async list(): Promise<readonly RuleSetVersion[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('rule_set_version')
        .selectAll()
        .orderBy('created_wall_ms', 'desc')
        .orderBy('hash')
        .limit(VERSIONS_MAX)
        .execute(),
    );
    return rows.map(versionOf);
  }

  get(hash: string): Promise<StoredRuleSet | null> {
    return this.context.sql.snapshot(async ({ db }) => {
      const row = await versions(db).where('v.hash', '=', hash).executeTakeFirst();
      if (row === undefined) return null;
      const changes = await db.selectFrom('rule_set_change').selectAll().where('hash', '=', hash).orderBy('rev').execute();
      const history = changes.map((each): RuleSetChange => ({
        rev: each.rev,
        action: RuleSetAction.parse(each.action),
        by: each.staff_id,
        reason: each.reason,
        atWallMs: each.at_wall_ms as RuleSetChange['atWallMs'],
      }));
      return { version: versionOf(row), ruleSet: RuleSet.parse(JSON.parse(row.content_json)), history };
    });
  }

  create(ruleSet: RuleSet, command: RuleSetCommand): Promise<Outcome<RuleSetVersion>> {
    const hash = contentHash(ruleSet);
    return this.context.sql.transaction(async (tx) => {
      const facts = { ...command, action: 'rule-set.create', subject: hash, content: hash };
      const known = await versions(tx.db).where('v.hash', '=', hash).executeTakeFirst();
      if ((await isDone(tx, facts)) && known !== undefined) return { value: versionOf(known), repeated: true };
      await appendAudit(tx, command.audit, command.wallMs);
      if (known !== undefined) return { value: versionOf(known), repeated: false };
      const { count } = await tx.db
        .selectFrom('rule_set_version')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= VERSIONS_MAX) throw new PlatformError('conflict');
      const content_json = JSON.stringify(ruleSet);
      await tx.db
        .insertInto('rule_set')
        .values({ hash, content_json, activation: 0 })
        .onConflict((c) => c.doNothing())
        .execute();
      const row = firstRow(hash, ruleSet.name, command.wallMs);
      await tx.db.insertInto('rule_set_version').values(row).execute();
      await note(tx, row, { action: 'create', by: command.by, reason: '', wallMs: command.wallMs });
      return { value: versionOf(row), repeated: false };
    });
  }

  move(move: RuleSetMove): Promise<Outcome<RuleSetVersion>> {
    const { hash, action, by, ifRev, reason, comparedWith, wallMs } = move;
    return this.context.sql.transaction(async (tx) => {
      const row = await versions(tx.db).where('v.hash', '=', hash).executeTakeFirst();
      if (row === undefined) throw new PlatformError('not-found');
      const content = { action, reason, comparedWith: comparedWith ?? null, effectiveMs: move.effectiveMs ?? null };
      const isRepeated = await isDone(tx, { ...move, action: `rule-set.${action}`, subject: hash, content });
      if (isRepeated) return { value: versionOf(row), repeated: true };
      if (row.rev !== ifRev) throw new PlatformError('revision-moved');
      if (comparedWith !== undefined && (await inForce(tx))?.hash !== comparedWith) throw new PlatformError('revision-moved');
      const effectiveMs = move.effectiveMs ?? Math.round(move.nowMs);
      // Of a state that can't be scheduled, that is what is said.
      if (action === 'schedule' && (row.state === 'approved' || row.state === 'scheduled')) {
        const fromWallMs = wallMs + Math.max(0, effectiveMs - move.nowMs) / (move.rate ?? 1);
        if ((await staleApproval(tx, row, fromWallMs)) !== null) throw new PlatformError('approval-stale');
      }
      const value = await this.step(tx, row, { action, by, reason, wallMs, effectiveMs, comparedWith: comparedWith ?? null });
      await appendAudit(tx, move.audit, wallMs);
      return { value, repeated: false };
    });
  }

  activateDue({ nowMs, wallMs, rate }: { nowMs: number; wallMs: number; rate: number }): Promise<ActivatedRules> {
    return this.context.sql.transaction(async (tx) => {
      const due = await versions(tx.db)
        .where('v.state', '=', 'scheduled')
        .where('v.effective_ms', '<=', Math.round(nowMs))
        .orderBy('v.effective_ms')
        .orderBy('v.changed_wall_ms')
        .orderBy('v.hash')
        .execute();
      const inForce: string[] = [];
      const refused: { hash: string; reason: string }[] = [];
      for (const row of due) {
        const reason = await staleApproval(tx, row, wallMs);
        if (reason === null) {
          await this.activate(tx, row, { nowMs, wallMs, rate });
          inForce.push(row.hash);
        } else {
          await this.refuse(tx, row, reason, wallMs);
          refused.push({ hash: row.hash, reason });
        }
      }
      return { inForce, refused };
    });
  }

  async nextDueMs(): Promise<number | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('rule_set_version')
        .select((eb) => eb.fn.min('effective_ms').as('next'))
        .where('state', '=', 'scheduled')
        .executeTakeFirst(),
    );
    return row?.next === null || row?.next === undefined ? null : Number(row.next);
  }

  /** Only what is scheduled now is taken, so that of two processes the second finds nothing. */
  private async activate(tx: Tx, row: Row, at: { nowMs: number; wallMs: number; rate: number }): Promise<void> {
    const { wallMs } = at;
    const active = await versions(tx.db).where('v.state', '=', 'active').execute();
    for (const each of active) await this.step(tx, each, { action: 'supersede', by: SCHEDULER, reason: '', wallMs });
    const ruleSet = RuleSet.parse(JSON.parse(row.content_json));
    await this.step(tx, row, { action: 'activate', by: SCHEDULER, reason: '', wallMs, effectiveMs: row.effective_ms });
    await putInForce(tx, this.context, {
      hash: row.hash,
      ruleSet,
      rate: at.rate,
      nowMs: at.nowMs,
      by: row.approved_by ?? SCHEDULER,
    });
    const object = `rule-set:${row.hash.slice(0, 16)}`;
    const detail = `approved by ${row.approved_by ?? 'nobody'}, at rate ${at.rate}`;
    await appendAudit(
      tx,
      auditEntry({ actor: SCHEDULER, action: 'rule-set.activate', object, outcome: 'allowed', detail }),
      wallMs,
    );
    const beds = await tx.db.selectFrom('bed').select('bed_id').execute();
    // Screens show the limits of the rule set.
    tx.afterCommit(() => this.context.notices.directory.tell(beds.map(({ bed_id }) => bed_id as BedId)));
  }

  /** It keeps its approval, which people can see is stale, and loses its date. */
  private async refuse(tx: Tx, row: Row, reason: string, wallMs: number): Promise<void> {
    await this.step(tx, row, { action: 'withdraw', by: SCHEDULER, reason, wallMs });
    const object = `rule-set:${row.hash.slice(0, 16)}`;
    const facts = { actor: SCHEDULER, action: 'rule-set.activate', object, outcome: 'failed', detail: reason } as const;
    await appendAudit(tx, auditEntry(facts), wallMs);
  }

  private async step(
    tx: Tx,
    row: Row,
    facts: {
      action: RuleSetAction;
      by: string;
      reason: string;
      wallMs: number;
      effectiveMs?: number | null;
      comparedWith?: string | null;
    },
  ): Promise<RuleSetVersion> {
    const { action, by, effectiveMs = null, wallMs, comparedWith = null } = facts;
    const before = {
      state: RuleSetState.parse(row.state),
      proposedBy: row.proposed_by,
      approvedBy: row.approved_by,
      effectiveMs: row.effective_ms,
    };
    const { life, refused } = ruleSetStep(before, { action, by, effectiveMs });
    if (life === null) throw new PlatformError(refused);
    const set = {
      state: life.state,
      rev: row.rev + 1,
      proposed_by: life.proposedBy,
      approved_by: life.approvedBy,
      effective_ms: life.effectiveMs,
      compared_with: action === 'approve' ? comparedWith : life.approvedBy === null ? null : row.compared_with,
      changed_wall_ms: Math.round(wallMs),
    };
    const { numUpdatedRows } = await tx.db
      .updateTable('rule_set_version')
      .set(set)
      .where('hash', '=', row.hash)
      .where('rev', '=', row.rev)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw new InvariantError('expected: one transaction at a time moves a rule set');
    const after = { ...row, ...set };
    await note(tx, after, facts);
    return versionOf(after);
  }
}

function versions(db: Db) {
  return db
    .selectFrom('rule_set_version as v')
    .innerJoin('rule_set as r', 'r.hash', 'v.hash')
    .selectAll('v')
    .select('r.content_json');
}

/** Why the approval of a set is no longer worth anything; null where it is. */
async function staleApproval(tx: Tx, row: Row, fromWallMs: number): Promise<string | null> {
  const approved = await tx.db
    .selectFrom('rule_set_change')
    .select('at_wall_ms')
    .where('hash', '=', row.hash)
    .where('action', '=', 'approve')
    .orderBy('rev', 'desc')
    .executeTakeFirst();
  const approval = { atWallMs: approved?.at_wall_ms ?? null, comparedWith: row.compared_with };
  return approvalTrouble(approval, { inForce: (await inForce(tx))?.hash ?? null, fromWallMs });
}

function firstRow(hash: string, name: string, wallMs: number): RuleSetVersionRow {
  const atWallMs = Math.round(wallMs);
  const empty = { proposed_by: null, approved_by: null, effective_ms: null, compared_with: null };
  return { hash, name, state: 'draft', rev: 1, ...empty, created_wall_ms: atWallMs, changed_wall_ms: atWallMs };
}

/** Stands for whoever set the site up, in the place of the two people. */
export const INSTALLATION = 'installation';

/** The rule set that a site begins with: whoever set it up stands for it. */
export async function insertFirstVersion(
  tx: Tx,
  { hash, name, wallMs }: { hash: string; name: string; wallMs: number },
): Promise<void> {
  const row = { ...firstRow(hash, name, wallMs), state: 'active', proposed_by: INSTALLATION, approved_by: INSTALLATION };
  await tx.db
    .insertInto('rule_set_version')
    .values(row)
    .onConflict((c) => c.doNothing())
    .execute();
}

async function note(
  tx: Tx,
  { hash, rev }: Pick<RuleSetVersionRow, 'hash' | 'rev'>,
  { action, by, reason, wallMs }: { action: RuleSetAction; by: string; reason: string; wallMs: number },
): Promise<void> {
  await tx.db
    .insertInto('rule_set_change')
    .values({ hash, rev, action, staff_id: by, reason, at_wall_ms: Math.round(wallMs) })
    .execute();
}

function versionOf(row: RuleSetVersionRow): RuleSetVersion {
  return {
    hash: row.hash,
    name: row.name,
    state: RuleSetState.parse(row.state),
    rev: row.rev,
    proposedBy: row.proposed_by,
    approvedBy: row.approved_by,
    effectiveMs: row.effective_ms as RuleSetVersion['effectiveMs'],
    createdAtMs: row.created_wall_ms as RuleSetVersion['createdAtMs'],
    changedAtMs: row.changed_wall_ms as RuleSetVersion['changedAtMs'],
  };
}
