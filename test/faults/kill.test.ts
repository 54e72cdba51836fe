/**
 * Kill -9 of gateway, hub and platform under load, by the ledger method: what was acknowledged is kept, no alarm is lost
 * or doubled, everybody who was to be told was told. `npm run faults` runs it with more kills and other seeds.
 */
import { appendFileSync } from 'node:fs';
import { countsOf } from '../oracle/kinds.js';
import { TARGETS } from './kill-plan.js';
import { KILL_KINDS } from './kill-rules.js';
import { RECOVERY_MS_MAX } from './outages.js';
import { runWard } from './ward.js';

const env = process.env;
const kills = Number(env.VIGIL_TEST_KILLS ?? 6);
const seed = Number(env.VIGIL_TEST_KILL_SEED ?? 1);
const only = TARGETS.filter((target) => target === env.VIGIL_TEST_KILL_ONLY);
const targets = only.length === 0 ? TARGETS : only;
const reportFile = env.VIGIL_TEST_KILL_REPORT;
/** Every wait has a limit of its own, which is longer on a busy machine. */
const LIMIT_MS = 3 * (240_000 + kills * RECOVERY_MS_MAX);

test(
  `after ${kills} kills (seed ${seed}) nothing acknowledged is missing, and no alarm or page is lost or doubled`,
  async () => {
    const startedMs = performance.now();
    const said = (text: string): void => void (reportFile !== undefined && process.stdout.write(`${text}\n`));
    const report = await runWard({
      ...{ kills: { count: kills, seed, targets }, messagesPerSecond: 160 },
      onOutage: ({ target, recoveryMs }, done) =>
        said(`  ${done} of ${kills}: ${target.padEnd(8)} well again after ${(recoveryMs / 1_000).toFixed(1)} s`),
    });
    if (reportFile !== undefined) {
      const outages = report.outages.map(({ target, recoveryMs }) => ({ target, recoveryMs: Math.round(recoveryMs) }));
      appendFileSync(
        reportFile,
        `${JSON.stringify({ seed, tookMs: Math.round(performance.now() - startedMs), ...report, outages })}\n`,
      );
    }
    const { history, alarms, pages, accepts, people } = report;
    said(`  moved ${people.moved} times, ${people.charted} charts; transitions: ${countsOf(report.byKind)}`);
    expect({ unacked: report.unacked, history }).toMatchObject({ unacked: 0, history: { missing: 0, phantom: 0, doubled: 0 } });
    expect(alarms).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(report.replaysDiffer).toBe(false);
    expect(pages).toMatchObject({ lost: 0, queued: 0, failed: 0, phantom: 0, doubled: 0 });
    expect({ standingSteps: report.standingSteps, withoutEscalation: report.withoutEscalation }).toEqual({
      standingSteps: [0, 1],
      withoutEscalation: 0,
    });
    expect(accepts.lost).toBe(0);
    for (const { recoveryMs, limitMs } of report.outages) expect(recoveryMs).toBeLessThan(limitMs);
    // Otherwise the above would hold for a ward in which nothing happened.
    expect(history.acknowledged).toBeGreaterThan(10_000);
    expect(alarms.derived).toBeGreaterThan(10);
    expect(pages.sent).toBeGreaterThan(5);
    expect(accepts.answered).toBeGreaterThan(0);
    expect(people.moved).toBeGreaterThan(0);
    expect(people.charted).toBeGreaterThan(0);
    expect(KILL_KINDS.filter((kind) => (report.byKind[kind] ?? 0) === 0)).toEqual([]);
    expect(report.byKind['carried to another bed'] ?? 0).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
