/**
 * Kill -9 of the event hub alone, under load of the official client (CK-R3): nothing acknowledged is lost, numbers have no
 * gap and are never used again, what a consumer has read is what the log holds. `npm run faults -- --only=event-hub` does it
 * a hundred times.
 */
import { appendFileSync } from 'node:fs';
import { killHub } from './event-hub-kills.js';

const env = process.env;
const kills = Number(env.VIGIL_TEST_HUB_KILLS ?? 4);
const seed = Number(env.VIGIL_TEST_KILL_SEED ?? 1);
const reportFile = env.VIGIL_TEST_HUB_REPORT;
const LIMIT_MS = 120_000 + kills * 60_000;

test(
  `after ${kills} kills of the hub (seed ${seed}) nothing acknowledged is lost, and no number is missing or used again`,
  async () => {
    const write = (line: object): void => {
      if (reportFile !== undefined) appendFileSync(reportFile, `${JSON.stringify({ seed, ...line })}\n`);
    };
    const report = await killHub({
      ...{ kills, seed },
      onKill: (facts) => {
        write(facts);
        if (reportFile !== undefined)
          process.stdout.write(
            `  ${facts.kill} of ${kills}: up after ${facts.recoveryMs} ms, all read after ${facts.readAgainMs} ms\n`,
          );
      },
    });
    write({ report });
    expect(report).toMatchObject({
      lost: 0,
      phantom: 0,
      gaps: 0,
      reused: 0,
      backInTime: 0,
      idempotentDoubled: 0,
      stalled: 0,
    });
    // Otherwise the above would hold for a log in which nothing happened.
    expect(report.acknowledged).toBeGreaterThan(kills * 300);
  },
  LIMIT_MS,
);
