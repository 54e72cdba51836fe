import { type CareUnitId, type PolicyAction, type PolicyContent, PolicySimulation, type PolicyVersion } from '@vigil/contracts';
import {
  approvalTrouble,
  contentHash,
  InvariantError,
  PlatformError,
  policyContent,
  type PolicySite,
  policyStep,
  type Recorded,
  SIMULATION_VALID_MS,
} from '@vigil/domain';
import {
  EscalationPolicies,
  type PolicyCommand,
  type PolicyMove,
  type PolicyNow,
  type RecordedSpan,
  type StoredPolicy,
} from '../../ports/escalation-policies.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { approvedHashes, policyInForce, WHOLE_SITE } from './policy-in-force.js';
import { recordedAlarms } from './policy-history.js';
import {
  changeOf,
  hashesInForce,
  lifeOf,
  type PolicyRow,
  policyRows,
  readVersion,
  requireUnits,
  scopesOf,
  unitsOf,
  versionOf,
} from './policy-rows.js';
import { policySite } from './policy-site.js';
import type { PolicyChangeRow, PolicyVersionRow } from './schema-policies.js';
import { SEALED } from './sealed-columns.js';
import { keepContent } from './site-policy-row.js';
import type { Tx } from './sql.js';

/** More than any site approves in a lifetime; who reaches it has a program that goes wrong. */
const VERSIONS_MAX = 1_000;

type Context = Pick<SqlContext, 'sql' | 'policy' | 'fields'>;
interface Step {
  readonly action: PolicyAction;
  readonly by: string;
  readonly wallMs: number;
  /** Sealed. */
  readonly reason: string;
  readonly set?: Partial<PolicyVersionRow>;
}

/** The life of escalation policies in SQL. */
export class SqlPolicies extends EscalationPolicies {
  constructor(private readonly context: Context) {
    super();
  }

  async list(): Promise<readonly PolicyVersion[]> {
    const rows = await this.context.sql.query((db) =>
      policyRows(db).orderBy('v.created_wall_ms', 'desc').orderBy('v.hash').limit(VERSIONS_MAX).execute(),
    );
    return rows.flatMap((row) => readVersion(row) ?? []);
  }

  async get(hash: string): Promise<StoredPolicy | null> {
    const found = await this.context.sql.snapshot(async ({ db }) => {
      const row = await policyRows(db).where('v.hash', '=', hash).executeTakeFirst();
      if (row === undefined) return null;
      const changes = await db.selectFrom('policy_change').selectAll().where('hash', '=', hash).orderBy('rev').execute();
      const places = await db.selectFrom('policy_in_force').selectAll().where('hash', '=', hash).orderBy('scope').execute();
      const replaces = await hashesInForce(db, this.context, scopesOf(unitsOf(row)));
      return { row, changes, places, replaces };
    });
    const version = found === null ? null : readVersion(found.row);
    if (found === null || version === null) return null;
    const opened = await this.context.fields.openRows(SEALED.policyChange, found.changes);
    const inForceIn = found.places.map(({ scope, since_wall_ms }) => ({
      careUnitId: scope === WHOLE_SITE ? null : (scope as CareUnitId),
      sinceWallMs: since_wall_ms,
    })) as StoredPolicy['inForceIn'];
    return {
      version,
      history: found.changes.map((change, at) => changeOf(change, opened[at]?.row?.reason ?? '')),
      simulation: simulationOf(found.row),
      inForceIn,
      replaces: found.replaces,
    };
  }

  inForce(careUnitId: CareUnitId | null): Promise<PolicyNow> {
    return this.context.sql.snapshot(async ({ db }) => {
      const policy = await policyInForce(db, this.context, careUnitId === null ? [] : [careUnitId]);
      const approved = await approvedHashes(db, careUnitId === null ? [] : [careUnitId]);
      const source = approved.includes(policy.hash) ? 'approved' : 'site.yaml';
      const isFallback = approved.length > 0 && approved[0] !== policy.hash;
      return { hash: policy.hash, content: policyContent(policy), source, isFallback };
    });
  }

