import { readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { readSettings, ROLES, type Settings } from '../../../src/config.js';
import { readHere } from '../../support/anchors.js';
import { composeWith, environmentOf, type Service } from '../../support/compose-files.js';
import { openSecrets, readEnv, unknownSettings, withSecrets } from '../../support/deploy-settings.js';

/** Ports of a machine that others have: hub, gateway, watchdog, the page of the gateway, Grafana, the proxy and its figures. */
const TAKEN = [1883, 3000, 3001, 3002, 3003, 3005, 3006, 3009, 5432, 5671, 5672, 6379, 8086, 8883, 9090];
const TWICE = ['api', 'processor', 'escalator'];

const compose = composeWith('compose.postgres.yaml', 'compose.roles.yaml');
const variablesOf = (part: string): Record<string, string> => environmentOf(compose.services[part]!);
const parts = Object.keys(compose.services).filter((name) => 'VIGIL_ROLE' in variablesOf(name) && name !== 'platform');

const folder = new URL('../../../deploy/systemd/roles/', import.meta.url);
const unit = readHere('deploy/systemd/vigil@.service');
const given = [...unit.matchAll(/^Environment=(.+)$/gm)].flatMap((match) => match[1]!.split(' '));
const unitVariables = (file: string): Record<string, string> =>
  readEnv([...given, readHere('deploy/systemd/roles.env'), readHere(`deploy/systemd/roles/${file}`)].join('\n'));

const forms: [string, Record<string, Record<string, string>>][] = [
  ['compose', Object.fromEntries(parts.map((part) => [part, variablesOf(part)]))],
  ['units', Object.fromEntries(readdirSync(folder).map((file) => [file.replace('.env', ''), unitVariables(file)]))],
];

describe.each(forms)('the parts as %s', (_, all) => {
  const settings = Object.entries(all).map(([name, variables]): [string, Settings] => [
    name,
    readSettings(withSecrets(variables)),
  ]);

  test('there is a process of every role, and two of what may not be one', () => {
    const counts = Map.groupBy(settings, ([, { role }]) => role);
    expect([...counts.keys()].sort()).toEqual(ROLES.filter((role) => role !== 'all' && role !== 'watchdog').sort());
    for (const role of TWICE) expect(counts.get(role as Settings['role'])).toHaveLength(2);
    for (const [name, { role }] of settings) expect(name).toMatch(new RegExp(`^${role}-\\d$`));
  });

  test('they are told settings that they read, and secrets as files', () => {
    for (const [name, variables] of Object.entries(all))
      expect([name, unknownSettings('platform', variables), openSecrets(variables)]).toEqual([name, [], []]);
  });

  test('each has a port of its own, on this machine only, and all have one store and one data folder', () => {
    const ports = settings.map(([, { port }]) => port);
    expect(new Set([...ports, ...TAKEN]).size).toBe(ports.length + TAKEN.length);
    for (const [, each] of settings) {
      expect(each).toMatchObject({ host: '127.0.0.1', tls: null, source: 'none', trustedProxies: ['127.0.0.1'] });
      expect(each.databaseUrl).toMatch(/^postgres:/);
      expect(each.publicUrl).toMatch(/^https:/);
    }
    expect(new Set(settings.map(([, { dataDir }]) => dataDir)).size).toBe(1);
  });

  test('proxy, Prometheus and watchdog ask each of them where it listens', () => {
    const portsOf = (role: string): number[] => settings.flatMap(([, each]) => (each.role === role ? each.port : [])).sort();
    const servers = [...readHere('deploy/proxy/haproxy.cfg').matchAll(/^ {2}server \S+ 127\.0\.0\.1:(\d+) /gm)];
    expect(servers.map((match) => Number(match[1])).sort()).toEqual(portsOf('api'));
    const { scrape_configs: jobs } = parse(readHere('deploy/prometheus/prometheus.roles.yml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[]; labels: { role: string } }[] }[];
    };
    const asked = jobs.find(({ job_name: job }) => job === 'vigil-platform')!.static_configs;
    for (const { targets, labels } of asked)
      expect([labels.role, targets.map((target) => Number(target.split(':')[1])).sort()]).toEqual([
        labels.role,
        portsOf(labels.role),
      ]);
    expect(asked.flatMap(({ targets }) => targets)).toHaveLength(settings.length);
    const watched = variablesOf('watchdog')
      ['VIGIL_PLATFORM_URL']!.split(',')
      .map((url) => Number(new URL(url).port));
    expect(watched.sort()).toEqual(portsOf('api'));
  });
});

test('a platform in one process does not start beside its own parts', () => {
  expect((compose.services['platform'] as Service & { profiles: string[] }).profiles).toEqual(['whole']);
  expect(readHere('deploy/compose/.env.example')).not.toMatch(/^COMPOSE_PROFILES=.*whole/m);
  expect(unit).toContain('Conflicts=vigil-platform.service');
});

test('Redis: nothing is kept, nobody of another machine, and its password is no argument', () => {
  const { command } = compose.services['redis']!;
  const line = command!.join(' ');
  expect(line).toMatch(/--bind 127\.0\.0\.1 /);
  expect(line).toContain('--save  --appendonly no');
  expect(line).not.toMatch(/requirepass|--pass/);
});

test('a stop leaves each part the time that it takes', () => {
  const [, stopMs] = /STOP_MS_MAX = ([\d_]+)/.exec(readHere('src/main.ts'))!;
  const neededS = Number(stopMs!.replace('_', '')) / 1_000;
  for (const part of parts) {
    const { stop_grace_period: grace } = compose.services[part] as Service & { stop_grace_period: string };
    expect(parseInt(grace, 10)).toBeGreaterThan(neededS);
  }
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1])).toBeGreaterThan(neededS);
});

test('alerts know how many partitions the log is made with', () => {
  const [, count] = /name: 'vigil', partitions: (\d+)/.exec(readHere('packages/event-hub/src/start.ts'))!;
  const rules = ['alarms', 'records'].map((file) => readHere(`deploy/prometheus/rules/${file}.yml`)).join('\n');
  const asked = [...rules.matchAll(/vigil_site_partitions_read\{[^}]*\}\) < (\d+)/g)].map((match) => match[1]);
  expect(asked).toEqual([count, count]);
});
