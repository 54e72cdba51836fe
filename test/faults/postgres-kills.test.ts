/**
 * The PostgreSQL server is killed, restarted, taken over from, and killed with everything else, under the load of a ward, by the ledger
 * method: nothing that was committed is missing, no alarm is lost or doubled, the loss is declared, and all is well again soon after the
 * server is back. `npm run faults -- --only=postgres-kills` and `--only=everything` run it with more of them.
 */
import { appendFileSync } from 'node:fs';
import { patient } from '../support/patience.js';
import { Postgres, postgresOfTests } from '../support/postgres.js';
import { STORE_AWAY_MS_MAX, STORE_TARGETS, type Target } from './kill-plan.js';
import { DECLARED_MS, RECOVERY_MS_MAX } from './outages.js';
import { runWard } from './ward.js';

const TARGETS: readonly Target[] = [...STORE_TARGETS, 'everything'];
/** So short that a run fits into the tests. */
const AWAY_MS_MAX = 4_000;

const env = process.env;
const count = Number(env.VIGIL_TEST_KILLS ?? 3);
const seed = Number(env.VIGIL_TEST_KILL_SEED ?? 1);
const only = TARGETS.filter((target) => target === env.VIGIL_TEST_KILL_ONLY);
const targets = only.length === 0 ? TARGETS : only;
const reportFile = env.VIGIL_TEST_KILL_REPORT;
const storeAwayMsMax = reportFile === undefined ? AWAY_MS_MAX : STORE_AWAY_MS_MAX;
/** The stack of this test is on a server of its own, whatever other tests use. */
const server = await postgresOfTests({ fsync: true, own: true });
const here = server instanceof Postgres ? test : test.skip;
afterAll(() => server?.stop());

here(
  `after ${count} losses of PostgreSQL (seed ${seed}) nothing is missing, and no alarm or page is lost or doubled`,
  async () => {
    const startedMs = performance.now();
    const postgres = { server: server as Postgres, url: await server!.empty() };
    const said = (text: string): void => void (reportFile !== undefined && process.stdout.write(`${text}\n`));
    const report = await runWard({
      ...{ kills: { count, seed, targets, storeAwayMsMax }, messagesPerSecond: 40, postgres },
      onOutage: ({ target, recoveryMs, away, waitedFor }, done) => {
        const lines = [
          `${target} ${JSON.stringify(away ?? {})}, well again after ${(recoveryMs / 1_000).toFixed(1)} s`,
          ...waitedFor,
        ];
        said(`  ${done} of ${count}: ${lines.join('\n      ')}`);
      },
    });
    const tookMs = Math.round(performance.now() - startedMs);
    if (reportFile !== undefined) appendFileSync(reportFile, `${JSON.stringify({ seed, tookMs, ...report })}\n`);
    const { history, alarms, pages, accepts, outages } = report;
    expect({ unacked: report.unacked, history }).toMatchObject({ unacked: 0, history: { missing: 0, phantom: 0, doubled: 0 } });
    expect(alarms).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(report.replaysDiffer).toBe(false);
    expect(pages).toMatchObject({ lost: 0, queued: 0, failed: 0, phantom: 0, doubled: 0 });
    expect({ withoutEscalation: report.withoutEscalation, lost: accepts.lost }).toEqual({ withoutEscalation: 0, lost: 0 });
    for (const { recoveryMs, limitMs, away } of outages) {
      expect(recoveryMs).toBeLessThan(limitMs);
      if (away === undefined) continue;
      // On a busy machine one that is away for seconds is back before anybody could ask.
      expect([null, '503 store-unavailable']).toContain(away.refused);
      if (away.awayMs > patient(DECLARED_MS)) expect(away.declaredMs).toBeLessThan(patient(DECLARED_MS));
    }
    // Otherwise the above would hold for a ward in which nothing happened.
    const alone = outages.filter(({ away }) => away !== undefined);
    expect(alone.length === 0 || alone.some(({ away }) => away!.declaredMs !== null && away!.refused !== null)).toBe(true);
    expect(alarms.derived).toBeGreaterThan(10);
    expect(pages.sent).toBeGreaterThan(0);
    expect(accepts.answered).toBeGreaterThan(0);
  },
  3 * (240_000 + count * RECOVERY_MS_MAX),
);
