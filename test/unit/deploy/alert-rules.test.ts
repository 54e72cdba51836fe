import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { anchorsOf, readHere } from '../../support/anchors.js';
import { productMetrics, unknownIn } from '../../support/product-metrics.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const folder = new URL('../../../deploy/prometheus/', import.meta.url);
const files = readdirSync(new URL('rules/', folder));
const rules = files.flatMap((file) => {
  const { groups } = parse(readHere(`deploy/prometheus/rules/${file}`)) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
});
const known = productMetrics();

test('every alert asks for metrics and labels that Vigil exports', () => {
  expect(known.size).toBeGreaterThan(180);
  expect(rules.length).toBeGreaterThan(55);
  expect(rules.flatMap(({ alert, expr }) => unknownIn(expr, known).map((what) => `${alert}: ${what}`))).toEqual([]);
  expect(rules.filter(({ expr }) => !/\bvigil_|\bup\{/.test(expr))).toEqual([]);
});

test('what no process exports is found', () => {
  expect(unknownIn('vigil_log_lag_ms{grupp="alarms"} > 0', known)).toEqual(['vigil_log_lag_ms{grupp}']);
  expect(unknownIn('rate(vigil_log_lag_ms[5m])', known)).toEqual(['rate of the gauge vigil_log_lag_ms']);
  expect(unknownIn('sum by (ward) (vigil_no_such_total)', known)).toEqual(['vigil_no_such_total', 'by ward']);
  expect(unknownIn('histogram_quantile(0.9, sum by (le) (rate(vigil_stream_batch_ms_bucket[5m])))', known)).toEqual([]);
});

test('every alert says how bad it is, what it means, and where the runbook says what to do', () => {
  const anchors = anchorsOf(readHere('docs/runbook.md'));
  for (const { alert, labels, annotations } of rules) {
    expect([alert, labels['severity']]).toEqual([alert, expect.stringMatching(/^(critical|warning)$/)]);
    expect([alert, annotations['summary']]).toEqual([alert, expect.stringMatching(/^.{10,120}$/)]);
    expect([alert, annotations['description']]).toEqual([alert, expect.stringMatching(/^.{10,200}$/)]);
    const [file, anchor] = annotations['runbook']!.split('#');
    expect([alert, file, anchors.has(anchor!)]).toEqual([alert, 'docs/runbook.md', true]);
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test('what keeps patients from being watched is critical, and told within a minute', () => {
  const vital = ['VigilPlatformGone', 'VigilHubGone', 'VigilAlarmsBehind', 'VigilBedsNotWatched', 'VigilStoreAway'];
  const paging = ['VigilPagingSilent', 'VigilGatewayGone', 'VigilGatewaySilent', 'VigilSpoolWithheld', 'VigilHubDiskFull'];
  for (const name of [...vital, ...paging]) {
    const rule = rules.find(({ alert }) => alert === name);
    expect([name, rule?.labels['severity']]).toEqual([name, 'critical']);
    expect(rule?.for ?? '0s').toMatch(/^([0-5]?\d)s$/);
  }
});

test('Prometheus asks every process of a machine at its port', () => {
  const { scrape_configs: jobs } = parse(readHere('deploy/prometheus/prometheus.yml')) as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
  };
  const targets = Object.fromEntries(jobs.map((job) => [job.job_name, job.static_configs[0]!.targets[0]]));
  expect(targets).toEqual({
    'vigil-platform': '127.0.0.1:3000',
    'vigil-gateway': '127.0.0.1:3001',
    'vigil-hub': '127.0.0.1:3002',
    'vigil-watchdog': '127.0.0.1:3003',
  });
  const used = rules.flatMap(({ expr }) => [...expr.matchAll(/job="([^"]+)"/g)].map((match) => match[1]!));
  // A platform in parts has one more: in-parts.test.ts.
  expect([...new Set(used)].filter((job) => !(job in targets) && job !== 'vigil-proxy')).toEqual([]);
});

const promtool = process.env['VIGIL_TEST_PROMTOOL'] ?? 'promtool';
const isThere = spawnSync(promtool, ['--version']).status === 0;
if (!isThere)
  process.stdout.write(
    'skipped: alert rules against series (no promtool here: Debian has it in prometheus; or VIGIL_TEST_PROMTOOL)\n',
  );

(isThere ? test : test.skip)('promtool takes the configuration, and each alert comes when it should and not before', () => {
  const run = (...args: string[]) => spawnSync(promtool, args, { cwd: fileURLToPath(folder), encoding: 'utf8' });
  expect(run('check', 'config', 'prometheus.yml')).toMatchObject({ status: 0 });
  const { status, stdout, stderr } = run('test', 'rules', 'rules.test.yml');
  expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
});
