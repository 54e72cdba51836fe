/**
 * Rotation of the keys of gateway and hub under load, with kills in the middle (CK-S33): `npm run faults --
 * --only=rotation` does it twenty times.
 */
import { appendFileSync } from 'node:fs';
import { rotateUnderLoad } from './segment-rotation.js';

const env = process.env;
const rotations = Number(env.VIGIL_TEST_ROTATIONS ?? 3);
const seed = Number(env.VIGIL_TEST_KILL_SEED ?? 1);
const reportFile = env.VIGIL_TEST_KILL_REPORT;

test(
  `after ${rotations} rotations under load (seed ${seed}) the last keys alone open everything, and nothing is lost`,
  async () => {
    const report = await rotateUnderLoad({
      ...{ rotations, seed, messagesPerSecond: 500 },
      onRotation: (done, killed, followedMs) => {
        const who = killed.length === 0 ? 'nobody' : killed.join(' and ');
        if (reportFile !== undefined) process.stdout.write(`  ${done} of ${rotations}: killed ${who}, ${followedMs} ms\n`);
      },
    });
    if (reportFile !== undefined) appendFileSync(reportFile, `${JSON.stringify({ seed, ...report })}\n`);
    expect(report).toMatchObject({ unacked: 0, missing: 0, phantom: 0, gaps: 0, damaged: 0, keysLeft: [1, 1] });
    // Otherwise the above would hold for a log in which nothing happened.
    expect(report.acknowledged).toBeGreaterThan(rotations * 1_000);
    expect(report.segments).toBeGreaterThan(rotations);
    expect(report.kills).toBeGreaterThan(0);
  },
  240_000 + rotations * 90_000,
);
