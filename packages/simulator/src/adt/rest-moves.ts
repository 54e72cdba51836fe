import type { Adt } from './adt.js';
import type { MoveSink, Told, ToldMove } from './move-sink.js';
import { type Answer, isDone, type PlatformCalls } from './platform-calls.js';

/** Tells the platform over its REST API. Whoever lies in a bed that a patient comes to, of before the run, is discharged first. */
export class RestMoves implements MoveSink {
  private readonly recorded = new Set<string>();

  constructor(
    private readonly calls: PlatformCalls,
    private readonly adt: Pick<Adt, 'occupant'>,
  ) {}

  async tell(move: ToldMove): Promise<Told> {
    if (move.kind === 'admit') return this.admit(move);
    const { encounterId, bedId, atMs } = move;
    const body = move.kind === 'transfer' ? { bedId, atMs } : { atMs };
    if (move.kind === 'transfer') await this.free(move);
    return toldBy(await this.calls.call('POST', `/encounters/${encodeURIComponent(encounterId)}/${move.kind}`, body));
  }

  close(): void {
    // Requests are single; nothing is open between them.
  }

  private async admit(move: ToldMove): Promise<Told> {
    const { patient, encounterId, bedId, atMs } = move;
    if (!this.recorded.has(patient.patientId)) {
      const created = await this.calls.call('POST', '/patients', patient);
      // 409: recorded by an earlier run.
      if (!isDone(created) && created.status !== 409) return 'refused';
      this.recorded.add(patient.patientId);
    }
    await this.free(move);
    return toldBy(await this.calls.call('POST', '/encounters', { encounterId, patientId: patient.patientId, bedId, atMs }));
  }

  /** The plan has the bed free. Somebody who lies there all the same came before the run, or otherwise than by it. */
  private async free({ bedId, encounterId, atMs }: ToldMove): Promise<void> {
    const there = await this.adt.occupant(bedId);
    if (there === null || there.encounterId === encounterId) return;
    const body = { atMs: Math.max(atMs, there.admittedMs) };
    await this.calls.call('POST', `/encounters/${encodeURIComponent(there.encounterId)}/discharge`, body);
  }
}

const toldBy = (answer: Answer): Told => (isDone(answer) ? 'accepted' : 'refused');
