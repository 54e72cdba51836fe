import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { tinyRecordings } from '../../testing/recordings.js';
import { RecordCursor } from './cursor.js';
import { readRecords, RecordingsMissing } from './read.js';
import type { RecordingSet } from './record.js';

const ids = async (set: RecordingSet, dir: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const record of readRecords(set, dir)) found.push(record.recordId);
  return found;
};
const take = async (cursor: RecordCursor, count: number): Promise<string[]> => {
  const found: string[] = [];
  for (let i = 0; i < count; i++) found.push((await cursor.next()).recordId);
  await cursor.close();
  return found;
};

test('each set gives its records in order', async () => {
  const dir = tinyRecordings();
  expect(await ids('cinc2015', dir)).toEqual(['v1a', 'v2b', 'v3c']);
  expect(await ids('mimic2', dir)).toEqual(['s1', 's2']);
  expect(await ids('physionet2012', dir)).toEqual(['1001', '1002']);
});

test('a set that is not there is named with the file that was expected', async () => {
  await expect(ids('mimic2', '/nowhere')).rejects.toThrow(RecordingsMissing);
  await expect(ids('cinc2015', '/nowhere')).rejects.toThrow(/numerics_1hz_derived\.csv\.gz/);
});

test('a file that was cut short is an error, never a shorter set', async () => {
  const dir = tinyRecordings();
  truncateSync(join(dir, 'cinc2015_vt_alarms/numerics_1hz_derived.csv.gz'), 100);
  await expect(ids('cinc2015', dir)).rejects.toThrow();
});

test('devices of one set share its records out and start again from their first', async () => {
  const place = { set: 'cinc2015', dir: tinyRecordings(), slots: 2 } as const;
  expect(await take(new RecordCursor({ ...place, slot: 0 }), 5)).toEqual(['v1a', 'v3c', 'v1a', 'v3c', 'v1a']);
  expect(await take(new RecordCursor({ ...place, slot: 1 }), 3)).toEqual(['v2b', 'v2b', 'v2b']);
});

test('more devices than records: they share a record, as patients of their own', async () => {
  const place = { set: 'mimic2', dir: tinyRecordings(), slots: 5 } as const;
  const cursor = new RecordCursor({ ...place, slot: 4 });
  expect(await take(cursor, 2)).toEqual(['s1', 's1']);
  expect(cursor.copy).toBe(3);
});

test('seek finds a record of this device and goes on after it', async () => {
  const place = { set: 'cinc2015', dir: tinyRecordings(), slots: 1, slot: 0 } as const;
  const cursor = new RecordCursor(place);
  expect((await cursor.seek('v2b'))?.recordId).toBe('v2b');
  expect((await cursor.next()).recordId).toBe('v3c');
  expect(await new RecordCursor(place).seek('unknown')).toBeNull();
});
