import { bedKey, type BedId, type RuleSet } from '@vigil/contracts';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { relay } from './outbox.js';
import type { Tx } from './sql.js';

export interface Activation {
  readonly hash: string;
  readonly ruleSet: RuleSet;
  /** Event time per wall time. */
  readonly rate: number;
  readonly nowMs: number;
  readonly by: string;
}

/** The rule set in force and the rate that the log was told with it; null before the first. */
export async function inForce(tx: Pick<Tx, 'db'>): Promise<{ readonly hash: string; readonly rate: number } | null> {
  const row = await tx.db.selectFrom('meta').select('content').where('name', '=', 'active-rules').executeTakeFirst();
  const [, hash, rate] = /^(\S+) at rate (\S+)$/.exec(row?.content ?? '') ?? [];
  return hash === undefined ? null : { hash, rate: Number(rate) };
}

/** Tells every partition which rules hold from here on. False in a site without beds, where there is nobody to tell. */
export async function putInForce(
  tx: Tx,
  context: Pick<SqlContext, 'notices' | 'origin'>,
  { hash, ruleSet, rate, nowMs, by }: Activation,
): Promise<boolean> {
  const bed = await tx.db.selectFrom('bed').select('bed_id').orderBy('place').orderBy('bed_id').executeTakeFirst();
  if (bed === undefined) return false;
  const content = `${hash} at rate ${rate}`;
  const activation = await nextNumber(tx, 'rule-set-activation');
  await tx.db
    .insertInto('rule_set')
    .values({ hash, content_json: JSON.stringify(ruleSet), activation })
    .onConflict((c) => c.column('hash').doUpdateSet({ activation }))
    .execute();
  await tx.db
    .insertInto('meta')
    .values({ name: 'active-rules', content })
    .onConflict((c) => c.column('name').doUpdateSet({ content }))
    .execute();
  const event = {
    kind: 'ruleSetActivated',
    id: `rules/${activation}/${hash}`,
    key: bedKey(bed.bed_id as BedId),
    origin: context.origin,
    atMs: Math.round(nowMs),
    hash,
    ruleSet,
    rate,
    by,
    activation,
  } as const;
  await relay(tx, context.notices, event, true);
  return true;
}
