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

jest.setTimeout(120_000);

export const clock = new SystemClock();
export const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await Promise.resolve(close()).catch(() => undefined);
});

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
