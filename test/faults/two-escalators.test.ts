/**
 * Two processes that tell people, on one store, with a real mail server and a real webhook. One of them, by turns of chance, is killed and
 * started again while steps fall due: each person is told of each alarm once for each way, and a message arrives again only after a crash
 * that left open whether it was sent. `npm run faults -- --only=two-escalators --count=100` does it more often.
 *
 * And the wall clock of a process that tells people is set while a step waits (CK-R23), by libfaketime: no step comes more than a second
 * early or late.
 */
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PagingPolicy } from '@vigil/domain';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { openTestStores, policy as wardPolicy, type TestStores } from '../contract/sql-fixture.js';
import { patient } from '../support/patience.js';
import { until } from '../support/until.js';
import { randomOf } from './kill-plan.js';
import { count, kill, Sinks, startLoops, storedPages } from './page-kill.js';

const KILLS = Number(process.env.VIGIL_TEST_TWO_ESCALATORS ?? 2);
const SEED = Number(process.env.VIGIL_TEST_KILL_SEED ?? 1);
const REPORT = process.env.VIGIL_TEST_TWO_ESCALATORS_REPORT;
const WITHIN_MS = 60_000;
const RANDOM_MS_MAX = 600;
const ALARMS_PER_KILL = 3;
/** The nurse and who is in charge, each by mail and by webhook. */
const PAGES_PER_ALARM = 4;
const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib', '/usr/local/lib']
  .map((folder) => `${folder}/faketime/libfaketimeMT.so.1`)
  .find((file) => existsSync(file));
if (FAKETIME === undefined) process.stderr.write('the clock of an escalator is not set: libfaketime is not installed here\n');

const policyWith = (firstWaitMs: number): PagingPolicy => ({
  ...wardPolicy,
  nextChannelMs: 100,
  routes: wardPolicy.routes.map((route) => ({
    ...route,
    steps: route.steps.map((step, i) => ({ ...step, waitMs: i === 0 ? firstWaitMs : 3_600_000 })),
  })),
});

let stores: TestStores;
let sinks: Sinks;
const living: ChildProcess[] = [];
const open = async (more: Parameters<typeof openTestStores>[0]): Promise<void> => {
  alarms = 0;
  stores = await openTestStores(more);
  sinks = new Sinks();
  await sinks.start();
};
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
const allSent = () => pages().length >= PAGES_PER_ALARM * alarms && pages().every(({ state }) => state === 'sent');

test(
  `two that tell people, one of them killed ${KILLS} times (seed ${SEED}): nobody is passed over, nobody is told twice but once for each crash`,
  async () => {
    await open({ webhook: true });
    const policy = policyWith(300);
    const random = randomOf(SEED);
    const crashesMs: number[] = [];
    living.push(await startLoops(sinks, stores.folder, policy), await startLoops(sinks, stores.folder, policy, false));
    for (let n = 0; n < KILLS; n++) {
      for (let i = 0; i < ALARMS_PER_KILL; i++) await raise();
      await sleep(random() * RANDOM_MS_MAX);
      const [victim] = living.splice(random() < 0.5 ? 0 : 1, 1);
      crashesMs.push(performance.now());
      await kill(victim!);
      living.push(await startLoops(sinks, stores.folder, policy));
      // As it starts it takes over whatever waits for an answer: it can't know which of that is a living one's.
      crashesMs.push(performance.now());
    }
    await raise();
    await until('all pages are sent', allSent, patient(WITHIN_MS));
    const counted = count(pages(), sinks.arrived, crashesMs);
    expect(counted).toMatchObject({ lost: [], phantom: [], doubled: [], pages: PAGES_PER_ALARM * alarms });
    if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify({ kills: KILLS, seed: SEED, ...counted })}\n`);
  },
  60_000 + KILLS * 20_000,
);

const STEP_MS = 1_500;
const OFFSETS_S = (process.env.VIGIL_TEST_TWO_ESCALATORS_OFFSETS ?? '7200,-7200').split(',').map(Number);

(FAKETIME === undefined ? test.skip : test)(
  'whatever the wall clock is set to while a step waits, the next person is told when it was said, by a second at most',
  async () => {
    await open({});
    const file = join(stores.folder, 'offset');
    const set = (offsetS: number): void => writeFileSync(file, `${offsetS < 0 ? '' : '+'}${offsetS}s`);
    set(0);
    const env = {
      ...{ LD_PRELOAD: FAKETIME!, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' },
      ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' },
    };
    living.push(await startLoops(sinks, stores.folder, policyWith(STEP_MS), true, env));
    const toldMs = (staffId: string): number | undefined =>
      sinks.arrived.find(({ key }) => key.startsWith(alarmIdNo(alarms)) && key.includes(`-${staffId}-`))?.atMs;
    const waits: number[] = [];
    for (const offsetS of [...OFFSETS_S, 0]) {
      await raise();
      const nurse = alarms % 2 ? 'amy' : 'ben';
      const firstMs = await until('the nurse is told', () => toldMs(nurse), patient(20_000));
      set(offsetS);
      const secondMs = await until('the next one is told', () => toldMs('carol'), patient(20_000));
      waits.push(secondMs - firstMs);
    }
    expect(Math.min(...waits)).toBeGreaterThan(STEP_MS - 1_000);
    expect(Math.max(...waits)).toBeLessThan(STEP_MS + patient(1_000));
    process.stdout.write(
      `clock of an escalator: waits of ${waits.map((ms) => Math.round(ms)).join(', ')} ms, ${STEP_MS} were said\n`,
    );
  },
  120_000,
);
