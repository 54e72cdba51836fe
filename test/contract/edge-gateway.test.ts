/** The gateway against the real local hub and the real client: what a device was told is stored must be on the log. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { SystemClock } from '@vigil/clock';
import { type BedId, type DeviceMessage, type GatewayId, LogEvent } from '@vigil/contracts';
import { BedTable, DeviceList, DeviceRegistry, HubUplink, startGateway } from '@vigil/edge-gateway';
import { type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { partitionOf } from '@vigil/hub-client';
import { connectAsync } from 'mqtt';

const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const token = 'token-of-the-only-device';

function wireMessage(seq: number): string {
  const observations = [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }];
  return JSON.stringify({ bootId: BOOT, seq, atMs: Date.now(), origin: 'test', observations });
}

/** Reads every partition from its start until `holds`, and gives each event with the partition it came from. */
async function readUntil(hub: RunningEventHub, holds: (events: readonly LogEvent[]) => boolean): Promise<[string, LogEvent][]> {
  const consumer = new EventHubConsumerClient('live', hub.connectionString('platform'), 'vigil');
  const events: [string, LogEvent][] = [];
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`only ${events.length} events in time`)), 20_000);
    consumer.subscribe(
      {
        processEvents: async (batch, { partitionId }) => {
          for (const { body } of batch) events.push([partitionId, LogEvent.parse(body)]);
          if (!holds(events.map(([, e]) => e))) return;
          clearTimeout(late);
          resolve();
        },
        processError: async () => undefined,
      },
      { startPosition: earliestEventPosition, maxBatchSize: 500, maxWaitTimeInSeconds: 1 },
    );
  });
  await consumer.close();
  return events;
}

test('what was acknowledged before, during and after an outage of the hub is on the log, once, in order, where its key belongs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-edge-contract-'));
  const hubDir = join(folder, 'hub');
  const segmentBytes = 4 * 1024 * 1024;
  let hub = await startEventHub({ dataDir: hubDir, port: 0, segmentBytes });
  const { port } = hub;
  const beds = new BedTable();
  beds.replace({ v: 1, gatewayId: 'gw-1', rate: 1, devices: [{ deviceId: 'mon-1', bedId: 'icu-1' as BedId }] });
  const clock = new SystemClock();
  const settings = { connectionString: hub.connectionString('gateway'), hubName: 'vigil', identifier: 'contract' };
  const gateway = await startGateway({
    gatewayId: 'gw-1' as GatewayId,
    dataDir: join(folder, 'gateway'),
    mqttPort: 0,
    httpPort: 0,
    clock,
    uplink: new HubUplink(settings, clock, SILENT),
    registry: new DeviceRegistry(DeviceList.parse([{ deviceId: 'mon-1', token }])),
    beds,
  });
  const login = { protocolVersion: 4, clientId: 'mon-1', username: 'mon-1', password: token } as const;
  const device = await connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, login);
  const publish = async (from: number, to: number): Promise<void> => {
    for (let seq = from; seq < to; seq++) {
      await device.publishAsync('vigil/v1/mon-1/observations', wireMessage(seq), { qos: 1 });
    }
  };

  await publish(0, 30);
  await hub.stop();
  await publish(30, 60);
  hub = await startEventHub({ dataDir: hubDir, port, segmentBytes });
  await publish(60, 90);

  const messages = (events: readonly LogEvent[]): DeviceMessage[] =>
    events.flatMap((e) => (e.kind === 'deviceMessage' ? [e] : []));
  const events = await readUntil(hub, (all) => new Set(messages(all).map((m) => m.seq)).size === 90);
  for (const [partition, event] of events) expect(partition).toBe(partitionOf(event.key, 8));
  const seqs = messages(events.map(([, e]) => e)).map((m) => m.seq);
  // A send whose answer was lost may be there twice, under one id; first appearances are in order.
  expect([...new Set(seqs)]).toEqual(Array.from({ length: 90 }, (_, i) => i));
  expect(seqs.length).toBeLessThan(90 + 30);
  await device.endAsync();
  await gateway.stop(2_000);
  expect(gateway.pending()).toBe(0);
  await hub.stop();
}, 40_000);
