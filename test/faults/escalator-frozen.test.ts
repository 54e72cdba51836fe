/**
 * The platform stands still (SIGSTOP), as a machine does that swaps or a process that hangs: somebody has to hear of it within half a
 * minute, and the alarm about it has to be on the units' screens as soon as there is anything that shows it.
 * `npm run faults -- --only=escalator-frozen --count=N` freezes it N times.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';

const ROUNDS = Number(process.env.VIGIL_TEST_ESCALATOR_FROZEN ?? 0);
const REPORT = process.env.VIGIL_TEST_ESCALATOR_FROZEN_REPORT;
const TOLD_WITHIN_MS = 30_000;
/** The mail that it is over waits for a minute of good answers. */
const OVER_WITHIN_MS = 120_000;

const subjects = async (stack: Stack): Promise<readonly string[]> => {
  const response = await fetch(`${stack.inboxUrl}/api/mails`);
  return ((await response.json()) as readonly { subject: string }[]).map((mail) => mail.subject);
};

const alarmsAbout = (stack: Stack): readonly { readonly active: number }[] => {
  const db = new DatabaseSync(join(stack.dataDir, 'vigil.db'), { readOnly: true });
  try {
    const sql = `select active from alarm where content_json like '%"onCall.escalatorStopped"%'`;
    return db.prepare(sql).all() as unknown as { active: number }[];
  } finally {
    db.close();
  }
};

(ROUNDS === 0 ? test.skip : test)(
  'whoever freezes the platform is told of within 30 s, and the units have an alarm about it until it goes on',
  async () => {
    const stack = await Stack.make({ beds: 1 });
    await stack.run(async () => {
      await stack.start('hub', 'inbox', 'platform', 'gateway', 'watchdog');
      const isWell = async (): Promise<boolean> => (await fetch(`${stack.url}/health/escalation`)).ok;
      await until('people are told', isWell, 30_000);
      for (let round = 1; round <= ROUNDS; round++) {
        const isTold = async (): Promise<boolean> => {
          const mails = (await subjects(stack)).filter((subject) => /(platform is silent|paging reaches nobody)$/.test(subject));
          return mails.length >= round;
        };
        const before = Date.now();
        process.kill(stack.pid('platform')!, 'SIGSTOP');
        try {
          await until('somebody is told', isTold, TOLD_WITHIN_MS);
        } finally {
          process.kill(stack.pid('platform')!, 'SIGCONT');
        }
        const toldMs = Date.now() - before;
        await until('the units have an alarm', async () => alarmsAbout(stack).length >= round, 30_000);
        await until('it is over', async () => alarmsAbout(stack).every((alarm) => alarm.active === 0), 60_000);
        const isBack = async (): Promise<boolean> =>
          (await subjects(stack)).filter((subject) => subject.endsWith('is back')).length >= round;
        await until('the mail says that it is back', isBack, OVER_WITHIN_MS);
        if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify({ round, toldMs })}\n`);
        expect(toldMs).toBeLessThanOrEqual(TOLD_WITHIN_MS);
      }
    });
  },
  120_000 + ROUNDS * 240_000,
);
