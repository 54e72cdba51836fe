/** Processes that share the partitions of a group, each with the unmodified client: who reads what when they come and go. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { CheckpointStore } from '@azure/event-hubs';
import type { RunningEventHub } from '@vigil/event-hub';
import { closing, producerFor, start, until } from './event-hub-clients.js';
import { MemoryStore } from './event-hub-memory-store.js';

const CONSUMER = join(import.meta.dirname, 'event-hub-balance/consumer.mjs');
/** Ownership of a process that is gone ends after this. */
const EXPIRY_MS = 4000;
/** Ownership that does not end by itself in the time of a test. */
const NEVER_MS = 600_000;
const INTERVAL_MS = 200;
const PARTITIONS = 8;

type Told =
  | { kind: 'store'; id: number; method: keyof CheckpointStore; args: unknown[] }
  | { kind: 'owns'; partitionId: string }
  | { kind: 'leaves'; partitionId: string }
  | { kind: 'events'; partitionId: string; bodies: unknown[] }
  | { kind: 'error'; text: string };

interface Consumer {
  readonly owned: Set<string>;
  readonly bodies: unknown[];
  readonly errors: string[];
  readonly process: ChildProcess;
}

function consume(hub: RunningEventHub, store: MemoryStore, expiryMs = NEVER_MS): Consumer {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(CONSUMER, {
    env: {
      ...env,
      CONNECTION: hub.connectionString('platform'),
      ...{ HUB: 'vigil', GROUP: 'alarms', EXPIRY_MS: String(expiryMs), INTERVAL_MS: String(INTERVAL_MS) },
    },
    execArgv: [],
  });
  const consumer: Consumer = { owned: new Set(), bodies: [], errors: [], process: child };
  closing.push(async () => void child.kill('SIGKILL'));
  child.on('message', async (told: Told) => {
    if (told.kind === 'owns') consumer.owned.add(told.partitionId);
    else if (told.kind === 'leaves') consumer.owned.delete(told.partitionId);
    else if (told.kind === 'events') consumer.bodies.push(...told.bodies);
    else if (told.kind === 'error') consumer.errors.push(told.text);
    else {
      const method = store[told.method].bind(store) as (...args: unknown[]) => Promise<unknown>;
      const value = await method(...told.args);
      if (child.connected) child.send({ id: told.id, value });
    }
  });
  return consumer;
}

/** Sends one event to each partition, with a number that no other has. */
function sender(hub: RunningEventHub): () => Promise<void> {
  const producer = producerFor(hub.connectionString('gateway'));
  let next = 0;
  return async () => {
    for (let p = 0; p < PARTITIONS; p++) await producer.sendBatch([{ body: next++ }], { partitionId: String(p) });
  };
}

const sorted = (bodies: readonly unknown[]): number[] => [...(bodies as number[])].sort((a, b) => a - b);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('two processes share eight partitions four to four; nothing is lost, and what is read twice is little', async () => {
  const hub = await start();
  const store = new MemoryStore();
  const send = sender(hub);
  const first = consume(hub, store);
  await until('the first owns all', () => first.owned.size === PARTITIONS);
  await send();
  await until('the first has read all', () => first.bodies.length === PARTITIONS);
  const second = consume(hub, store);
  await until('each owns half', () => first.owned.size === PARTITIONS / 2 && second.owned.size === PARTITIONS / 2);
  for (let round = 0; round < 5; round++) await send();
  const all = (): unknown[] => [...first.bodies, ...second.bodies];
  await until('all is read', () => new Set(all()).size === 6 * PARTITIONS);
  expect(sorted([...new Set(all())])).toEqual(numbers(6 * PARTITIONS));
  // What was not checkpointed when a partition changed hands comes again.
  expect(all().length).toBeLessThanOrEqual(7 * PARTITIONS);
  expect(first.owned.size + second.owned.size).toBe(PARTITIONS);
  expect([...first.errors, ...second.errors].filter((text) => text !== 'ReceiverDisconnectedError')).toEqual([]);
});

test('when one process is killed the other owns everything once its ownership has expired, and nothing is lost', async () => {
  const hub = await start();
  const store = new MemoryStore();
  const send = sender(hub);
  const first = consume(hub, store, EXPIRY_MS);
  const second = consume(hub, store, EXPIRY_MS);
  await until('each owns half', () => first.owned.size === PARTITIONS / 2 && second.owned.size === PARTITIONS / 2);
  await send();
  first.process.kill('SIGKILL');
  await send();
  await until('the survivor owns all', () => second.owned.size === PARTITIONS);
  await send();
  const all = (): unknown[] => [...first.bodies, ...second.bodies];
  await until('all is read', () => new Set(all()).size === 3 * PARTITIONS);
  expect(sorted([...new Set(all())])).toEqual(numbers(3 * PARTITIONS));
});

test('what a process leaves in good order is taken at once, long before its ownership would expire', async () => {
  const hub = await start();
  const store = new MemoryStore();
  const send = sender(hub);
  const first = consume(hub, store);
  const second = consume(hub, store);
  await until('each owns half', () => first.owned.size === PARTITIONS / 2 && second.owned.size === PARTITIONS / 2);
  await send();
  const all = (): unknown[] => [...first.bodies, ...second.bodies];
  await until('all is read', () => all().length >= PARTITIONS);
  const before = all().length;
  first.process.kill('SIGTERM');
  await until('the other owns all', () => second.owned.size === PARTITIONS);
  await send();
  await until('all is read again', () => new Set(all()).size === 2 * PARTITIONS);
  expect(all().length).toBe(before + PARTITIONS);
});
