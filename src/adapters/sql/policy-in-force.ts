import { PolicyContent } from '@vigil/contracts';
import { CANARY_POLICY, contentHash, type PagingPolicy, pagingPolicy } from '@vigil/domain';
import type { SqlContext } from './context.js';
import { jsonOf } from './json-of.js';
import type { Db } from './sql.js';

/** The scope of a policy for every care unit that has none of its own. */
export const WHOLE_SITE = '*';

type PolicyContext = Pick<SqlContext, 'policy'>;

/**
 * The policy that an alarm of these care units follows when its escalation begins: that of the first by name, which is its own or
 * the site's. Until two people have put one into force that is the one of site.yaml. Where one can't be read the next of these holds: alarms
 * never wait for a policy.
 */
export async function policyInForce(db: Db, context: PolicyContext, careUnitIds: readonly string[]): Promise<PagingPolicy> {
  for (const hash of await approvedHashes(db, careUnitIds)) {
    const policy = await policyByHash(db, context, hash);
    if (policy !== null) return policy;
  }
  return context.policy;
}

/** What two people have put into force there: of the care unit itself, then of the site. */
export async function approvedHashes(db: Db, careUnitIds: readonly string[]): Promise<readonly string[]> {
  const unit = [...careUnitIds].sort()[0] ?? WHOLE_SITE;
  const rows = await db
    .selectFrom('policy_in_force')
    .select(['scope', 'hash'])
    .where('scope', 'in', [unit, WHOLE_SITE])
    .execute();
  const own = rows.filter((row) => row.scope !== WHOLE_SITE);
  return [...own, ...rows.filter((row) => row.scope === WHOLE_SITE)].map((row) => row.hash);
}

/** The policy that an escalation began with, whatever is in force now; null where the store does not know it, or has other words under its name. */
export async function policyByHash(db: Db, context: PolicyContext, hash: string): Promise<PagingPolicy | null> {
  if (hash === CANARY_POLICY.hash) return CANARY_POLICY;
  const known = read.get(hash);
  if (known !== undefined) return known;
  if (context.policy.hash === hash) return context.policy;
  const content = await contentByHash(db, hash);
  return content === null ? null : keep(pagingPolicy(content, hash));
}

/** What is stored under a hash; null where nothing is, or not what the hash is of. */
async function contentByHash(db: Db, hash: string): Promise<PolicyContent | null> {
  const row = await db.selectFrom('policy').select('content_json').where('hash', '=', hash).executeTakeFirst();
  if (row === undefined) return null;
  const parsed = PolicyContent.safeParse(jsonOf(row.content_json));
  return parsed.success && contentHash(parsed.data) === hash ? parsed.data : null;
}

/** Content under a hash never changes, so that what was read once holds for every store and process; the oldest goes. */
const read = new Map<string, PagingPolicy>();
const READ_MAX = 200;

function keep(policy: PagingPolicy): PagingPolicy {
  const [oldest] = read.keys();
  if (read.size >= READ_MAX && oldest !== undefined) read.delete(oldest);
  read.set(policy.hash, policy);
  return policy;
}
