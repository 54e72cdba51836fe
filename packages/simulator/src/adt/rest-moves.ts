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
    const { encounterId, bedId, atMs, kind } = move;
    const stay = `/encounters/${encodeURIComponent(encounterId)}`;
    if (kind === 'discharge') return toldBy(await this.calls.call('POST', `${stay}/discharge`, { atMs }));
    if (kind === 'transfer') return this.intoBed(move, () => this.calls.call('POST', `${stay}/transfer`, { bedId, atMs }));
    const { patientId } = move.patient;
    if (!(await this.isRecorded(move))) return 'refused';
    return this.intoBed(move, () => this.calls.call('POST', '/encounters', { encounterId, patientId, bedId, atMs }));
  }

  close(): void {
    // Requests are single; nothing is open between them.
  }

  private async isRecorded({ patient }: ToldMove): Promise<boolean> {
    if (this.recorded.has(patient.patientId)) return true;
    const created = await this.calls.call('POST', '/patients', patient);
    // 409: recorded by an earlier run.
    if (!isDone(created) && created.status !== 409) return false;
    this.recorded.add(patient.patientId);
    return true;
  }

  private async intoBed(move: ToldMove, tell: () => Promise<Answer>): Promise<Told> {
    const answer = await tell();
    if (answer.status !== 409 || !(await this.free(move))) return toldBy(answer);
    return toldBy(await tell());
  }

  /** The plan has the bed free. Somebody who lies there all the same came before the run, or otherwise than by it. */
  private async free({ bedId, encounterId, atMs }: ToldMove): Promise<boolean> {
    const there = await this.adt.occupant(bedId);
    if (there === null || there.encounterId === encounterId) return false;
    const body = { atMs: Math.max(atMs, there.admittedMs) };
    return isDone(await this.calls.call('POST', `/encounters/${encodeURIComponent(there.encounterId)}/discharge`, body));
  }
}

const toldBy = (answer: Answer): Told => (isDone(answer) ? 'accepted' : 'refused');
