import { type EpochMs, type FeedIdentifier, PatientId } from '@vigil/contracts';
import { differing } from '@vigil/domain';
import type { FhirResource } from '../ports/fhir-server.js';
import type { LinkedStay } from '../ports/ehr-links.js';
import { type EhrParts, keep, versionMs } from './parts.js';
import { FhirPatient, identifiersOf, personOf, referredId, selfOf } from './reading.js';

/** A chain of records that were replaced, each by the next. */
const HOPS_MAX = 5;

/** Patients of the hospital: what is new about somebody who is known here, and who was merged into whom. */
export class Patients {
  constructor(private readonly parts: EhrParts) {}

  /** @throws EhrUnavailable and what the stores throw */
  async look(resource: FhirResource, signal: AbortSignal): Promise<void> {
    const { metrics, links, mrnSystem } = this.parts;
    const self = selfOf(resource);
    const read = FhirPatient.safeParse(resource);
    const link = self === null ? null : await links.ofServer('Patient', self.id);
    if (self === null || !read.success) {
      metrics.found('Patient', 'unreadable');
      if (self !== null && link !== null) await this.ask(self, 'missing-field');
      return;
    }
    const patient = read.data;
    const identifiers = identifiersOf(patient, mrnSystem);
    const replacement = patient.link.find(({ type }) => type === 'replaced-by');
    if (replacement !== undefined) {
      metrics.found('Patient', 'read');
      return this.merged(self, patient, identifiers, signal);
    }
    if (link === null) {
      metrics.found('Patient', 'not-ours');
      return;
    }
    metrics.found('Patient', 'read');
    if (patient.active === false) return this.goneIfHere(self.id, self.version, link.localId);
    if (identifiers.length === 0) return this.ask(self, 'no-identifier');
    await this.updated(self, patient, identifiers, versionMs(this.parts, self.atMs));
    await links.link({ ...link, version: self.version });
  }

  /** The record is no longer there: while its patient lies here, a person has to say what that means. */
  async goneIfHere(serverId: string, version: string, localId: string): Promise<void> {
    if ((await this.parts.careRelations.bedOf(PatientId.parse(localId))) === null) return;
    await this.ask({ id: serverId, version }, 'deleted-at-source');
  }

  /**
   * Links somebody who lies here with the one record that has the record number and says the same of the person. What says otherwise
   * goes to the feed, where it waits for a person.
   */
  async lookUp(patient: NonNullable<LinkedStay['patient']>, signal: AbortSignal): Promise<boolean> {
    const { server, links, metrics, mrnSystem } = this.parts;
    const found: FhirPatient[] = [];
    for await (const resource of server.search('Patient', { identifier: token(mrnSystem, patient.mrn), _count: '5' }, signal)) {
      const read = FhirPatient.safeParse(resource);
      const isIt = read.success && identifiersOf(read.data, mrnSystem).some(({ value }) => value === patient.mrn);
      const isReplaced = read.success && read.data.link.some(({ type }) => type === 'replaced-by');
      if (isIt && !isReplaced && read.data.active !== false) found.push(read.data);
      if (found.length > 1) break;
    }
    const [one, another] = found;
    if (one === undefined || another !== undefined) {
      metrics.lookedUp('patient', one === undefined ? 'none' : 'several');
      return false;
    }
    const self = selfOf(one)!;
    if (differing(personOf(one), patient).length > 0) {
      metrics.lookedUp('patient', 'differs');
      await this.updated(self, one, identifiersOf(one, mrnSystem), versionMs(this.parts, self.atMs));
      return false;
    }
    await links.link({
      kind: 'patient',
      localId: patient.patientId,
      resourceType: 'Patient',
      serverId: self.id,
      version: self.version,
    });
    metrics.lookedUp('patient', 'linked');
    return true;
  }

  private updated(
    self: { readonly id: string; readonly version: string },
    patient: FhirPatient,
    identifiers: readonly FeedIdentifier[],
    atMs: EpochMs,
  ): Promise<void> {
    const move = {
      ...{ kind: 'update' as const, atMs, identifiers: [...identifiers], person: personOf(patient) },
      ...{ visit: null, place: null, fromPlace: null, merged: [] },
    };
    return keep(this.parts, { type: 'Patient', ...self, part: 'update' }, { patient }, { move });
  }

  private async merged(
    self: { readonly id: string; readonly version: string; readonly atMs: number | null },
    patient: FhirPatient,
    identifiers: readonly FeedIdentifier[],
    signal: AbortSignal,
  ): Promise<void> {
    const into = await this.survivor(patient, signal);
    const survivors = into === null ? [] : identifiersOf(into, this.parts.mrnSystem);
    // Numbers that both records carry already are one person everywhere.
    const from = identifiers.filter(({ value }) => !survivors.some((each) => each.value === value));
    if (from.length === 0) return;
    if (into === null || survivors.length === 0) return this.ask(self, 'no-identifier');
    const move = {
      ...{ kind: 'merge' as const, atMs: versionMs(this.parts, self.atMs), identifiers: [...survivors] },
      ...{ person: personOf(into), visit: null, place: null, fromPlace: null, merged: from.slice(0, 4) },
    };
    await keep(this.parts, { type: 'Patient', ...self, part: 'merge' }, { patient, into }, { move });
  }

  /** Who is left at the end of the chain; null where it ends nowhere. */
  private async survivor(patient: FhirPatient, signal: AbortSignal): Promise<FhirPatient | null> {
    let at = patient;
    for (let hops = 0; hops < HOPS_MAX; hops++) {
      const next = at.link.find(({ type }) => type === 'replaced-by');
      if (next === undefined) return at;
      const id = referredId(next.other.reference, 'Patient', this.parts.baseUrl);
      const read = FhirPatient.safeParse(id === null ? null : await this.parts.server.read('Patient', id, signal));
      if (!read.success) return null;
      at = read.data;
    }
    return null;
  }

  private ask(
    { id, version }: { readonly id: string; readonly version: string },
    unreadable: 'missing-field' | 'no-identifier' | 'deleted-at-source',
  ): Promise<void> {
    return keep(this.parts, { type: 'Patient', id, version, part: unreadable }, { resourceType: 'Patient', id }, { unreadable });
  }
}

/** A search token; what would end it early is escaped. Source: FHIR R4, search, "escaping search parameters". */
export function token(system: string, value: string): string {
  const escaped = (text: string): string => text.replace(/[\\$,|]/g, (sign) => `\\${sign}`);
  return `${escaped(system)}|${escaped(value)}`;
}
