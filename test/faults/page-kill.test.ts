/**
 * kill -9 of the loops that tell people, between a page that is due and the word that it is sent, with a real mail server and a real
 * webhook: every due page arrives, and each crash sends a page at most once more, under the same key. Then two of them on one
 * store: no page twice. `npm run faults -- --only=page-kill --count=100` does it more often and goes on where it was stopped.
 */
import { appendFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { openTestStores, policy as wardPolicy, type TestStores } from '../contract/sql-fixture.js';
import { patient } from '../support/patience.js';
import { until } from '../support/until.js';
import { randomOf } from './kill-plan.js';
import { count, kill, Sinks, startLoops, storedPages } from './page-kill.js';

const KILLS = Number(process.env.VIGIL_TEST_PAGE_KILLS ?? 3);
const SEED = Number(process.env.VIGIL_TEST_KILL_SEED ?? 1);
const REPORT = process.env.VIGIL_TEST_PAGE_KILL_REPORT;
const WITHIN_MS = 60_000;
const RANDOM_MS_MAX = 120;
/** The second channel soon, and the next step never within the test. */
const policy = {
  ...wardPolicy,
  nextChannelMs: 100,
  routes: wardPolicy.routes.map((route) => ({ ...route, steps: route.steps.map((step) => ({ ...step, waitMs: 3_600_000 })) })),
};

let stores: TestStores;
let sinks: Sinks;
const living: ChildProcess[] = [];
beforeEach(async () => {
  stores = await openTestStores({ webhook: true });
  sinks = new Sinks();
  await sinks.start();
});
afterEach(async () => {
  for (const child of living.splice(0)) await kill(child);
  await sinks.stop();
  await stores.end();
});

let alarms = 0;
/** Alarms of patients of their own, so that none joins the message of another. */
async function raise(): Promise<void> {
  const alarmId = alarmIdNo(++alarms);
  await stores.alarmState.commit(
    batch([transition({ alarmId, encounterId: `enc-${alarms + 100}`, bedId: alarms % 2 ? 'icu-1' : 'icu-2' })]),
  );
}

const pages = () => storedPages(stores.file);
/** Two channels of one nurse for each alarm. */
const allSent = () => pages().length >= 2 * alarms && pages().every(({ state }) => state === 'sent');

test(
  `after ${KILLS} kills (seed ${SEED}) every due page has arrived, and each kill has sent a page at most once more`,
  async () => {
    const random = randomOf(SEED);
    alarms = 0;
    let exact = 0;
    const killsMs: number[] = [];
    for (let n = 0; n < KILLS; n++) {
      await raise();
      living.push(await startLoops(sinks, stores.folder, policy));
      const before = sinks.arrived.length;
      if (n % 2 === 0) {
        // A provider has it, and has not said so yet: the worst moment there is.
        await until('a message arrives', () => sinks.arrived.length > before, patient(WITHIN_MS));
        if (pages().some(({ state }) => state === 'queued')) exact += 1;
      } else await sleep(random() * RANDOM_MS_MAX);
      killsMs.push(performance.now());
      await kill(living.pop()!);
    }
    living.push(await startLoops(sinks, stores.folder, policy));
    await until('all pages are sent', allSent, patient(WITHIN_MS));
    const counted = count(pages(), sinks.arrived, killsMs);
    expect(counted).toMatchObject({ lost: [], phantom: [], doubled: [], pages: 2 * alarms });
    if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify({ kills: KILLS, seed: SEED, exact, ...counted })}\n`);
  },
  60_000 + KILLS * 20_000,
);

test('two that tell people on one store send no page twice', async () => {
  alarms = 0;
  living.push(await startLoops(sinks, stores.folder, policy), await startLoops(sinks, stores.folder, policy, false));
  for (let n = 0; n < 12; n++) await raise();
  await until('all pages are sent', allSent, patient(WITHIN_MS));
  expect(count(pages(), sinks.arrived, [])).toMatchObject({ lost: [], phantom: [], sentAgain: 0, pages: 24 });
}, 120_000);
