import {
  type CareUnitId,
  PolicyAction,
  type PolicyChange,
  PolicyContent,
  PolicyState,
  type PolicyVersion,
} from '@vigil/contracts';
import { type PolicyLife, PlatformError } from '@vigil/domain';
import { jsonOf } from './json-of.js';
import { policyInForce, WHOLE_SITE } from './policy-in-force.js';
import type { SqlContext } from './context.js';
import type { PolicyChangeRow, PolicyVersionRow } from './schema-policies.js';
import type { Db } from './sql.js';

export type PolicyRow = PolicyVersionRow & { readonly content_json: string };

export function policyRows(db: Db) {
  return db
    .selectFrom('policy_version as v')
    .innerJoin('policy as p', 'p.hash', 'v.hash')
    .selectAll('v')
    .select('p.content_json');
}

export function unitsOf(row: Pick<PolicyVersionRow, 'care_units_json'>): readonly CareUnitId[] {
  return JSON.parse(row.care_units_json) as CareUnitId[];
}

/** Where a policy holds: its care units, or all that have none of their own. */
export function scopesOf(careUnitIds: readonly CareUnitId[]): readonly string[] {
  return careUnitIds.length === 0 ? [WHOLE_SITE] : careUnitIds;
}

/** Hashes in force now in some scopes, sorted, each once. */
export async function hashesInForce(db: Db, context: Pick<SqlContext, 'policy'>, scopes: readonly string[]): Promise<string[]> {
  const hashes = new Set<string>();
  for (const scope of scopes) hashes.add((await policyInForce(db, context, scope === WHOLE_SITE ? [] : [scope])).hash);
  return [...hashes].sort();
}

/** Null where its content can't be read, as by another release. */
export function readVersion(row: PolicyRow): PolicyVersion | null {
  return PolicyContent.safeParse(jsonOf(row.content_json)).success ? versionOf(row) : null;
}

export function versionOf(row: PolicyRow): PolicyVersion {
  return {
    hash: row.hash,
    content: PolicyContent.parse(JSON.parse(row.content_json)),
    careUnitIds: [...unitsOf(row)],
    ...{ ...lifeOf(row), rev: row.rev },
    createdWallMs: row.created_wall_ms as PolicyVersion['createdWallMs'],
    activeFromWallMs: row.active_from_wall_ms as PolicyVersion['activeFromWallMs'],
    changedWallMs: row.changed_wall_ms as PolicyVersion['changedWallMs'],
  } as PolicyVersion;
}

export function lifeOf(row: PolicyVersionRow): PolicyLife {
  return { state: PolicyState.parse(row.state), proposedBy: row.proposed_by, approvedBy: row.approved_by };
}

export function changeOf(row: PolicyChangeRow, reason: string): PolicyChange {
  const atWallMs = row.at_wall_ms as PolicyChange['atWallMs'];
  return { rev: row.rev, action: PolicyAction.parse(row.action), by: row.staff_id, reason, atWallMs };
}

/** @throws PlatformError('not-found') for the first that is not there, or is retired */
export async function requireUnits(db: Db, careUnitIds: readonly CareUnitId[]): Promise<void> {
  if (careUnitIds.length === 0) return;
  const rows = await db
    .selectFrom('care_unit')
    .select('care_unit_id')
    .where('care_unit_id', 'in', [...careUnitIds])
    .where('retired_wall_ms', 'is', null)
    .execute();
  const unknown = careUnitIds.find((id) => !rows.some((row) => row.care_unit_id === id));
  if (unknown !== undefined) throw new PlatformError('not-found', { ids: [`careUnit:${unknown}`] });
}
