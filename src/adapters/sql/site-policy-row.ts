import type { PolicyContent } from '@vigil/contracts';
import { policyContent } from '@vigil/domain';
import { auditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import type { Tx } from './sql.js';

const NAME = 'site-policy';

/**
 * Keeps the policy of site.yaml under its hash, so that escalations that began with it find it after the file was changed. That the
 * file says something else than at the last start is on the audit trail.
 */
export async function keepSitePolicy(tx: Tx, context: Pick<SqlContext, 'policy'>, wallMs: number): Promise<void> {
  const { policy } = context;
  await keepContent(tx, policy.hash, policyContent(policy));
  const before = await tx.db.selectFrom('meta').select('content').where('name', '=', NAME).executeTakeFirst();
  if (before?.content === policy.hash) return;
  await tx.db
    .insertInto('meta')
    .values({ name: NAME, content: policy.hash })
    .onConflict((c) => c.column('name').doUpdateSet({ content: policy.hash }))
    .execute();
  if (before === undefined) return;
  const object = `policy:${policy.hash.slice(0, 16)}`;
  const entry = { actor: 'system:seed', action: 'policy.site', object, outcome: 'allowed' } as const;
  await appendAudit(tx, auditEntry({ ...entry, detail: `site.yaml, before ${before.content.slice(0, 16)}` }), Math.round(wallMs));
}

/** Content under a hash never changes. */
export async function keepContent(tx: Tx, hash: string, content: PolicyContent): Promise<void> {
  await tx.db
    .insertInto('policy')
    .values({ hash, content_json: JSON.stringify(content) })
    .onConflict((c) => c.doNothing())
    .execute();
}
