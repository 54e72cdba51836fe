import type { Clock } from '@vigil/clock';
import type { Gap, PatientId } from '@vigil/contracts';
import type { AuditSpool } from '../audit/audit-spool.js';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';
import type { CareRelations } from '../ports/care-relations.js';
import { PlatformError } from '@vigil/domain';

/** Entries of one minute at most; the rest are summed up in the next one. */
export const GAP_ENTRIES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

export interface GapAuditOptions {
  readonly trail: AuditTrail;
  readonly spool: Pick<AuditSpool, 'add'>;
  readonly relations: Pick<CareRelations, 'staysIn'>;
  readonly clock: Clock;
}

/**
 * An audit entry for each gap in what devices sent (FR-G3): whose record lacks how many messages of which time, and why.
 * Named by the gap, so that reading the log again writes none twice. While the trail is away they wait in the spool (D28).
 */
export class GapAudit {
  private minute = { startWallMs: 0, entries: 0 };
  private leftOut = { gaps: 0, messages: 0 };

  constructor(private readonly options: GapAuditOptions) {}

  /** @throws Error only when neither the trail nor the disk takes an entry */
  async note(gaps: readonly Gap[]): Promise<void> {
    for (const gap of gaps) {
      const wallMs = this.options.clock.wallMs();
      if (!this.mayWrite(wallMs)) {
        this.leftOut = { gaps: this.leftOut.gaps + 1, messages: this.leftOut.messages + gap.count };
        continue;
      }
      const { gaps: count, messages } = this.leftOut;
      this.leftOut = { gaps: 0, messages: 0 };
      const more = count > 0 ? `; before it ${count} more gaps, ${messages} messages` : '';
      await this.write(await this.entryOf(gap, more), wallMs);
    }
  }

  private async entryOf(gap: Gap, more: string): Promise<AuditEntry> {
    const { bedId, deviceId, gatewayId, fromMs, toMs, count, reason } = gap;
    const from = `device:${deviceId ?? 'unknown'} gateway:${gatewayId}`;
    return auditEntry({
      entryId: `gap:${gap.id}`,
      actor: 'system:history',
      action: 'history.gap',
      object: bedId === null ? `gateway:${gatewayId}` : `bed:${bedId}`,
      outcome: 'failed',
      patientIds: await this.patientsOf(gap),
      detail: `${count} messages ${reason}, ${fromMs}..${toMs}, ${from}${more}`,
    });
  }

  /** Whose readings are missing; nobody where the store can't say, which the bed and the times still tell. */
  private async patientsOf({ bedId, fromMs, toMs }: Gap): Promise<readonly PatientId[]> {
    if (bedId === null) return [];
    try {
      const stays = await this.options.relations.staysIn(bedId, fromMs, toMs + 1);
      return [...new Set(stays.map((stay) => stay.patientId))];
    } catch (error) {
      if (error instanceof PlatformError) return [];
      throw error;
    }
  }

  private async write(entry: AuditEntry, wallMs: number): Promise<void> {
    try {
      await this.options.trail.append(entry, wallMs);
    } catch {
      await this.options.spool.add(entry, wallMs);
    }
  }

  private mayWrite(wallMs: number): boolean {
    const isNew = wallMs - this.minute.startWallMs >= MINUTE_MS || wallMs < this.minute.startWallMs;
    if (isNew) this.minute = { startWallMs: wallMs, entries: 0 };
    this.minute.entries += 1;
    return this.minute.entries <= GAP_ENTRIES_PER_MINUTE;
  }
}
