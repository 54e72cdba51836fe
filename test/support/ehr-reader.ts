import type { Clock, FakeClock } from '@vigil/clock';
import type { FeedMove } from '@vigil/contracts';
import { Registry } from 'prom-client';
import { FhirHttp, type FhirHttpOptions } from '../../src/adapters/fhir-server/fhir-http.js';
import { HttpFhirServer } from '../../src/adapters/fhir-server/http-fhir-server.js';
import { EhrMetrics } from '../../src/ehr-in/ehr-metrics.js';
import { EhrReader, type ReaderOptions } from '../../src/ehr-in/ehr-reader.js';
import type { FhirResource } from '../../src/ports/fhir-server.js';
import { Inbound, type InboundMessage, type Kept } from '../../src/ports/inbound.js';
import { openTestStores, type TestStores } from '../contract/sql-fixture.js';

export const MRN = 'urn:hospital:mrn';
export const VISIT = 'urn:hospital:visit';
export const BEDS = 'urn:hospital:beds';

/** Keeps in memory what the reader keeps, by the promises of the port, and whether it is to fail. */
export class RecordedInbound extends Inbound {
  readonly messages: InboundMessage[] = [];
  isAway = false;

  override keep(message: InboundMessage): Promise<Kept> {
    if (this.isAway) return Promise.reject(new Error('the store is away'));
    const known = this.messages.find(({ messageId }) => messageId === message.messageId);
    if (known !== undefined) {
      return Promise.resolve(known.sha256 === message.sha256 ? { is: 'repeated', answer: null } : { is: 'reused-id' });
    }
    this.messages.push(message);
    return Promise.resolve({ is: 'kept' });
  }

  get moves(): readonly FeedMove[] {
    return this.messages.flatMap(({ read }) => ('move' in read ? [read.move] : []));
  }

  /** Kinds of moves, and reasons of what nobody can tell, in their order. */
  get told(): readonly string[] {
    return this.messages.map(({ read }) => ('move' in read ? read.move.kind : read.unreadable));
  }
}

export interface ReaderUnderTest {
  readonly reader: EhrReader;
  readonly inbound: RecordedInbound;
  readonly stores: TestStores;
  readonly clock: FakeClock;
  readonly registry: Registry;
  readonly troubles: (string | null)[];
  /** Beds of ours by what the hospital calls them. */
  readonly beds: Record<string, string>;
  /** Another reader on the same stores, as after a restart. */
  again(): EhrReader;
  end(): Promise<void>;
}

/**
 * A reader on real stores (the site of sql-fixture.ts) of the server at `baseUrl`. Beds are called `B-<bed id>` there.
 * @param more `readerClock`: for a server with a clock of its own; left out, time stands still
 */
export async function openReader(
  baseUrl: string,
  more: Partial<ReaderOptions> & { readonly http?: Partial<FhirHttpOptions>; readonly readerClock?: Clock } = {},
): Promise<ReaderUnderTest> {
  const stores = await openTestStores();
  const { http = {}, readerClock: clock = stores.clock, ...options } = more;
  const registry = new Registry();
  const inbound = new RecordedInbound();
  const troubles: (string | null)[] = [];
  const metrics = new EhrMetrics(registry);
  const fhir = new FhirHttp({ baseUrl, auth: null, wallMs: () => clock.wallMs(), ...http });
  const beds: Record<string, string> = { 'B-icu-1': 'icu-1', 'B-icu-2': 'icu-2' };
  const again = (): EhrReader =>
    new EhrReader(
      {
        ...{
          server: new HttpFhirServer(fhir),
          links: stores.ehrLinks,
          inbound,
          careRelations: stores.careRelations,
          clock,
          metrics,
        },
        places: {
          aliasOf: ({ system, value }) => Promise.resolve(system === BEDS ? ((beds[value] ?? null) as never) : null),
          aliases: () =>
            Promise.resolve({
              items: Object.entries(beds).map(
                ([value, bedId]) => ({ system: BEDS, value, bedId, by: null, atWallMs: 0 }) as never,
              ),
              next: null,
            }),
        },
        ...{ baseUrl, mrnSystem: MRN, visitSystem: VISIT },
      },
      {
        ...{ pollMs: 30_000, hint: null, devices: () => Promise.resolve([]), staff: () => Promise.resolve([]) },
        onTrouble: (code) => void troubles.push(code),
        ...options,
      },
    );
  return { reader: again(), inbound, stores, clock: stores.clock, registry, troubles, beds, again, end: () => stores.end() };
}

/** Resources as a hospital has them. */
export const fhirPatient = (mrn: string | null, more: Readonly<Record<string, unknown>> = {}): FhirResource => ({
  resourceType: 'Patient',
  identifier: mrn === null ? [] : [{ system: MRN, value: mrn }],
  name: [{ use: 'official', family: 'SAMPLE', given: ['Sam'] }],
  birthDate: '1970-05-06',
  gender: 'female',
  ...more,
});

export const fhirLocation = (name: string): FhirResource => ({
  resourceType: 'Location',
  identifier: [{ system: BEDS, value: name }],
  name: 'ICU-1',
});

/** @param places ids of Locations with the time since when */
export function fhirEncounter(
  patientId: string,
  places: readonly (readonly [id: string, fromMs: number])[],
  more: Readonly<Record<string, unknown>> = {},
): FhirResource {
  const iso = (atMs: number): string => new Date(atMs).toISOString();
  return {
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    identifier: [{ system: VISIT, value: `V-${patientId}` }],
    subject: { reference: `Patient/${patientId}` },
    period: { start: iso(places[0]![1]) },
    location: places.map(([id, fromMs]) => ({ location: { reference: `Location/${id}` }, period: { start: iso(fromMs) } })),
    ...more,
  };
}
