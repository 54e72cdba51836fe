import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.js';

const GONE = '(select coalesce(max(size), 0) from audit_base)';

/** What PostgreSQL refuses: table, event, and the condition over `old`. */
const REFUSALS: readonly (readonly [table: string, event: 'update' | 'delete', condition: string])[] = [
  ['audit', 'update', 'true'],
  ['audit', 'delete', `old.seq > ${GONE}`],
  ['audit_patient', 'update', 'true'],
  ['audit_patient', 'delete', `old.seq > ${GONE}`],
  ['audit_checkpoint', 'update', 'true'],
  ['audit_checkpoint', 'delete', `old.size >= ${GONE}`],
  ['audit_base', 'update', 'true'],
  ['audit_base', 'delete', 'true'],
  ['audit_hold', 'delete', 'true'],
];
const EMPTIED = ['audit', 'audit_patient', 'audit_checkpoint', 'audit_base', 'audit_hold'];

interface Guard {
  /** Of the trigger and of its function. */
  readonly name: string;
  readonly on: string;
  readonly event: string;
  readonly body: string;
}

const raise = "raise exception 'audit is append-only' using errcode = 'P0001'";

/** The triggers that keep the audit trail append-only, each with a function of its own. */
export const POSTGRES_GUARDS: readonly Guard[] = [
  ...REFUSALS.map(([table, event, condition]) => ({
    ...{ name: `${table}_no_${event}`, on: table, event: `${event} on ${table} for each row` },
    body: ` begin if ${condition} then ${raise}; end if; return ${event === 'delete' ? 'old' : 'new'}; end `,
  })),
  ...EMPTIED.map((table) => ({
    ...{ name: `${table}_no_truncate`, on: table, event: `truncate on ${table} for each statement` },
    body: ` begin ${raise}; end `,
  })),
];

/** Every trigger of the audit tables that is switched on, with its function. */
export const GUARDS_THERE = `
  select t.tgname as name, c.relname as on, p.proname as function, p.prosrc as body, t.tgqual is not null as has_condition
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
  where not t.tgisinternal and t.tgenabled in ('O', 'A') and c.relnamespace = current_schema()::regnamespace and c.relname like 'audit%'`;

export interface TriggerRow {
  readonly name: string;
  readonly on: string;
  readonly function: string;
  readonly body: string;
  readonly has_condition: boolean;
}

/** Names of the guards that are missing, switched off or not what they were, and of triggers that are not ours. */
export function wrongGuards(there: readonly TriggerRow[]): readonly string[] {
  const isRight = ({ name, on, body }: Guard): boolean =>
    there.some((t) => t.name === name && t.on === on && t.function === name && t.body === body && !t.has_condition);
  const strange = there.filter(({ name }) => !POSTGRES_GUARDS.some((guard) => guard.name === name));
  const missing = POSTGRES_GUARDS.filter((guard) => !isRight(guard));
  return [...missing.map(({ name }) => name), ...strange.map(({ name }) => `${name} is not one of ours`)];
}

/** As `refuseAuditChanges` for SQLite: makes what is missing, puts right what was replaced, and touches nothing else. */
export async function refuseAuditChangesInPostgres(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql.raw<TriggerRow>(GUARDS_THERE).execute(db);
  const missing = new Set(wrongGuards(rows));
  for (const { name, event, body } of POSTGRES_GUARDS) {
    if (!missing.has(name)) continue;
    await sql
      .raw(`create or replace function ${name}() returns trigger language plpgsql as '${body.replaceAll("'", "''")}'`)
      .execute(db);
    await sql.raw(`create or replace trigger ${name} before ${event} execute function ${name}()`).execute(db);
    await sql.raw(`alter table ${event.split(' ')[2]!} enable trigger ${name}`).execute(db);
  }
}
