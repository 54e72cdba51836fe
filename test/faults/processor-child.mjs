/**
 * One alarm processor as a process of its own, on the built code: `node processor-child.mjs <folder> <connection> <owner>`. Several
 * share the database in the folder. Writes JSON lines: `ready`, `bug`. Ends with SIGTERM.
 */
import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { openKeyFile } from '@vigil/sealed-records';
import { Registry } from 'prom-client';
import { EventHubsLog } from '../../dist/adapters/event-hubs/event-hubs-log.js';
import { openSqlStores } from '../../dist/adapters/sql/index.js';
import { sitePolicy } from '../../dist/escalation/site-policy.js';
import { AlarmConsumer } from '../../dist/stream/alarm-consumer.js';
import { StreamMetrics } from '../../dist/stream/stream-metrics.js';

const [folder, connectionString, ownerId] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const clock = new SystemClock();
const stores = await openSqlStores({
  file: join(folder, 'vigil.db'),
  keysFile: join(folder, 'keys.db'),
  openKeys: ({ create }) => openKeyFile(join(folder, 'kek.json'), { create }),
  clock,
  policy: sitePolicy({ steps: [], priorities: [] }),
  origin: 'simulated',
  alarmText: () => '',
  demoChannels: [],
  webhook: false,
  ownerId,
  alarmsConsumer: { namespace: '127.0.0.1', hub: 'vigil', group: 'alarms' },
});
const log = new EventHubsLog({
  ...{ connectionString, hubName: 'vigil', ownerId, owners: stores.partitionOwners, clock },
  onError: (_group, partition, code) => say({ trouble: code, partition }),
});
const consumer = new AlarmConsumer({
  ...{ alarms: stores.alarmState, clock, metrics: new StreamMetrics(new Registry()) },
  onInvariant: (partition, sequence, claim) => say({ bug: claim, partition, sequence }),
});
stores.partitionOwners.storeFor(ownerId);
// As the platform does at its start: whoever had partitions before is taken for dead, also one that is not.
await stores.partitionOwners.releaseDead();
await log.subscribe('alarms', 'checkpoint', consumer);
say({ ready: ownerId });
process.once('SIGTERM', () => {
  void log
    .close()
    .then(() => stores.close())
    .then(() => process.exit(0));
});
