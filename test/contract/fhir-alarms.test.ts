/** While the hospital's FHIR server does whatever it likes, alarms are what they are without one. */
import { Registry } from 'prom-client';
import { FhirHttp } from '../../src/adapters/fhir-server/fhir-http.js';
import { HttpFhirServer } from '../../src/adapters/fhir-server/http-fhir-server.js';
import { EhrMetrics } from '../../src/ehr-in/ehr-metrics.js';
import { EhrReader } from '../../src/ehr-in/ehr-reader.js';
import { MRN, RecordedInbound } from '../support/ehr-reader.js';
import { type Fault, TestFhirServer } from '../support/fhir-server.js';
import { startProcessor, undisturbed } from '../support/processor.js';

const FAULTS: readonly (Fault | null)[] = [
  { status: 500 },
  'never',
  'cut',
  { bytes: 2 * 1024 * 1024 },
  { status: 200, body: '<html></html>' },
  { status: 200, body: 'null' },
  null,
];
/** Wall time that the processor's clock gives it; looks come each five seconds of that. */
const SECONDS = 90;

test('every alarm of a minute and a half, with a server that fails in each way in turn', async () => {
  const processor = await startProcessor({ beds: 6, partitions: 2 });
  const { stores, clock } = processor;
  const server = await TestFhirServer.start(() => clock.wallMs());
  let asked = 0;
  server.fault = () => FAULTS[asked++ % FAULTS.length]!;
  const http = new FhirHttp({ baseUrl: server.baseUrl, auth: null, wallMs: () => clock.wallMs(), bounds: { timeoutMs: 200 } });
  const troubles: (string | null)[] = [];
  const reader = new EhrReader(
    {
      ...{ server: new HttpFhirServer(http), links: stores.ehrLinks, inbound: new RecordedInbound(), clock },
      ...{ places: stores.places, careRelations: stores.careRelations, metrics: new EhrMetrics(new Registry()) },
      ...{ baseUrl: server.baseUrl, mrnSystem: MRN, visitSystem: null },
    },
    {
      ...{ pollMs: 5_000, hint: null, devices: () => Promise.resolve([]), staff: () => Promise.resolve([]) },
      onTrouble: (code) => void troubles.push(code),
    },
  );
  reader.start();
  try {
    await processor.run(SECONDS, () => reader.hint());
    expect(troubles.length).toBeGreaterThan(0);
    expect(asked).toBeGreaterThan(FAULTS.length);
    await processor.log.settled();
    const alarms = await processor.stored();
    expect(alarms.length).toBeGreaterThan(6);
    expect(alarms).toEqual(undisturbed(processor.sent));
    expect(processor.bugs).toEqual([]);
  } finally {
    await reader.stop();
    await processor.end();
    await server.stop();
  }
});