  create(
    { content, careUnitIds }: { readonly content: PolicyContent; readonly careUnitIds: readonly CareUnitId[] },
    command: PolicyCommand,
  ): Promise<Outcome<PolicyVersion>> {
    const hash = contentHash(content);
    const units = [...new Set(careUnitIds)].sort();
    return this.context.sql.transaction(async (tx) => {
      const facts = { ...command, action: 'policy.create', subject: hash, content: { hash, units } };
      const known = await policyRows(tx.db).where('v.hash', '=', hash).executeTakeFirst();
      if ((await isDone(tx, facts)) && known !== undefined) return { value: versionOf(known), repeated: true };
      await requireUnits(tx.db, units);
      await appendAudit(tx, command.audit, command.wallMs);
      const care_units_json = JSON.stringify(units);
      if (known !== undefined) {
        if (known.care_units_json === care_units_json) return { value: versionOf(known), repeated: false };
        // What was looked at was looked at for other care units.
        const set = { care_units_json, simulation_json: null };
        const row = await step(tx, known, { action: 'change', by: command.by, wallMs: command.wallMs, reason: '', set });
        return { value: versionOf(row), repeated: false };
      }
      const { count } = await tx.db
        .selectFrom('policy_version')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= VERSIONS_MAX) throw new PlatformError('conflict');
      await keepContent(tx, hash, content);
      const row = firstRow(hash, care_units_json, command.wallMs);
      await tx.db.insertInto('policy_version').values(row).execute();
      await note(tx, { hash, rev: 1, action: 'create', staff_id: command.by, reason: '', at_wall_ms: row.created_wall_ms });
      return { value: versionOf({ ...row, content_json: JSON.stringify(content) }), repeated: false };
    });
  }

  async move(move: PolicyMove): Promise<Outcome<PolicyVersion>> {
    const { hash, action, by, ifRev, comparedWith, wallMs } = move;
    const change = { hash, rev: ifRev + 1, action, staff_id: by, reason: move.reason, at_wall_ms: Math.round(wallMs) };
    const { reason } = await this.context.fields.sealRow(SEALED.policyChange, change);
    return this.context.sql.transaction(async (tx) => {
      const row = await policyRows(tx.db).where('v.hash', '=', hash).executeTakeFirst();
      if (row === undefined) throw new PlatformError('not-found');
      const content = { action, reason: move.reason, comparedWith: comparedWith ?? null };
      const isRepeated = await isDone(tx, { ...move, action: `policy.${action}`, subject: hash, content });
      if (isRepeated) return { value: versionOf(row), repeated: true };
      if (row.rev !== ifRev) throw new PlatformError('revision-moved');
      await requireUnits(tx.db, unitsOf(row));
      const now = (await hashesInForce(tx.db, this.context, scopesOf(unitsOf(row)))).join(' ');
      const set = await setOf(tx, row, move, now);
      const moved = await step(tx, row, { action, by, wallMs, reason, set });
      if (action === 'activate') await putInForce(tx, row, move);
      await appendAudit(tx, move.audit, wallMs);
      return { value: versionOf(moved), repeated: false };
    });
  }

  async keepSimulation(hash: string, simulation: PolicySimulation): Promise<void> {
    await this.context.sql.query((db) =>
      db
        .updateTable('policy_version')
        .set({ simulation_json: JSON.stringify(simulation) })
        .where('hash', '=', hash)
        .execute(),
    );
  }

  site(careUnitIds: readonly CareUnitId[], wallMs: number): Promise<PolicySite> {
    return this.context.sql.snapshot(({ db }) => policySite(db, careUnitIds, wallMs));
  }

  recorded(span: RecordedSpan): Promise<Recorded> {
    return recordedAlarms(this.context.sql, span);
  }
}

