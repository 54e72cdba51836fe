/** 500 beds alarm at once: from the first commit until the live channel has handed the last of them to its screens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alarmIdOf } from '@vigil/domain';
import { quantile, report, round } from './lib/report.mjs';
import { root } from './lib/stack.mjs';
import { batchOf, claim, onsetOf, openStores, siteOf } from './lib/stores.mjs';

export const about =
  'storm: 500 beds alarm at once, from the first commit to the last event of the live channel (without sockets)';
const BEDS = 500;
const PRIORITIES = ['low', 'medium', 'high'];

export async function run({ quick }) {
  const took = [];
  const high = [];
  const commits = [];
  for (let i = 0; i < (quick ? 1 : 5); i++) {
    const one = await storm();
    took.push(one.allMs);
    high.push(one.highMs);
    commits.push(one.commitMs);
  }
  const times = took.length;
  const about = { beds: BEDS, times, worst: round(Math.max(...took)), committed: round(quantile(commits, 0.5)) };
  report('storm.all-shown', round(quantile(took, 0.5)), 'ms p50', { ...about, highShown: round(quantile(high, 0.5)) });
}

async function storm() {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-storm-'));
  const { AlarmChannel } = await import(pathToFileURL(join(root, 'dist/live/alarm-channel.js')).href);
  const { sitePolicy } = await import(pathToFileURL(join(root, 'dist/escalation/site-policy.js')).href);
  const policy = sitePolicy({ steps: [{ tell: 'primary', waitS: 30 }], priorities: ['high', 'medium'] });
  const stores = await openStores(folder, { policy, demoChannels: ['smtp'], smtp: true });
  try {
    await stores.directory.seed(siteOf(BEDS), new Map(), { nowMs: Date.now(), wallMs: Date.now(), rate: 1 });
    await claim(stores);
    let [shown, shownHigh, highMs] = [0, 0, 0];
    const onsetMs = Date.now();
    const all = Array.from({ length: BEDS }, (_, n) =>
      onsetOf(alarmIdOf, n, `icu-${n + 1}`, { onsetMs, priority: PRIORITIES[n % 3] }),
    );
    const highs = all.filter(({ priority }) => priority === 'high').length;
    const startedMs = performance.now();
    const audience = { event: ({ alarm }) => count(JSON.stringify(alarm), alarm.priority), snapshot: () => undefined };
    const count = (_, priority) => {
      shown += 1;
      if (priority === 'high' && (shownHigh += 1) === highs) highMs = performance.now() - startedMs;
    };
    const channel = new AlarmChannel('icu', stores.alarms, audience);
    await channel.changed();
    stores.alarmFeed.subscribe(() => void channel.changed());
    for (let at = 0; at < BEDS; at += 50) await stores.alarmState.commit(batchOf(all.slice(at, at + 50)));
    const commitMs = performance.now() - startedMs;
    while (shown < BEDS && performance.now() - startedMs < 60_000) {
      await channel.changed();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (shown < BEDS) throw new Error(`${BEDS - shown} alarms were not shown`);
    return { allMs: performance.now() - startedMs, highMs, commitMs };
  } finally {
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
