import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { FhirHttp } from '../../src/adapters/fhir-server/fhir-http.js';
import { HttpFhirSink } from '../../src/adapters/fhir-server/sink.js';
import { EhrOutWard, HOUR_MINUTES, hourOf, HOUR_OBSERVATIONS, MINUTE_MS } from '../support/ehr-out-ward.js';
import { until } from '../support/until.js';
import { WrittenTo } from '../support/written-to.js';

test('a process that is killed while it sends leaves nothing doubled and nothing out', async () => {
  const server = new WrittenTo();
  const baseUrl = await server.start();
  const count = (): number => server.of('Observation').length;
  try {
    server.slowMs = 20;
    const ids = { 'patient/ann': '1', 'patient/bob': '2', 'encounter/enc-ann': '3', 'encounter/enc-bob': '4' };
    const script = join(import.meta.dirname, 'fhir-out-child.mjs');
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = once(child, 'close');
    child.stdin.end(JSON.stringify([baseUrl, ids, hourOf(new EhrOutWard())]));
    await until('some are there', () => count() > 100, 20_000);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const before = count();
    expect(before).toBeLessThan(HOUR_OBSERVATIONS);

    server.slowMs = 0;
    const ward = new EhrOutWard();
    ward.lies('bob', 'icu-2');
    ward.stands('mon-2', 'icu-2');
    await ward.log.append(hourOf(ward));
    const http = new FhirHttp({ baseUrl, auth: null, wallMs: () => Date.now() });
    const work = ward.work({ sink: new HttpFhirSink(http, new SystemClock()) });
    await ward.log.subscribe('fhir', 'checkpoint', ward.reader(work));
    await ward.clock.advance((HOUR_MINUTES + 3) * MINUTE_MS);
    await until('all are there', () => count() >= HOUR_OBSERVATIONS, 20_000);
    await until('nothing is on its way', () => work.exporter.state().inFlight === 0 && work.consumer.openMinutes === 0, 20_000);
    expect(count()).toBe(HOUR_OBSERVATIONS);
  } finally {
    server.stop();
  }
});
