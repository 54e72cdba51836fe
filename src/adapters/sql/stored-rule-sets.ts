import { DatabaseSync } from 'node:sqlite';
import { RuleSet } from '@vigil/contracts';

export interface StoredRules {
  readonly hash: string;
  readonly name: string;
  readonly state: string;
  readonly proposedBy: string | null;
  readonly approvedBy: string | null;
  readonly ruleSet: RuleSet;
}

/**
 * The rule sets of a database file, newest first. Reads only, also while a platform has the file open; holds nothing of patients.
 * @throws Error for a file of before rule sets had a life: a start of the platform brings it up to date
 */
export function readStoredRuleSets(file: string): readonly StoredRules[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = db
      .prepare(
        `SELECT v.hash, v.name, v.state, v.proposed_by, v.approved_by, r.content_json FROM rule_set_version v
         JOIN rule_set r ON r.hash = v.hash ORDER BY v.created_wall_ms DESC, v.hash LIMIT 1000`,
      )
      .all() as unknown as readonly Record<string, string | null>[];
    return rows.map((row) => ({
      hash: row['hash']!,
      name: row['name']!,
      state: row['state']!,
      proposedBy: row['proposed_by'] ?? null,
      approvedBy: row['approved_by'] ?? null,
      ruleSet: RuleSet.parse(JSON.parse(row['content_json']!)),
    }));
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SQLITE_ERROR') throw error;
    throw new Error('the database is of an older version, or no database of Vigil: start Vigil once, then look again', {
      cause: error,
    });
  } finally {
    db.close();
  }
}