/** What a move writes beside the state, or its refusal. @param now hashes in force where the policy is to hold */
async function setOf(tx: Tx, row: PolicyRow, move: PolicyMove, now: string): Promise<Partial<PolicyVersionRow>> {
  // In a state that lets none of it happen, that is what is said.
  const isPossible = policyStep(lifeOf(row), move.action, move.by).refused === null;
  switch (isPossible ? move.action : null) {
    case 'propose': {
      const simulation = simulationOf(row);
      const isThere = simulation !== null && JSON.stringify(simulation.careUnitIds) === row.care_units_json;
      if (!isThere || move.wallMs - simulation.toWallMs > SIMULATION_VALID_MS) throw new PlatformError('simulation-required');
      return { compared_with: null };
    }
    case 'approve':
      if ([...new Set(move.comparedWith)].sort().join(' ') !== now) throw new PlatformError('revision-moved');
      return { compared_with: now };
    case 'activate': {
      const approved = await tx.db
        .selectFrom('policy_change')
        .select('at_wall_ms')
        .where('hash', '=', row.hash)
        .where('action', '=', 'approve')
        .orderBy('rev', 'desc')
        .executeTakeFirst();
      const approval = { atWallMs: approved?.at_wall_ms ?? null, comparedWith: row.compared_with };
      const stale = approvalTrouble(approval, { inForce: now, fromWallMs: move.wallMs });
      if (stale !== null) throw new PlatformError('approval-stale');
      return { active_from_wall_ms: Math.round(move.wallMs) };
    }
    default:
      return {};
  }
}

/** From this commit on. A policy that is in force nowhere any more is superseded, also one that can't be read. */
async function putInForce(tx: Tx, row: PolicyRow, { by, wallMs }: PolicyMove): Promise<void> {
  const since_wall_ms = Math.round(wallMs);
  for (const scope of scopesOf(unitsOf(row))) {
    await tx.db
      .insertInto('policy_in_force')
      .values({ scope, hash: row.hash, since_wall_ms })
      .onConflict((c) => c.column('scope').doUpdateSet({ hash: row.hash, since_wall_ms }))
      .execute();
  }
  const over = await policyRows(tx.db)
    .where('v.state', '=', 'active')
    .where('v.hash', 'not in', (eb) => eb.selectFrom('policy_in_force').select('hash'))
    .execute();
  for (const each of over) await step(tx, each, { action: 'supersede', by, wallMs, reason: '' });
}

async function step(tx: Tx, row: PolicyRow, { action, by, wallMs, reason, set = {} }: Step): Promise<PolicyRow> {
  const { life, refused } = policyStep(lifeOf(row), action, by);
  if (life === null) throw new PlatformError(refused);
  const changed = {
    ...set,
    ...{ state: life.state, rev: row.rev + 1, proposed_by: life.proposedBy, approved_by: life.approvedBy },
    changed_wall_ms: Math.round(wallMs),
  };
  const { numUpdatedRows } = await tx.db
    .updateTable('policy_version')
    .set(changed)
    .where('hash', '=', row.hash)
    .where('rev', '=', row.rev)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new InvariantError('expected: one transaction at a time moves a policy');
  await note(tx, { hash: row.hash, rev: changed.rev, action, staff_id: by, reason, at_wall_ms: changed.changed_wall_ms });
  return { ...row, ...changed };
}

async function note(tx: Tx, row: PolicyChangeRow): Promise<void> {
  await tx.db.insertInto('policy_change').values(row).execute();
}

function firstRow(hash: string, care_units_json: string, wallMs: number): PolicyVersionRow {
  const atWallMs = Math.round(wallMs);
  const empty = { proposed_by: null, approved_by: null, compared_with: null, simulation_json: null, active_from_wall_ms: null };
  return { hash, care_units_json, state: 'draft', rev: 1, ...empty, created_wall_ms: atWallMs, changed_wall_ms: atWallMs };
}

function simulationOf({ simulation_json: json }: PolicyVersionRow): PolicySimulation | null {
  return json === null ? null : (PolicySimulation.safeParse(JSON.parse(json)).data ?? null);
}
