/**
 * A batch per key against a batch per partition: `node packages/hub-client/bench/send-by-key.mjs [keys] [events]`.
 * Starts a hub of its own in a temporary folder. Prints one JSON line per way of sending. Build first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startEventHub } from '@vigil/event-hub';
import { producer, sendByKey } from '@vigil/hub-client';

const [keys = 100, events = 1000] = process.argv.slice(2).map(Number);

if (process.send === undefined) {
  // The hub runs in a child, so that the CPU figures are the sender's alone.
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2));
  child.on('message', async (connectionString) => {
    await measure(connectionString);
    child.kill('SIGTERM');
  });
} else {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-send-'));
  const hub = await startEventHub({ dataDir, port: 0 });
  process.send(hub.connectionString('gateway'));
  process.once('SIGTERM', async () => {
    await hub.stop();
    rmSync(dataDir, { recursive: true, force: true });
    process.exit(0);
  });
}

async function perKey(client, list) {
  const byKey = Map.groupBy(list, (e) => e.key);
  const waiting = [...byKey];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const batch = await client.createBatch({ partitionKey: next[0] });
      for (const { body } of next[1]) batch.tryAdd({ body, contentType: 'application/json' });
      await client.sendBatch(batch);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function measure(connectionString) {
  const client = producer(connectionString, 'vigil', 'bench');
  const body = Buffer.from(JSON.stringify({ fill: 'x'.repeat(800) }));
  const list = Array.from({ length: events }, (_, i) => ({ key: `bed:b-${i % keys}`, body }));
  for (const [way, send] of [
    ['batch per key', () => perKey(client, list)],
    ['batch per partition', () => sendByKey(client, list)],
  ]) {
    for (let i = 0; i < 5; i++) await send();
    const cpu = process.cpuUsage();
    const started = performance.now();
    const rounds = 20;
    for (let i = 0; i < rounds; i++) await send();
    const ms = (performance.now() - started) / rounds;
    const { user, system } = process.cpuUsage(cpu);
    const us = (user + system) / rounds / events;
    console.log(
      JSON.stringify({ bench: 'send-by-key', way, keys, events, msPerRound: +ms.toFixed(1), cpuUsPerEvent: +us.toFixed(1) }),
    );
  }
  await client.close();
}
