/**
 * The two loops that tell people as a process of their own, on the built code: `node page-child.mjs <settings as JSON>`. Writes `ready`
 * once they run. Made to be killed.
 */
import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { openKeyFile } from '@vigil/sealed-records';
import { NetGuard } from '../../dist/adapters/net-guard/net-guard.js';
import { SmtpPager } from '../../dist/adapters/smtp/smtp-pager.js';
import { openSqlStores } from '../../dist/adapters/sql/index.js';
import { WebhookPager } from '../../dist/adapters/webhook/webhook-pager.js';
import { Escalator } from '../../dist/escalation/escalator.js';
import { PageSender } from '../../dist/escalation/page-sender.js';

const { folder, policy, smtpUrl, webhookUrl, webhookSecret, frees } = JSON.parse(process.argv[2]);
const clock = new SystemClock();
const stores = await openSqlStores({
  file: join(folder, 'vigil.db'),
  keysFile: join(folder, 'keys.db'),
  openKeys: ({ create }) => openKeyFile(join(folder, 'kek.json'), { create }),
  clock,
  policy,
  origin: 'simulated',
  alarmText: () => '',
  demoChannels: ['smtp', 'webhook'],
  webhook: true,
  ownerId: `pages-${process.pid}`,
  alarmsConsumer: { namespace: '127.0.0.1', hub: 'vigil', group: 'alarms' },
});
const say = (message) => process.stderr.write(`${message}\n`);
const log = { warn: () => undefined, error: (facts, message) => say(`${message} ${JSON.stringify(facts)}`) };
const site = { url: webhookUrl, secret: webhookSecret };
const pagers = [
  new SmtpPager({ url: smtpUrl, from: 'Vigil <vigil@localhost>' }),
  new WebhookPager({ site, guard: new NetGuard([]), clock }),
];
const shared = { ...stores, feed: stores.alarmFeed, clock, publicUrl: 'http://127.0.0.1:3000', log };
// As the platform does at its start; with two on one store, only the first one may say that.
if (frees) await stores.escalations.releaseDead();
new Escalator(shared).start();
new PageSender({ ...shared, pagers: { all: () => pagers } }).start();
process.stdout.write('ready\n');
