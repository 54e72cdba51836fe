import { RuleSet } from '@vigil/contracts';
import { RuleSets } from '../../ports/rule-sets.js';
import type { SqlContext } from './context.js';

/** Rule sets in SQL. The active one is that which was activated last. */
export class SqlRuleSets extends RuleSets {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  async get(hash: string): Promise<RuleSet | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('rule_set').select('content_json').where('hash', '=', hash).executeTakeFirst(),
    );
    return row === undefined ? null : RuleSet.parse(JSON.parse(row.content_json));
  }

  async active(): Promise<{ readonly hash: string; readonly ruleSet: RuleSet } | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('rule_set')
        .select(['hash', 'content_json'])
        .where('activation', '>', 0)
        .orderBy('activation', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
    return row === undefined ? null : { hash: row.hash, ruleSet: RuleSet.parse(JSON.parse(row.content_json)) };
  }
}
