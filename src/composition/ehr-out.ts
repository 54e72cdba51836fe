import { HttpFhirServer } from '../adapters/fhir-server/http-fhir-server.js';
import { openFhirHttp } from '../adapters/fhir-server/fhir-http.js';
import { HttpFhirSink } from '../adapters/fhir-server/sink.js';
import type { FhirSettings } from '../config-feeds.js';
import type { EhrOutParts } from '../ehr-out/ehr-out-work.js';
import type { Ports } from './ports.module.js';

type EhrOutPorts = Pick<
  Ports,
  | 'auditTrail'
  | 'careRelations'
  | 'clock'
  | 'corrections'
  | 'deviceAssignments'
  | 'directory'
  | 'ehrLinks'
  | 'ehrOut'
  | 'fleet'
  | 'observations'
  | 'scores'
  | 'tasks'
>;

/** What sending needs of this process; null where nothing is sent. @throws ClientKeyError where the key can't be used */
export function ehrOutOf(
  fhir: FhirSettings | null,
  ports: EhrOutPorts,
): Omit<EhrOutParts, 'metrics' | 'clock' | 'signal'> | null {
  if (fhir === null || fhir.out === 'none') return null;
  const { clock } = ports;
  const http = openFhirHttp(fhir, () => clock.wallMs());
  return {
    mode: fhir.out,
    // What was not measured on a patient has no place in a patient's record (decisions.md, D22).
    takes: (origin) => origin === 'live',
    sink: new HttpFhirSink(http, clock),
    server: new HttpFhirServer(http),
    store: ports.ehrOut,
    tasks: ports.tasks,
    links: ports.ehrLinks,
    assignments: ports.deviceAssignments,
    relations: ports.careRelations,
    directory: ports.directory,
    scores: ports.scores,
    fleet: ports.fleet,
    observations: ports.observations,
    corrections: ports.corrections,
    trail: ports.auditTrail,
  };
}
