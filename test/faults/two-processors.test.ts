/**
 * Two alarm processors on one database and one hub: each start takes every partition from the other while it is busy, then they
 * share; each round one of them is killed. `npm run faults -- --only=two-processors --count=N` runs more rounds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { SystemClock } from '@vigil/clock';
import type { LogEvent } from '@vigil/contracts';
import { producer, Sender } from '@vigil/hub-client';
import { startHubProcess } from '../support/hub-process.js';
import { ROOT } from '../support/root.js';
import { undisturbed, wardEvents } from '../support/processor.js';
import { until } from '../support/until.js';

const ROUNDS = Number(process.env.VIGIL_TEST_TWO_PROCESSORS ?? 1);
const BEDS = 40;
const SHARED_WITHIN_MS = 60_000;

interface Processor {
  readonly child: ChildProcess;
  readonly ownerId: string;
}

let n = 0;
const bugs: unknown[] = [];

async function start(folder: string, connection: string): Promise<Processor> {
  const ownerId = `processor-${++n}`;
  const args = [join(ROOT, 'test/faults/processor-child.mjs'), folder, connection, ownerId];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const entry = JSON.parse(line) as { ready?: string; bug?: string };
      if (entry.ready !== undefined) resolve();
      if (entry.bug !== undefined) bugs.push(entry);
    });
    child.once('exit', (code) => reject(new Error(`a processor ended with ${code} before it was ready`)));
  });
  await ready;
  return { child, ownerId };
}

async function kill({ child }: Processor, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Reads the database beside the processors. */
function look<Row>(folder: string, query: string): Row[] {
  const db = new DatabaseSync(join(folder, 'vigil.db'), { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    return db.prepare(query).all() as Row[];
  } finally {
    db.close();
  }
}

const stored = (folder: string): string[] =>
  look<{ content_json: string }>(folder, 'SELECT content_json FROM alarm_transition').map((row) => row.content_json);
const owners = (folder: string): string[] =>
  look<{ owner_id: string }>(folder, "SELECT owner_id FROM partition_owner WHERE consumer_group = 'alarms'").map(
    (r) => r.owner_id,
  );

/** A ward that sends a second of event time each fifth of a second, until told to end. */
function startWard(connection: string, sent: LogEvent[]) {
  const sender = new Sender(() => producer(connection, 'vigil', 'ward'), new SystemClock());
  const ward = wardEvents(Date.now() - 600_000, BEDS);
  let isEnding = false;
  const send = async (events: readonly LogEvent[]): Promise<void> => {
    sent.push(...events);
    const outcomes = await sender.send(events.map((event) => ({ key: event.key, body: event })));
    expect(outcomes.every((o) => o.status === 'sent')).toBe(true);
  };
  const run = async (): Promise<void> => {
    sent.push(ward.rules);
    for (const partitionId of await sender.producer.getPartitionIds()) {
      await sender.producer.sendBatch([{ body: ward.rules, contentType: 'application/json' }], { partitionId });
    }
    await send(ward.begin());
    for (let s = 1; !isEnding; s++) {
      await send(ward.second(s));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await sender.close();
  };
  const running = run();
  return { end: () => ((isEnding = true), running) };
}

test(
  `after ${ROUNDS} rounds in which two processors take partitions from each other and die, no alarm is lost and none doubled`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-two-'));
    const hub = await startHubProcess({ dataDir: join(folder, 'hub') });
    const platform = hub.connection('platform');
    const sent: LogEvent[] = [];
    const living: Processor[] = [];
    try {
      living.push(await start(folder, platform));
      const ward = startWard(hub.connection('gateway'), sent);
      for (let round = 0; round < ROUNDS; round++) {
        await until('the ward has alarms', () => stored(folder).length > 5 + round, SHARED_WITHIN_MS);
        living.push(await start(folder, platform));
        const ids = living.map((p) => p.ownerId);
        await until(
          'both have partitions',
          () => {
            const now = owners(folder);
            return ids.every((id) => now.filter((owner) => owner === id).length >= 3);
          },
          SHARED_WITHIN_MS,
        );
        await kill(living.splice(round % 2, 1)[0]!, round % 3 === 2 ? 'SIGTERM' : 'SIGKILL');
      }
      // A new start takes what a killed one has left behind, at once.
      living.push(await start(folder, platform));
      await ward.end();
      const expected = undisturbed(sent);
      await until('all alarms are stored', () => stored(folder).length >= expected.length, SHARED_WITHIN_MS);
      expect(stored(folder).sort()).toEqual(expected);
      expect(bugs).toEqual([]);
    } finally {
      for (const processor of living) await kill(processor, 'SIGKILL');
      await hub.end('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
  120_000 + ROUNDS * 2 * SHARED_WITHIN_MS,
);
