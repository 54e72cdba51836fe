import { Registry } from 'prom-client';
import { ProcessWord } from './process-word.js';
import { registerSiteMetrics } from './site-metrics.js';
import { PROCESS_SILENT_MS, SiteProcesses } from './site-processes.js';

const word = (role: string, alarms: number[] = []): ProcessWord =>
  ProcessWord.parse({ role, buildId: 'b', groups: { alarms: { partitions: alarms } } });

function site() {
  let nowMs = 0;
  const processes = new SiteProcesses(() => nowMs);
  const registry = new Registry();
  registerSiteMetrics(registry, { processes, readiness: { processing: () => true }, role: 'api' });
  const hears = (...words: ProcessWord[]): void =>
    processes.hear(words.map((each, i) => ({ processId: `p-${i}`, word: each, atMs: nowMs })));
  const value = async (name: string, labels: string): Promise<string | undefined> =>
    new RegExp(`^${name}\\{${labels}\\} (.+)$`, 'm').exec(await registry.metrics())?.[1];
  return { processes, hears, value, wait: (ms: number) => void (nowMs += ms) };
}

test('the last process of a role is missed, and does not just go from the figures', async () => {
  const { hears, value, wait } = site();
  hears(word('processor'), word('processor'));
  expect(await value('vigil_site_processes', 'part="processor"')).toBe('2');
  expect(await value('vigil_site_processes', 'part="api"')).toBe('1');
  wait(PROCESS_SILENT_MS + 1);
  expect(await value('vigil_site_processes', 'part="processor"')).toBe('0');
  // A role that was never here is not missed.
  expect(await value('vigil_site_processes', 'part="fhir"')).toBeUndefined();
});

test('a partition that two say to read counts once, and one that is read here counts', async () => {
  const { processes, hears, value } = site();
  processes.tells('groups', () => ({ alarms: { partitions: [0, 1] } }));
  hears(word('processor', [1, 2]), word('processor', [2, 3]));
  expect(await value('vigil_site_partitions_read', 'group="alarms"')).toBe('4');
  expect(await value('vigil_site_partitions_read', 'group="history"')).toBe('0');
});
