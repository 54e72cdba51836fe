import type { FleetDevice, StaffMember } from '@vigil/contracts';
import type { EhrLink, LinkedKind, LinkedStay } from '../ports/ehr-links.js';
import { EhrRefused, type FhirResource } from '../ports/fhir-server.js';
import type { Encounters } from './encounters.js';
import type { EhrParts } from './parts.js';
import { type Patients, token } from './patients.js';
import { FhirDevice, FhirEncounter, FhirPractitioner, identifiersOf, selfOf } from './reading.js';

/** Whose ids of our staff a Practitioner carries as an identifier, where the hospital wants the two linked. */
export const STAFF_SYSTEM = 'urn:vigil:staff';

/** Stays that are looked after at once. */
const STAYS_MAX = 2_000;
/** Questions to the server in one round. */
const ASKED_MAX = 40;
/** What was not found, and what was found, is looked at again after this (wall time). */
const AGAIN_MS = 10 * 60_000;
const AGAIN_SLOW_MS = 60 * 60_000;

export interface LookedAfter {
  readonly devices: () => Promise<readonly FleetDevice[]>;
  readonly staff: () => Promise<readonly StaffMember[]>;
}

/**
 * What is here and not yet linked is looked up by its identifier, a few in each round; what is linked and lies here is looked at now
 * and then, because a deletion shows in no search for changes.
 */
export class LookUps {
  /** When each may be asked for again (wall time). */
  private readonly nextWallMs = new Map<string, number>();

  constructor(
    private readonly parts: EhrParts,
    private readonly patients: Patients,
    private readonly encounters: Encounters,
    private readonly lookedAfter: LookedAfter,
  ) {}

  /** @throws EhrUnavailable and what the stores throw */
  async round(signal: AbortSignal): Promise<void> {
    const stays = await this.parts.links.openStays(STAYS_MAX);
    let left = ASKED_MAX;
    const due = (name: string, againMs: number): boolean => {
      const wallMs = this.parts.clock.wallMs();
      if (left === 0 || (this.nextWallMs.get(name) ?? 0) > wallMs) return false;
      left -= 1;
      this.nextWallMs.set(name, wallMs + againMs);
      return true;
    };
    for (const stay of stays) await this.stay(stay, due, signal);
    for (const device of await this.lookedAfter.devices()) await this.device(device, due, signal);
    for (const { staffId } of await this.lookedAfter.staff()) await this.practitioner(staffId, due, signal);
    this.forgetOld();
  }

  private async stay(stay: LinkedStay, due: Due, signal: AbortSignal): Promise<void> {
    const { patient, patientLink, encounterLink, visit, encounterId } = stay;
    if (patientLink === null && patient !== null && due(`p/${patient.patientId}`, AGAIN_MS)) {
      await this.tolerant('patient', () => this.patients.lookUp(patient, signal));
    }
    if (patientLink !== null && due(`pp/${patientLink.serverId}`, AGAIN_MS)) await this.checkPatient(patientLink, signal);
    if (encounterLink !== null && due(`ee/${encounterLink.serverId}`, AGAIN_MS)) await this.checkEncounter(encounterLink, signal);
    if (encounterLink === null && visit !== null && due(`e/${encounterId}`, AGAIN_MS)) {
      await this.tolerant('encounter', () => this.encounter(encounterId, visit, signal));
    }
  }

  private async checkPatient(link: EhrLink, signal: AbortSignal): Promise<void> {
    await this.tolerant('patient', async () => {
      if ((await this.parts.server.read('Patient', link.serverId, signal)) !== null) return;
      this.parts.metrics.lookedUp('patient', 'gone');
      await this.patients.goneIfHere(link.serverId, 'gone', link.localId);
    });
  }

  private async checkEncounter(link: EhrLink, signal: AbortSignal): Promise<void> {
    await this.tolerant('encounter', async () => {
      if ((await this.parts.server.read('Encounter', link.serverId, signal)) !== null) return;
      this.parts.metrics.lookedUp('encounter', 'gone');
      await this.encounters.gone(link.serverId);
    });
  }

