import { type Passkey, PasskeyId, EpochMs, type StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AccountChange } from '../../ports/accounts.js';
import {
  type Factors,
  type PasskeyToAdd,
  SecondFactors,
  type StoredPasskey,
  type TotpToSet,
} from '../../ports/second-factors.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import type { PasskeyTable } from './schema.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

/** Passkeys of one person: a phone, a badge, a key at home, and some. */
const PASSKEYS_MAX = 10;

/** Second factors in SQL. The secret of an authenticator app is sealed; recovery codes are hashes; passkeys are public. */
export class SqlSecondFactors extends SecondFactors {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields'>) {
    super();
  }

  override of(staffId: StaffId): Promise<Factors> {
    return this.context.sql.query(async (db) => {
      const totp = await db.selectFrom('totp').select('staff_id').where('staff_id', '=', staffId).executeTakeFirst();
      const codes = await db.selectFrom('recovery_code').select('code_hash').where('staff_id', '=', staffId).execute();
      const passkeys = await db
        .selectFrom('passkey')
        .selectAll()
        .where('staff_id', '=', staffId)
        .orderBy('created_wall_ms')
        .orderBy('passkey_id')
        .execute();
      return { totp: totp !== undefined, recoveryCodes: codes.length, passkeys: passkeys.map(passkeyView) };
    });
  }

  override async totpSecret(staffId: StaffId): Promise<string | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('totp').selectAll().where('staff_id', '=', staffId).executeTakeFirst(),
    );
    return row === undefined ? null : (await this.context.fields.openRow(SEALED.totp, row)).secret_sealed;
  }

  override async setTotp(
    staffId: StaffId,
    { secret, step, recoveryCodeHashes }: TotpToSet,
    change: AccountChange,
  ): Promise<void> {
    const row = { staff_id: staffId, secret_sealed: secret, last_step: step, created_wall_ms: change.wallMs };
    const sealed = await this.context.fields.sealRow(SEALED.totp, row);
    await this.change(change, async (tx) => {
      await tx.db.deleteFrom('totp').where('staff_id', '=', staffId).execute();
      await tx.db.insertInto('totp').values(sealed).execute();
      await replaceRecoveryCodes(tx, staffId, recoveryCodeHashes);
    });
  }

  override removeTotp(staffId: StaffId, change: AccountChange): Promise<void> {
    return this.change(change, async (tx) => {
      await tx.db.deleteFrom('totp').where('staff_id', '=', staffId).execute();
      await replaceRecoveryCodes(tx, staffId, []);
    });
  }

  override async useTotpStep(staffId: StaffId, step: number): Promise<boolean> {
    const { numUpdatedRows } = await this.context.sql.query((db) =>
      db
        .updateTable('totp')
        .set({ last_step: step })
        .where('staff_id', '=', staffId)
        .where('last_step', '<', step)
        .executeTakeFirst(),
    );
    return numUpdatedRows === 1n;
  }

  override setRecoveryCodes(staffId: StaffId, hashes: readonly string[], change: AccountChange): Promise<void> {
    return this.change(change, (tx) => replaceRecoveryCodes(tx, staffId, hashes));
  }

  override async useRecoveryCode(staffId: StaffId, hash: string): Promise<boolean> {
    const { numDeletedRows } = await this.context.sql.query((db) =>
      db.deleteFrom('recovery_code').where('staff_id', '=', staffId).where('code_hash', '=', hash).executeTakeFirst(),
    );
    return numDeletedRows === 1n;
  }

  override async passkey(credentialId: string): Promise<StoredPasskey | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('passkey').selectAll().where('credential_id', '=', credentialId).executeTakeFirst(),
    );
    if (row === undefined) return null;
    return {
      passkeyId: row.passkey_id,
      staffId: row.staff_id as StaffId,
      credentialId: row.credential_id,
      publicKey: Buffer.from(row.public_key, 'base64url'),
      signCount: row.sign_count,
    };
  }

  override async addPasskey(passkey: PasskeyToAdd, change: AccountChange): Promise<Passkey> {
    const row: PasskeyTable = {
      passkey_id: passkey.passkeyId,
      credential_id: passkey.credentialId,
      staff_id: passkey.staffId,
      name: passkey.name,
      public_key: Buffer.from(passkey.publicKey).toString('base64url'),
      sign_count: passkey.signCount,
      synced: passkey.synced ? 1 : 0,
      transports_json: JSON.stringify(passkey.transports),
      created_wall_ms: change.wallMs,
      used_wall_ms: null,
    };
    await this.change(change, async ({ db }) => {
      const others = await db.selectFrom('passkey').select('passkey_id').where('staff_id', '=', passkey.staffId).execute();
      const taken = await db
        .selectFrom('passkey')
        .select('passkey_id')
        .where('credential_id', '=', passkey.credentialId)
        .executeTakeFirst();
      if (taken !== undefined || others.length >= PASSKEYS_MAX) throw new PlatformError('conflict');
      await db.insertInto('passkey').values(row).execute();
    });
    return passkeyView(row);
  }

  override async removePasskey(staffId: StaffId, passkeyId: string, change: AccountChange): Promise<boolean> {
    return this.context.sql.transaction(async (tx) => {
      const { numDeletedRows } = await tx.db
        .deleteFrom('passkey')
        .where('staff_id', '=', staffId)
        .where('passkey_id', '=', passkeyId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await appendAudit(tx, change.audit, change.wallMs);
      return true;
    });
  }

  override async usePasskey(passkeyId: string, signCount: number, wallMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.context.sql.query((db) =>
      db
        .updateTable('passkey')
        .set({ sign_count: signCount, used_wall_ms: wallMs })
        .where('passkey_id', '=', passkeyId)
        // Authenticators that do not count say 0 every time.
        .where((eb) => eb.or([eb('sign_count', '<', signCount), eb.and([eb('sign_count', '=', 0), eb.val(signCount === 0)])]))
        .executeTakeFirst(),
    );
    return numUpdatedRows === 1n;
  }

  private change(change: AccountChange, work: (tx: Tx) => Promise<void>): Promise<void> {
    return this.context.sql.transaction(async (tx) => {
      await appendAudit(tx, change.audit, change.wallMs);
      await work(tx);
    });
  }
}

/** Everything but the password. For what takes factors away together with its own change. */
export async function removeFactorsOf({ db }: Tx, staffId: string): Promise<void> {
  await db.deleteFrom('totp').where('staff_id', '=', staffId).execute();
  await db.deleteFrom('recovery_code').where('staff_id', '=', staffId).execute();
  await db.deleteFrom('passkey').where('staff_id', '=', staffId).execute();
}

async function replaceRecoveryCodes({ db }: Tx, staffId: string, hashes: readonly string[]): Promise<void> {
  await db.deleteFrom('recovery_code').where('staff_id', '=', staffId).execute();
  if (hashes.length === 0) return;
  const rows = hashes.map((code_hash) => ({ staff_id: staffId, code_hash }));
  await db.insertInto('recovery_code').values(rows).execute();
}

function passkeyView(row: PasskeyTable): Passkey {
  return {
    passkeyId: PasskeyId.parse(row.passkey_id),
    name: row.name,
    createdMs: EpochMs.parse(row.created_wall_ms),
    lastUsedMs: row.used_wall_ms === null ? null : EpochMs.parse(row.used_wall_ms),
    synced: row.synced === 1,
  };
}
