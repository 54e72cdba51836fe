import type { BedId, DeviceId, GatewayConfig } from '@vigil/contracts';
import { BedTable, keyAt } from './bed-table.js';

const mon1 = 'mon-1' as DeviceId;

function tableOf(device: Partial<GatewayConfig['devices'][number]>): BedTable {
  const table = new BedTable();
  table.replace({ v: 1, gatewayId: 'gw-1', devices: [{ deviceId: mon1, bedId: 'icu-2' as BedId, ...device }], rate: 1 });
  return table;
}

const spans = [
  { bedId: 'icu-1', fromMs: 1_000, toMs: 2_000 },
  { bedId: 'icu-2', fromMs: 3_000, toMs: null },
] as NonNullable<GatewayConfig['devices'][number]['spans']>;

test('a message is for the bed where its device stood at its time, whenever it comes; between two beds for none', () => {
  const table = tableOf({ spans });
  const bedAt = (atMs: number): unknown => table.bedAt(mon1, atMs);
  expect([999, 1_000, 1_999, 2_000, 2_999, 3_000, 9_000].map(bedAt)).toEqual([
    ...[null, 'icu-1', 'icu-1', null, null, 'icu-2', 'icu-2'],
  ]);
  expect([keyAt(mon1, table.bedAt(mon1, 1_500)), keyAt(mon1, table.bedAt(mon1, 2_500))]).toEqual(['bed:icu-1', 'device:mon-1']);
});

test('a platform that tells of no spans means the bed of now for all times', () => {
  expect(tableOf({}).bedAt(mon1, 5)).toBe('icu-2');
  expect(tableOf({ bedId: null }).bedAt(mon1, 5)).toBeNull();
});

test('a device of which it tells that it stood nowhere is at no bed, and ticks go by where it stands now', () => {
  const table = tableOf({ spans: [] });
  expect([table.bedAt(mon1, 5), table.bedOf(mon1), table.keyOf(mon1)]).toEqual([null, 'icu-2', 'bed:icu-2']);
});
