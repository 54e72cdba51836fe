import { openFhirHttp } from '../adapters/fhir-server/fhir-http.js';
import { HttpFhirServer } from '../adapters/fhir-server/http-fhir-server.js';
import type { FhirSettings } from '../config-feeds.js';
import { EhrInModule } from '../ehr-in/ehr-in.module.js';
import { EhrSource } from '../ehr-in/ehr-reader.service.js';
import type { Log } from '../ports/log.js';

/** Reading of the hospital's records as workers of this process: none where the settings name no server. @throws ClientKeyError */
export function ehrInOf(fhir: FhirSettings | null, wallMs: () => number, log: Log): ReturnType<typeof EhrInModule.from>[] {
  if (fhir === null) return [];
  return [EhrInModule.from(log, new HttpFhirServer(openFhirHttp(fhir, wallMs)), new EhrSource(fhir))];
}