  /** By the visit number that the stay was opened with, and by nothing else. */
  private async encounter(encounterId: string, visit: NonNullable<LinkedStay['visit']>, signal: AbortSignal): Promise<void> {
    const { server } = this.parts;
    const isVisit = (read: FhirEncounter): boolean => {
      const own = this.encounters.visitOf(read);
      return own.system === visit.system && own.value === visit.value;
    };
    const byId = await server.read('Encounter', visit.value, signal);
    const candidates = byId === null ? this.search('Encounter', token(visit.system, visit.value), signal) : one(byId);
    await this.linkOne('encounter', encounterId, candidates, (resource) => {
      const read = FhirEncounter.safeParse(resource);
      return read.success && isVisit(read.data);
    });
  }

  /** By its UDI, else by a serial number that one device alone has. */
  private async device({ deviceId, record }: FleetDevice, due: Due, signal: AbortSignal): Promise<void> {
    const { links } = this.parts;
    const { udi = null, serial = null } = record ?? {};
    if ((udi === null && serial === null) || !due(`d/${deviceId}`, AGAIN_SLOW_MS)) return;
    if ((await links.ofLocal('device', deviceId)) !== null) return;
    await this.tolerant('device', () =>
      this.linkOne('device', deviceId, this.search('Device', (serial ?? udi)!, signal), (resource) => {
        const read = FhirDevice.safeParse(resource);
        if (!read.success || read.data.status === 'entered-in-error') return false;
        const { serialNumber, udiCarrier, identifier } = read.data;
        if (udi !== null && udiCarrier.some(({ carrierHRF }) => carrierHRF === udi)) return true;
        return serial !== null && (serialNumber === serial || identifier.some(({ value }) => value === serial));
      }),
    );
  }

  /** No right follows from it: who may do what is decided here. */
  private async practitioner(staffId: string, due: Due, signal: AbortSignal): Promise<void> {
    if (!due(`s/${staffId}`, AGAIN_SLOW_MS) || (await this.parts.links.ofLocal('staff', staffId)) !== null) return;
    await this.tolerant('staff', () =>
      this.linkOne('staff', staffId, this.search('Practitioner', token(STAFF_SYSTEM, staffId), signal), (resource) => {
        const read = FhirPractitioner.safeParse(resource);
        return (
          read.success &&
          read.data.active !== false &&
          identifiersOf(read.data, STAFF_SYSTEM).some(({ value }) => value === staffId)
        );
      }),
    );
  }

  private search(type: string, identifier: string, signal: AbortSignal): AsyncIterable<FhirResource> {
    return this.parts.server.search(type, { identifier, _count: '5' }, signal);
  }

  private async linkOne(
    kind: LinkedKind,
    localId: string,
    candidates: AsyncIterable<FhirResource>,
    isIt: (resource: FhirResource) => boolean,
  ): Promise<void> {
    const { links, metrics } = this.parts;
    let found: FhirResource | null = null;
    for await (const resource of candidates) {
      if (!isIt(resource)) continue;
      if (found !== null) return metrics.lookedUp(kind, 'several');
      found = resource;
    }
    const self = found === null ? null : selfOf(found);
    if (found === null || self === null) return metrics.lookedUp(kind, 'none');
    await links.link({ kind, localId, resourceType: found.resourceType, serverId: self.id, version: self.version });
    metrics.lookedUp(kind, 'linked');
  }

  /** What the server refuses of one is no reason to leave the others. */
  private async tolerant(kind: LinkedKind, ask: () => Promise<unknown>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof EhrRefused)) throw error;
      this.parts.metrics.lookedUp(kind, 'refused');
    }
  }

  private forgetOld(): void {
    const wallMs = this.parts.clock.wallMs();
    for (const [name, nextWallMs] of this.nextWallMs) if (nextWallMs < wallMs - AGAIN_SLOW_MS) this.nextWallMs.delete(name);
  }
}

type Due = (name: string, againMs: number) => boolean;

/** One that is there already, as a search would give it. */
async function* one(resource: FhirResource): AsyncGenerator<FhirResource> {
  yield resource;
}
