import { backupState } from './backup-state.js';
import type { LastRun } from './last-run.js';

const MINUTE_MS = 60_000;
const nowMs = 100 * MINUTE_MS;
const last = (more: Partial<LastRun>): LastRun => ({
  ...{
    goodMs: nowMs - 5 * MINUTE_MS,
    runId: 'run',
    isFull: true,
    readBytes: 1,
    writtenBytes: 1,
    tookMs: 1,
    failedMs: null,
    failure: null,
  },
  ...more,
});
const old = nowMs - 20 * MINUTE_MS;

test.each([
  ['a demo without one wants none', null, false, 15, null],
  ['a site with patients wants one from the beginning', null, true, 15, 'none was ever made'],
  ['one of five minutes is good', last({}), true, 15, null],
  ['so it is although the newest attempt failed', last({ failure: 'disk-full' }), true, 15, null],
  ['one of twenty minutes is too old, in a demo too', last({ goodMs: old }), false, 15, '20 min old'],
  [
    'it is told why there is no newer one',
    last({ goodMs: old, failure: 'target' }),
    true,
    15,
    '20 min old; the last one failed: target',
  ],
  [
    'the first attempt failed',
    last({ goodMs: null, failure: 'in-use' }),
    false,
    15,
    'none was ever made; the last one failed: in-use',
  ],
  ['a clock that was put back makes none old', last({ goodMs: nowMs + MINUTE_MS }), true, 15, null],
  ['they are made by other means', null, true, 0, null],
] as const)('%s', (_what, run, isLive, minutes, problem) => {
  expect(backupState(run, { nowMs, ageMsMax: minutes * MINUTE_MS, isLive }).problem).toBe(problem);
});
