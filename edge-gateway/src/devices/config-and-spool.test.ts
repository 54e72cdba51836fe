import { type BedId, type EpochMs, type GatewayConfig } from '@vigil/contracts';
import { device, gateway, message, until } from '../test-support/gateway-fixture.js';

/** Another system emptied its buffer when it was given a configuration; nothing in ours can. */
test('no configuration touches what is on the spool', async () => {
  const g = await gateway();
  g.log.away = true;
  const mon = await device(g, 'mon-1');
  for (let seq = 0; seq < 20; seq++) {
    await mon.publishAsync('vigil/v1/mon-1/observations', message(seq, { atMs: Date.now() - 1_000 + seq }), { qos: 1 });
  }
  const pending = g.pending();
  expect(pending).toBeGreaterThanOrEqual(20);
  const [first] = g.disk.segments();
  const before = Buffer.from(g.disk.files.get(first!)!.bytes);
  const base: GatewayConfig = { v: 1, gatewayId: 'gw-1', devices: [], rate: 1 };
  const changes: Partial<GatewayConfig>[] = [
    {},
    { devices: [{ deviceId: 'mon-1', bedId: null }] },
    { devices: [{ deviceId: 'mon-1', bedId: 'icu-9' as BedId, certificates: [] }] },
    { rate: 60, issuedAtMs: 1 as EpochMs },
    { watch: undefined },
  ];
  for (const change of changes) {
    g.beds.replace({ ...base, ...change } as GatewayConfig);
    expect(g.pending()).toBeGreaterThanOrEqual(pending);
    expect(g.disk.segments()[0]).toBe(first);
    expect(g.disk.files.get(first!)!.bytes.subarray(0, before.length).equals(before)).toBe(true);
  }
  g.log.away = false;
  const messages = () =>
    g.log.events<{ kind: string; seq: number; bedId: string | null; key: string }>().filter((e) => e.kind === 'deviceMessage');
  const numbered = (): number[] => messages().map((e) => e.seq);
  await until('all of it on the log', () => numbered().length === 20, 20_000);
  expect(numbered()).toEqual(Array.from({ length: 20 }, (_, i) => i));
  // What was measured at a bed stays there, wherever the device stands by now.
  expect(new Set(messages().map((e) => e.key))).toEqual(new Set(['bed:icu-1']));
  expect(new Set(messages().map((e) => e.bedId))).toEqual(new Set(['icu-1']));
  await g.stop(500);
}, 30_000);
