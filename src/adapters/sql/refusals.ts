import { wallElapsedMs } from '@vigil/clock';
import type { PatientId } from '@vigil/contracts';
import { SITE } from '@vigil/sealed-records';
import { auditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import type { Refusal } from './fields.js';
import type { Sql } from './sql.js';

/** A row that stays tampered with is read again and again: it is put on record once in this time. */
const AGAIN_AFTER_MS = 3_600_000;
const ROWS_MAX = 1_000;

/**
 * Puts rows that were refused as tampered with on the audit trail, once an hour each. Recording waits for no reader and
 * holds up none: refusals are found inside of transactions too. More rows than `ROWS_MAX` an hour are counted only.
 */
export class Refusals {
  private readonly recordedWallMs = new Map<string, number>();
  private work: Promise<void> = Promise.resolve();
  /** Refusals since the start, recorded or not; for metrics. */
  total = 0;

  constructor(
    private readonly sql: Sql,
    private readonly clock: { wallMs(): number },
  ) {}

  add(refusal: Refusal): void {
    this.total += 1;
    const wallMs = this.clock.wallMs();
    const name = `${refusal.table}:${refusal.row}`;
    const known = this.recordedWallMs.get(name);
    if (known !== undefined && wallElapsedMs(known, wallMs) < AGAIN_AFTER_MS) return;
    if (this.recordedWallMs.size >= ROWS_MAX) this.forgetOld(wallMs);
    if (this.recordedWallMs.size >= ROWS_MAX) return;
    this.recordedWallMs.set(name, wallMs);
    this.work = this.work.then(() => this.record(refusal, name, wallMs));
  }

  /** Resolves when what was found so far is on record, or could not be. */
  settled(): Promise<void> {
    return this.work;
  }

  private async record({ table, row, subject }: Refusal, name: string, wallMs: number): Promise<void> {
    const entry = auditEntry({
      actor: 'system:keys',
      action: 'record.tampered',
      object: `row:${table}/${row}`,
      patientIds: subject === SITE ? [] : [subject as PatientId],
      outcome: 'failed',
      detail: 'sealed values are not those that were written there',
    });
    try {
      await this.sql.transaction((tx) => appendAudit(tx, entry, wallMs));
    } catch {
      // The next reader finds it again.
      this.recordedWallMs.delete(name);
    }
  }

  private forgetOld(wallMs: number): void {
    for (const [name, atMs] of this.recordedWallMs) {
      if (wallElapsedMs(atMs, wallMs) >= AGAIN_AFTER_MS) this.recordedWallMs.delete(name);
    }
  }
}
