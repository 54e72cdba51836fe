/** Real hubs, the real client and real ownership rows, for the tests of the client policy; all is closed after each test. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { SystemClock } from '@vigil/clock';
import { type EventHubOptions, type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { EventHubsLog } from '../../src/adapters/event-hubs/event-hubs-log.js';
import { openSql } from '../../src/adapters/sql/index.js';
import type { Sql } from '../../src/adapters/sql/sql.js';
import { SqlPartitionOwners } from '../../src/adapters/sql/sql-partition-owners.js';
import { looseTimers } from '../support/loose-timers.js';
import { promptSockets } from '../support/prompt-sockets.js';

/** A test may take no longer. */
export const TEST_MS_MAX = 120_000;
jest.setTimeout(TEST_MS_MAX);
promptSockets();
looseTimers();

export const clock = new SystemClock();
export const closing: (() => unknown)[] = [];

/** While tests go on side by side, what is open may be another's. */
let isShared = false;
async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await Promise.resolve(close()).catch(() => undefined);
}
afterEach(async () => {
  if (!isShared) await closeAll();
});

/**
 * Tests that mostly wait, by the description they belong to and by title. They begin together; each title tells how its
 * test ended, and what they opened is closed after the last.
 */
export function sideBySide(groups: Readonly<Record<string, Readonly<Record<string, () => Promise<void>>>>>): void {
  describe('side by side', () => {
    const outcomes = new Map<() => Promise<void>, Promise<void>>();
    beforeAll(() => {
      isShared = true;
      for (const run of Object.values(groups).flatMap((tests) => Object.values(tests))) {
        const outcome = run();
        // The test of its title tells; until then a failure has nobody who hears of it.
        outcome.catch(() => undefined);
        outcomes.set(run, outcome);
      }
    });
    afterAll(async () => {
      isShared = false;
      await closeAll();
    });
    for (const [group, tests] of Object.entries(groups)) {
      describe(group, () => {
        for (const [title, run] of Object.entries(tests)) test(title, async () => outcomes.get(run));
      });
    }
  });
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-hub-client-'));

export async function startHub(options: Partial<EventHubOptions> = {}): Promise<RunningEventHub> {
  const hub = await startEventHub({ dataDir: newFolder(), port: 0, segmentBytes: 1024 * 1024, ...options });
  closing.push(() => hub.stop());
  return hub;
}

export async function openStore(): Promise<Sql> {
  const sql = await openSql({ file: join(newFolder(), 'vigil.db') });
  closing.push(() => sql.close());
  return sql;
}

export interface TestLog {
  readonly log: EventHubsLog;
  /** What went wrong, as `group partition code count`. */
  readonly trouble: string[];
}

export function openLog(connectionString: string, sql: Sql, ownerId: string): TestLog {
  const trouble: string[] = [];
  const log = new EventHubsLog({
    connectionString,
    hubName: 'vigil',
    ownerId,
    owners: new SqlPartitionOwners({ sql, clock }),
    clock,
    onError: (group, partition, code, count) =>
      trouble.push([group, partition, code, count].filter((x) => x !== undefined && x !== null).join(' ')),
  });
  closing.push(() => log.close());
  return { log, trouble };
}
