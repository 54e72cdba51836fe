import type { EpochMs, EraseResult, KeyStatus, PatientId, RotateRequest } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { type Keyring, type RefreshReport, SealError } from '@vigil/sealed-records';
import { auditEntry } from '../../ports/audit-trail.js';
import type { Who } from '../../ports/directory.js';
import { type KeyWork, type MeasuredOfErased, RecordKeys } from '../../ports/record-keys.js';
import { appendAudit } from './audit-row.js';
import { historyErased, historyToErase } from './erase-history.js';
import { countErasures, endErasures, erasePatient, repeatErasures } from './erase-patient.js';
import type { Refusals } from './refusals.js';
import { Resealer, type ResealParts } from './reseal.js';
import { warmPinned } from './open-keyring.js';
import { SEALED_TABLES } from './sealed-columns.js';

/** Makes a new key-encryption key the current one; null where that is done in a vault. */
export type RotateKek = (() => Promise<unknown>) | null;

export interface RecordKeysParts extends ResealParts {
  readonly refusals: Refusals;
  readonly rotateKek: RotateKek;
  readonly clock: { wallMs(): number };
}

/** The keys of the sealed columns of `vigil.db`. */
export class SqlRecordKeys extends RecordKeys {
  private readonly resealer: Resealer;
  private away: RefreshReport['away'] = null;
  private haveErasuresStood = false;

  constructor(private readonly parts: RecordKeysParts) {
    super();
    this.resealer = new Resealer(parts);
  }

  async status(): Promise<KeyStatus> {
    const { keyring, sql } = this.parts;
    const { currentKekId, shardKeys, subjectKeys } = await keyring.status();
    const byKek = new Map<string, number>([[currentKekId, 0]]);
    for (const { kekId, count } of shardKeys) byKek.set(kekId, (byKek.get(kekId) ?? 0) + count);
    const purposes = new Map<string, { keys: number; oldestMs: number }>();
    for (const { purpose, count, oldestMs } of subjectKeys) {
      const known = purposes.get(purpose) ?? { keys: 0, oldestMs };
      purposes.set(purpose, { keys: known.keys + count, oldestMs: Math.min(known.oldestMs, oldestMs) });
    }
    const { erased } = await countErasures(sql);
    return {
      service: this.away === null ? 'ok' : this.away.code === 'key-away' ? 'away' : 'denied',
      currentKeyId: currentKekId,
      keyEncryptionKeys: [...byKek].map(([keyId, dataKeys]) => ({ keyId, dataKeys })),
      purposes: [...purposes].map(([purpose, { keys, oldestMs }]) => ({ purpose, keys, oldestMs: oldestMs as EpochMs })),
      erasedPatients: erased,
      left: await this.left(),
    };
  }

  async rotate(what: RotateRequest['what'], who: Who): Promise<void> {
    const { sql, keyring, rotateKek } = this.parts;
    if (what === 'key-encryption' && rotateKek === null) throw new PlatformError('conflict');
    try {
      await requireService(keyring);
      await sql.transaction((tx) => appendAudit(tx, who.audit, who.wallMs));
      if (what === 'data') await rotateData(keyring);
      else await rotateKek!();
      // Noticed here, so that the next round does not take it for a change that somebody made past Vigil.
      await keyring.refresh();
    } catch (error) {
      if (error instanceof SealError) throw new PlatformError('keys-unavailable', {}, true, error);
      throw error;
    }
  }

  erasePatient(patientId: PatientId, who: Who): Promise<EraseResult> {
    return erasePatient(this.parts, patientId, who);
  }

  async work(): Promise<KeyWork> {
    const { keyring } = this.parts;
    const looked = await keyring.refresh();
    this.away = looked.away ?? looked.damaged;
    if (looked.kekChanged) await this.recordChange();
    if (looked.away === null) await this.rewrap();
    await this.endErasures();
    const more = looked.away === null && (await this.resealer.step());
    const away = this.away === null ? null : this.away.code === 'key-away' ? 'key-away' : 'key-denied';
    return { away, left: await this.left(), refused: this.parts.refusals.total, more };
  }

  historyToErase(): Promise<readonly MeasuredOfErased[]> {
    return historyToErase(this.parts.sql, this.parts.clock.wallMs());
  }

  historyErased(of: MeasuredOfErased, samples: number): Promise<void> {
    return historyErased(this.parts.sql, of, samples, this.parts.clock.wallMs());
  }

  async follow(): Promise<KeyWork['away']> {
    const looked = await this.parts.keyring.refresh();
    const away = looked.away ?? looked.damaged;
    this.away = away;
    return away === null ? null : away.code === 'key-away' ? 'key-away' : 'key-denied';
  }

  /** In a vault, or with `vigil keys rotate`: whoever did it is on record there, that it happened is on record here. */
  private async recordChange(): Promise<void> {
    const { currentKekId } = await this.parts.keyring.status();
    const detail = `key-encryption key ${currentKekId} is current; it was rotated outside of the platform`;
    const entry = auditEntry({ actor: 'system:keys', action: 'key.rotate', object: 'keys', outcome: 'allowed', detail });
    await this.parts.sql.transaction((tx) => appendAudit(tx, entry, this.parts.clock.wallMs()));
  }

  /** Files are put back while Vigil is stopped, so one look after the start is enough. */
  private async endErasures(): Promise<void> {
    if (!this.haveErasuresStood) await repeatErasures(this.parts, this.parts.dataKeys);
    this.haveErasuresStood = true;
    await endErasures(this.parts);
  }

  private async rewrap(): Promise<void> {
    try {
      await this.parts.keyring.rewrapAll();
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      this.away = error;
    }
  }

  private async left(): Promise<KeyStatus['left']> {
    const { toRewrap } = await this.parts.keyring.status();
    const { pending, inHistory } = await countErasures(this.parts.sql);
    return { toRewrap, toReseal: await this.resealer.left(), toErase: pending, toEraseHistory: inHistory };
  }
}

/** Not while the key service is away: the new keys of pages could not be made, and the old ones are no longer taken. */
async function requireService(keyring: Keyring): Promise<void> {
  const { away } = await keyring.refresh();
  if (away !== null) throw away;
}

async function rotateData(keyring: Keyring): Promise<void> {
  for (const purpose of new Set(SEALED_TABLES.map((of) => of.purpose))) await keyring.rotate(purpose);
  await warmPinned(keyring);
}
