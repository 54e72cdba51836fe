/**
 * Sends what it is given from a process of its own, built code, until it is killed. Its input is JSON: the server's base URL, the ids of
 * patients and stays there, and the messages.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SystemClock } from '@vigil/clock';
import { Registry } from 'prom-client';

const root = join(import.meta.dirname, '..', '..');
const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const { FhirHttp } = await built('adapters/fhir-server/fhir-http.js');
const { HttpFhirSink } = await built('adapters/fhir-server/sink.js');
const { MemoryEhrOut } = await built('adapters/memory/memory-ehr-out.js');
const { EhrOutMetrics } = await built('ehr-out/ehr-out-metrics.js');
const { EhrOutWork } = await built('ehr-out/ehr-out-work.js');

const [baseUrl, ids, messages] = JSON.parse(readFileSync(0, 'utf8'));
const BEDS = { 'icu-1': 'ann', 'icu-2': 'bob' };
const nothing = { items: [], next: null };
const span = (bedId) => [{ assignmentId: bedId, bedId, fromMs: 0, toMs: null, channels: null }];
const stayOf = (name) => ({ encounterId: `enc-${name}`, patientId: name, admittedMs: 0, dischargedMs: null });
const typeOf = { patient: 'Patient', encounter: 'Encounter' };
const work = new EhrOutWork({
  ...{ mode: 'minute', clock: new SystemClock(), takes: () => true, server: {}, store: new MemoryEhrOut() },
  sink: new HttpFhirSink(new FhirHttp({ baseUrl, auth: null, wallMs: () => Date.now() }), new SystemClock()),
  tasks: { open: async () => {} },
  links: {
    ofLocal: async (kind, localId) => {
      const serverId = ids[`${kind}/${localId}`];
      return serverId === undefined ? null : { kind, localId, resourceType: typeOf[kind], serverId, version: null };
    },
  },
  assignments: {
    rev: async () => 1,
    snapshot: async () => ({
      rev: 1,
      spans: new Map([
        ['mon-1', span('icu-1')],
        ['mon-2', span('icu-2')],
      ]),
    }),
  },
  relations: { careUnitOf: async () => null, staysIn: async (bedId) => [stayOf(BEDS[bedId])] },
  ...{ directory: {}, scores: { history: async () => nothing }, fleet: { devices: async () => nothing } },
  ...{
    observations: {},
    corrections: {},
    trail: {},
    metrics: new EhrOutMetrics(new Registry()),
    signal: new AbortController().signal,
  },
});
await work.consumer.open(0);
const located = messages.map((event, n) => ({ event, partition: 0, offset: String(n), sequence: n, hubAtMs: 0 }));
await work.consumer.read(0, located, []);
