import {
  type CareUnitDelta,
  type CareUnitId,
  type CareUnitSnapshot,
  EncounterId,
  EpochMs,
  type Join,
  type JoinReply,
} from '@vigil/contracts';
import type { BedRow } from '../ports/directory.js';
import { bedView, readingViews } from './bed-view.js';
import { admit, type LiveParts } from './live-parts.js';
import { type LiveNamespace, type LiveSocket, onJoin, roomOf } from './sockets.js';

/** `/vitals`: a snapshot on joining, then what has changed, numbered per care unit so that a gap shows. */
export class VitalsNamespace {
  private readonly seqs = new Map<CareUnitId, number>();

  constructor(
    private readonly io: LiveNamespace,
    private readonly parts: LiveParts,
    /** Called after a screen was let in. */
    private readonly joined: (socket: LiveSocket, request: Join) => void = () => undefined,
  ) {}

  connected(socket: LiveSocket): void {
    onJoin(socket, (request) => this.join(socket, request), this.parts.onOutage);
  }

  /** Sends the readings that changed since the last call, one message per care unit. */
  flush(): void {
    const deltas = new Map<CareUnitId, CareUnitDelta['beds']>();
    for (const [bedId, { readings, coverageLost }] of this.parts.vitals.takeChanged()) {
      const row = this.parts.index.bed(bedId);
      if (row === undefined) continue;
      const views = [...readingViews(row, readings)];
      const beds = deltas.get(row.careUnitId) ?? [];
      beds.push({
        bedId,
        encounterId: encounterOf(row),
        readings: views,
        ...(coverageLost === undefined ? {} : { coverageLost }),
      });
      deltas.set(row.careUnitId, beds);
    }
    for (const [bedId, scores] of this.parts.scores.takeChanged()) {
      const row = this.parts.index.bed(bedId);
      if (row === undefined) continue;
      const beds = deltas.get(row.careUnitId) ?? [];
      const known = beds.find((bed) => bed.bedId === bedId);
      if (known === undefined) beds.push({ bedId, encounterId: encounterOf(row), readings: [], scores: [...scores] });
      else known.scores = [...scores];
      deltas.set(row.careUnitId, beds);
    }
    for (const [careUnitId, beds] of deltas) {
      const seq = (this.seqs.get(careUnitId) ?? 0) + 1;
      this.seqs.set(careUnitId, seq);
      this.io.to(roomOf(careUnitId)).emit('careUnit.delta', { careUnitId, seq, serverWallMs: this.wallMs(), beds });
    }
  }

  /** Who lies where has changed: everybody gets the whole picture anew. */
  resend(careUnitId: CareUnitId): void {
    const snapshot = this.snapshot(careUnitId);
    if (snapshot !== null) this.io.to(roomOf(careUnitId)).emit('careUnit.snapshot', snapshot);
  }

  private async join(socket: LiveSocket, request: Join): Promise<JoinReply> {
    const { careUnitId } = request;
    const refused = await admit(this.parts, socket, { action: 'bed.read', careUnitId });
    if (refused !== null) return refused;
    // No await from here on: a delta between the snapshot and the room would be missed.
    const snapshot = this.snapshot(careUnitId);
    if (snapshot === null) return { ok: false, reason: 'unknown-care-unit' };
    socket.emit('careUnit.snapshot', snapshot);
    void socket.join(roomOf(careUnitId));
    this.joined(socket, request);
    return { ok: true };
  }

  private snapshot(careUnitId: CareUnitId): CareUnitSnapshot | null {
    const { index, vitals, scores } = this.parts;
    const careUnit = index.careUnit(careUnitId);
    if (careUnit === undefined) return null;
    const beds = index.bedsOf(careUnitId).map((row) => bedView(row, vitals, index.limitsOf(row), scores.of(row)));
    return { careUnitId, label: careUnit.label, seq: this.seqs.get(careUnitId) ?? 0, serverWallMs: this.wallMs(), beds };
  }

  private wallMs(): EpochMs {
    return EpochMs.parse(this.parts.clock.wallMs());
  }
}

const encounterOf = ({ encounter }: Pick<BedRow, 'encounter'>): EncounterId | null =>
  encounter === null ? null : EncounterId.parse(encounter.encounterId);
