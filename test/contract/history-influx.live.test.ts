import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { InfluxObservationStore } from '../../src/adapters/influx/influx-store.js';
import { Influxd, influxOfTests, type InfluxOfTests } from '../support/influxd.js';
import { observationStoreContract } from './observation-store.contract.js';

const there = influxOfTests();
const START_MS = 120_000;
let count = 0;

if ('missing' in there) {
  process.stdout.write(`skipped: history in a real InfluxDB (${there.missing})\n`);
  test.skip(`history in a real InfluxDB: ${there.missing}`, () => undefined);
} else {
  describe('InfluxObservationStore with a real InfluxDB 2.7', () => {
    let influx: InfluxOfTests;
    let started: Influxd | null = null;
    const opened: InfluxObservationStore[] = [];

    beforeAll(async () => {
      if ('folder' in there) started = await Influxd.start(there.folder, mkdtempSync(join(tmpdir(), 'vigil-influx-')));
      influx = started ?? (there as InfluxOfTests);
    }, START_MS);

    afterAll(async () => {
      for (const store of opened) store.close();
      await started?.stop();
    }, START_MS);

    const open = (bucket = `test-${process.pid}-${(count += 1)}`): InfluxObservationStore => {
      const retention = { rawDays: 0, minuteDays: 0, hourDays: 0 };
      const { url, token } = influx;
      const store = new InfluxObservationStore({ url, token, org: 'vigil', bucket, retention, clock: new SystemClock() });
      opened.push(store);
      return store;
    };

    observationStoreContract(() => Promise.resolve(open()));
  });
}
