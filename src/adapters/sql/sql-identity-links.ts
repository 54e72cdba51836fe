import { createHash } from 'node:crypto';
import { EpochMs, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AccountChange } from '../../ports/accounts.js';
import { type IdentityLink, IdentityLinks, type NewIdentityLink } from '../../ports/identity-links.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { endSessionsOf } from './sql-sessions.js';

/** A person has one identity of each issuer; a site has one issuer, now and then another after a change. */
const LINKS_MAX = 20;

/** Links between identities and staff in SQL. The key is a hash of issuer and subject, so one identity is one person. */
export class SqlIdentityLinks extends IdentityLinks {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override async staffOf(issuer: string, subject: string): Promise<StaffId | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('identity_link')
        .select('staff_id')
        .where('subject_hash', '=', subjectHash(issuer, subject))
        .executeTakeFirst(),
    );
    return row === undefined ? null : StaffId.parse(row.staff_id);
  }

  override async of(staffId: StaffId): Promise<readonly IdentityLink[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('identity_link')
        .selectAll()
        .where('staff_id', '=', staffId)
        .orderBy('linked_wall_ms')
        .limit(LINKS_MAX)
        .execute(),
    );
    return rows.map((row) => ({ linkId: row.link_id, issuer: row.issuer, linkedMs: EpochMs.parse(row.linked_wall_ms) }));
  }

  override async link({ issuer, subject, staffId, wallMs, audit }: NewIdentityLink): Promise<IdentityLink> {
    const hash = subjectHash(issuer, subject);
    const linkId = `il-${hash.slice(0, 16)}`;
    await this.context.sql.transaction(async (tx) => {
      const { db } = tx;
      const account = await db.selectFrom('account').select('staff_id').where('staff_id', '=', staffId).executeTakeFirst();
      if (account === undefined) throw new PlatformError('not-found', { ids: [`staff:${staffId}`] });
      const taken = await db
        .selectFrom('identity_link')
        .select('link_id')
        .where((eb) => eb.or([eb('subject_hash', '=', hash), eb.and([eb('staff_id', '=', staffId), eb('issuer', '=', issuer)])]))
        .executeTakeFirst();
      if (taken !== undefined) throw new PlatformError('conflict', { ids: [`staff:${staffId}`] });
      await db
        .insertInto('identity_link')
        .values({ subject_hash: hash, link_id: linkId, issuer, staff_id: staffId, linked_wall_ms: wallMs })
        .execute();
      if (audit !== undefined) await appendAudit(tx, audit, wallMs);
    });
    return { linkId, issuer, linkedMs: EpochMs.parse(wallMs) };
  }

  override unlink(staffId: StaffId, linkId: string, { audit, wallMs }: AccountChange): Promise<boolean> {
    return this.context.sql.transaction(async (tx) => {
      const { numDeletedRows } = await tx.db
        .deleteFrom('identity_link')
        .where('staff_id', '=', staffId)
        .where('link_id', '=', linkId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await endSessionsOf(tx, staffId);
      await appendAudit(tx, audit, wallMs);
      return true;
    });
  }
}

/** JSON keeps the two apart: no issuer can end where a subject begins. */
function subjectHash(issuer: string, subject: string): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
}
