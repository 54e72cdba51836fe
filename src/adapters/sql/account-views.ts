import { AccountView, type Page } from '@vigil/contracts';
import { sql } from 'kysely';
import { decodeCursor, pageOf } from './cursor.js';
import type { Db } from './sql.js';

/** Accounts with what each has, without anything secret. */
function views(db: Db, wallMs: number) {
  return db
    .selectFrom('account as a')
    .innerJoin('staff as s', 's.staff_id', 'a.staff_id')
    .select((eb) => [
      'a.staff_id',
      'a.username',
      's.name',
      's.roles_json',
      'a.disabled',
      'a.password_temporary',
      sql<number>`case when a.password_hash = '' then 0 else 1 end`.as('has_password'),
      eb.selectFrom('totp as t').whereRef('t.staff_id', '=', 'a.staff_id').select(eb.fn.countAll<number>().as('n')).as('totp'),
      eb
        .selectFrom('passkey as k')
        .whereRef('k.staff_id', '=', 'a.staff_id')
        .select(eb.fn.countAll<number>().as('n'))
        .as('passkeys'),
      eb
        .selectFrom('session as e')
        .whereRef('e.staff_id', '=', 'a.staff_id')
        .where('e.expires_wall_ms', '>', wallMs)
        .select(eb.fn.countAll<number>().as('n'))
        .as('sessions'),
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof views>['execute']>>[number];

/** In the order of staff ids. @throws PlatformError('invalid-request') for a cursor that is none */
export async function accountViews(
  db: Db,
  { limit, cursor, wallMs }: { readonly limit: number; readonly cursor?: string | undefined; readonly wallMs: number },
): Promise<Page<AccountView>> {
  const after = decodeCursor(cursor, ['string']);
  const all = views(db, wallMs)
    .orderBy('a.staff_id')
    .limit(limit + 1);
  const rows = await (after === null ? all : all.where('a.staff_id', '>', String(after[0]))).execute();
  return pageOf(rows, limit, viewOf, (row) => [row.staff_id]);
}

export async function accountView(db: Db, staffId: string, wallMs: number): Promise<AccountView | null> {
  const row = await views(db, wallMs).where('a.staff_id', '=', staffId).executeTakeFirst();
  return row === undefined ? null : viewOf(row);
}

function viewOf(row: Row): AccountView {
  return AccountView.parse({
    staffId: row.staff_id,
    username: row.username,
    name: row.name,
    roles: JSON.parse(row.roles_json),
    disabled: row.disabled === 1,
    passwordTemporary: row.password_temporary === 1,
    hasPassword: Number(row.has_password) === 1,
    totp: Number(row.totp) > 0,
    passkeys: Number(row.passkeys),
    sessions: Number(row.sessions),
  });
}
