import { type BedId, Encounter, listOf } from '@vigil/contracts';
import { AdtOutage, type Answer, isDone, PlatformCalls } from './platform-calls.js';
import type { Stay } from './stay.js';

/** Encounters of one record are numbered; this many numbers may have been used by earlier runs. */
const NUMBERS_MAX = 200;
const OPEN_MAX = 100;

export type Admission = 'admitted' | 'refused';

/** Admissions and discharges, as the simulator needs them. */
export interface Adt {
  /** Who lies in the bed now. @throws AdtOutage */
  occupant(bedId: BedId): Promise<Encounter | null>;
  /**
   * Discharges whoever lies in the bed and admits the stay's patient under the next free encounter number. When the
   * patient lies there already, nothing changes. Safe to repeat after an outage at any point.
   *
   * @returns `refused` when the platform does not want this patient in this bed, for example because the patient lies elsewhere
   * @throws AdtOutage
   */
  admit(stay: Stay): Promise<Admission>;
}

const EncounterList = listOf(Encounter);

/** Speaks to the platform's REST API with the service token. */
export class RestAdt implements Adt {
  private readonly calls: PlatformCalls;

  constructor(apiUrl: string, token: string) {
    this.calls = new PlatformCalls(apiUrl, token);
  }

  async occupant(bedId: BedId): Promise<Encounter | null> {
    const answer = await this.call('GET', `/encounters?bed=${encodeURIComponent(bedId)}&open=true&limit=${OPEN_MAX}`);
    const list = EncounterList.safeParse(answer.body);
    if (answer.status !== 200 || !list.success) throw new AdtOutage('unexpected-answer', answer.status);
    return list.data.items.find((e) => e.bedId === bedId && e.dischargedMs === null) ?? null;
  }

  async admit(stay: Stay): Promise<Admission> {
    const { patient, bedId } = stay;
    const there = await this.occupant(bedId);
    if (there?.patientId === patient.patientId) return 'admitted';
    // A stay never ends before it began, however the clocks of the two processes differ.
    const atMs = Math.max(stay.atMs, there?.admittedMs ?? 0);
    if (there !== null) await this.call('POST', `/encounters/${encodeURIComponent(there.encounterId)}/discharge`, { atMs });
    const created = await this.call('POST', '/patients', patient);
    if (!isDone(created) && created.status !== 409) return 'refused';
    for (let number = 1; number <= NUMBERS_MAX; number++) {
      const encounterId = `${patient.patientId}-${number}`;
      const admitted = await this.call('POST', '/encounters', { encounterId, patientId: patient.patientId, bedId, atMs });
      // A number of an earlier run is answered with its stay, which has ended.
      if (isDone(admitted) && !hasEnded(admitted)) return 'admitted';
      if (isDone(admitted)) continue;
      if (admitted.status !== 409 || !(await this.isNumberUsed(encounterId))) return 'refused';
    }
    return 'refused';
  }

  /** Tells an encounter number that was used in another bed from a bed or a patient that is taken. */
  private async isNumberUsed(encounterId: string): Promise<boolean> {
    return (await this.call('GET', `/encounters/${encodeURIComponent(encounterId)}`)).status === 200;
  }

  private call(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    return this.calls.call(method, path, body);
  }
}

function hasEnded(answer: Answer): boolean {
  const encounter = Encounter.safeParse(answer.body);
  return encounter.success && encounter.data.dischargedMs !== null;
}
