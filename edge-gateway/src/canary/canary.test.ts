import { FakeClock } from '@vigil/clock';
import { GatewayId, LogEvent } from '@vigil/contracts';
import type { LogRecord } from '../log-record.js';
import { SILENT } from '../log.js';
import { startCanary } from './canary.js';

function scene(everyMs: number) {
  const clock = new FakeClock();
  const records: LogRecord[] = [];
  const spool = { append: (more: readonly LogRecord[]) => void records.push(...more) };
  const { ask, stop } = startCanary({ gatewayId: GatewayId.parse('gw-1'), everyMs, spool, clock, log: SILENT });
  return { clock, records, ask, stop };
}

test('a test message goes out soon after the start and then as often as it is set, each with its own number', async () => {
  const { clock, records, stop } = scene(60_000);
  await clock.advance(180_000);
  const events = records.map(({ body }) => LogEvent.parse(JSON.parse(body.toString())));
  expect(events.map((event) => (event.kind === 'canary' ? event.seq : null))).toEqual([1, 2, 3, 4]);
  expect(new Set(events.map((event) => event.id)).size).toBe(4);
  expect(records[0]).toMatchObject({ lane: 'alarms', key: 'gateway:gw-1', event: { origin: 'canary' } });
  stop();
  await clock.advance(180_000);
  expect(records).toHaveLength(4);
});

test('set to 0 there is none', async () => {
  const { clock, records } = scene(0);
  await clock.advance(3_600_000);
  expect(records).toEqual([]);
});

test('one that is asked for goes out at once, once for each test, and no more often than every five seconds', async () => {
  const { clock, records, ask } = scene(0);
  ask('test-1');
  expect(records).toHaveLength(1);
  // The platform says so again with each answer until the test is over.
  for (let n = 0; n < 10; n++) {
    await clock.advance(4_000);
    ask('test-1');
  }
  expect(records).toHaveLength(1);
  ask('test-2');
  ask('test-3');
  expect(records).toHaveLength(2);
  await clock.advance(5_000);
  ask('test-3');
  expect(records).toHaveLength(3);
  ask('x'.repeat(65));
  expect(records).toHaveLength(3);
});
