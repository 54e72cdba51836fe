import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { SystemClock } from '@vigil/clock';
import { startEventHub } from '@vigil/event-hub';
import { EventHubsLog } from '../../src/adapters/event-hubs/event-hubs-log.js';
import { openSql } from '../../src/adapters/sql/index.js';
import { SqlPartitionOwners } from '../../src/adapters/sql/sql-partition-owners.js';
import { looseTimers } from '../support/loose-timers.js';
import { promptSockets } from '../support/prompt-sockets.js';
import { eventLogContract } from './event-log.contract.js';

jest.setTimeout(120_000);
promptSockets();
looseTimers();

/** A real hub, the real client, real ownership rows. What a client does by itself takes its time, so a turn is longer. */
const TURN_MS = 150;

/** Offsets that are no numbers, as the service's may be, hold more than decimal ones, which all tests of the product have. */
describe('EventHubsLog on a hub with opaque offsets', () => {
  eventLogContract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-log-'));
    const clock = new SystemClock();
    const hub = await startEventHub({ dataDir: join(folder, 'hub'), port: 0, segmentBytes: 1024 * 1024, offsets: 'opaque' });
    const sql = await openSql({ file: join(folder, 'vigil.db') });
    const log = new EventHubsLog({
      connectionString: hub.connectionString('platform'),
      hubName: 'vigil',
      ownerId: `test-${folder.slice(-6)}`,
      owners: new SqlPartitionOwners({ sql, clock }),
      clock,
      onError: () => undefined,
    });
    let isDown = false;
    const stopHub = async (): Promise<void> => {
      if (!isDown) await hub.stop();
      isDown = true;
    };
    return {
      log,
      breakDown: stopHub,
      pass: () => wait(TURN_MS),
      end: async () => {
        await log.close();
        await stopHub();
        await sql.close();
      },
    };
  });
});
