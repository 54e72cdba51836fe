import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BedId, DeadLetterReason, MetricName } from '@vigil/contracts';
import { startProcessor, undisturbed } from '../support/processor.js';

type Processor = Awaited<ReturnType<typeof startProcessor>>;
let p: Processor;
afterEach(() => p.end());

/** Another process holds the write lock of the file until told otherwise. */
function lock(file: string): () => void {
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  return () => {
    other.exec('ROLLBACK');
    other.close();
  };
}

const points = async (bed: number): Promise<number> => {
  const range = { fromMs: 0, toMs: p.clock.nowMs() + 60_000, everyMs: 0, limit: 10_000 };
  return (await p.history.read({ bedId: `w-${bed}` as BedId, metric: 'heartRate' as MetricName, ...range })).length;
};

test('the relational store is away for a minute: said within 15 s, and afterwards no alarm is lost and none doubled', async () => {
  p = await startProcessor({ beds: 24 });
  await p.run(30);
  expect(p.readiness.processing()).toBe(true);
  const unlock = lock(p.stores.file);
  const declared: boolean[] = [];
  await p.run(60, () => void declared.push(!p.readiness.processing()));
  unlock();
  expect(declared.indexOf(true)).toBeLessThanOrEqual(15);
  expect(declared.slice(15)).not.toContain(false);
  await p.run(30);
  await p.log.settled();
  expect(p.readiness.processing()).toBe(true);
  expect(await p.stored()).toEqual(undisturbed(p.sent));
  expect(p.bugs).toEqual([]);
}, 60_000);

test('the history is away for a minute: alarms notice nothing, and afterwards no point is missing', async () => {
  p = await startProcessor({ beds: 24 });
  await p.run(20);
  const unlock = lock(join(p.stores.folder, 'history.db'));
  const seen: boolean[] = [];
  await p.run(60, async (s) => {
    const missing = s % 5 === 0 ? undisturbed(p.sent).length - (await p.stored()).length : 0;
    seen.push(p.readiness.processing() && missing === 0);
  });
  unlock();
  expect(seen).not.toContain(false);
  await p.run(30);
  await p.log.settled();
  await p.clock.advance(10_000);
  for (let bed = 0; bed < 24; bed++) expect(await points(bed)).toBe(110);
}, 60_000);

test('one of a hundred events is none, in ten ways and at the head of each partition: each is kept, none holds anything up', async () => {
  p = await startProcessor({ beds: 16 });
  const NAME = 'MUSTERMANN';
  const tick = { v: 1, kind: 'tick', id: 't', key: 'bed:w-1', origin: 'simulated', atMs: 5, bedId: 'w-1', gatewayId: 'gw-1' };
  const kinds: readonly (readonly [DeadLetterReason, unknown])[] = [
    ['not-an-event', Buffer.from(`{"name":"${NAME}`)],
    ['not-an-event', NAME],
    ['not-an-event', [tick]],
    ['invalid-event', { ...tick, bedId: NAME }],
    ['invalid-event', { ...tick, atMs: NaN }],
    ['invalid-event', { ...tick, [NAME]: 1, gatewayId: { [NAME]: 1 } }],
    ['invalid-event', { ...tick, kind: 'deviceMessage', readings: [{ metric: NAME }] }],
    ['newer-schema', { ...tick, v: 2, name: NAME }],
    ['newer-schema', { ...tick, kind: 'weather', name: NAME }],
    ['invalid-event', {}],
  ];
  let put = 0;
  const bad = (partition: number): void => {
    const [, body] = kinds[put % kinds.length]!;
    // Each is another one, so that each has to be found again.
    p.log.appendRaw(partition, body instanceof Buffer || typeof body !== 'object' ? body : Object.assign(body!, { n: put }));
    put += 1;
  };
  for (let partition = 0; partition < 8; partition++) bad(partition);
  const behind: number[] = [];
  await p.run(60, async (s) => {
    for (let n = 0; n < 2; n++) bad((s + n) % 8);
    await p.log.settled();
    behind.push(undisturbed(p.sent).length - (await p.stored()).length);
  });
  await p.run(2);
  await p.log.settled();
  expect(Math.max(...behind)).toBe(0);
  expect(await p.stored()).toEqual(undisturbed(p.sent));
  const { items } = await p.stores.deadLetters.list({ limit: 500 });
  expect(items).toHaveLength(put);
  expect(new Set(items.map((l) => l.reason))).toEqual(new Set(kinds.map(([reason]) => reason)));
  expect(JSON.stringify(items)).not.toContain(NAME);
  expect(await p.registry.metrics()).toContain(
    `vigil_dead_letters_total{reason="newer-schema"} ${items.filter((l) => l.reason === 'newer-schema').length}`,
  );
}, 60_000);
