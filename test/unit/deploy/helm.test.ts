import { SECRET_SETTINGS } from '@vigil/process-log';
import { parse } from 'yaml';
import { readSettings, ROLES } from '../../../src/config.js';
import { readHere } from '../../support/anchors.js';
import { chart, CLUSTER, envOf, GIVEN, of, render, rendered, run } from '../../support/helm.js';
import { openSecrets, unknownSettings, withSecrets } from '../../support/deploy-settings.js';

const values = parse(readHere('deploy/helm/vigil/values.yaml')) as Record<string, unknown>;
const schema = JSON.parse(readHere('deploy/helm/vigil/values.schema.json')) as {
  properties: Record<string, { properties?: Record<string, unknown> }>;
};

test('every value has its place in the schema, and every place its value', () => {
  for (const [name, { properties }] of Object.entries(schema.properties)) {
    if (name === 'global') continue;
    expect(Object.keys(values)).toContain(name);
    if (properties === undefined) continue;
    expect([name, Object.keys(values[name] as object).sort()]).toEqual([name, Object.keys(properties).sort()]);
  }
  expect(Object.keys(values).filter((name) => !(name in schema.properties))).toEqual([]);
});

test('every secret of the platform has its place, and none can be a plain setting', () => {
  const { secretSettings, settings } = schema.properties as unknown as {
    secretSettings: { propertyNames: { enum: string[] } };
    settings: { not: { anyOf: { required: string[] }[] } };
  };
  const own = ['EVENT_HUBS_CONNECTION_STRING', 'SMTP_URL', 'VIGIL_GATEWAY_TOKEN'];
  expect([...secretSettings.propertyNames.enum, ...own].sort()).toEqual([...SECRET_SETTINGS].sort());
  expect(settings.not.anyOf.flatMap(({ required }) => required).sort()).toEqual([...SECRET_SETTINGS].sort());
});

test('the chart takes no role that the platform refuses', () => {
  const roles = Object.keys(schema.properties['roles']!.properties!);
  expect(roles.length).toBeGreaterThan(0);
  const VIGIL_PUBLIC_URL = 'https://vigil.example';
  for (const role of roles) expect(readSettings({ VIGIL_ROLE: role, VIGIL_PUBLIC_URL })).toMatchObject({ role });
  // The watchdog is a program of its own.
  expect([...roles, 'watchdog'].sort()).toEqual([...ROLES].sort());
});

rendered('the chart', () => {
  test('lint finds nothing', () => {
    const { status, stdout } = run('lint', '--strict', chart, ...GIVEN);
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
  });

  test('one platform that owns its disk, its watchdog beside it, and nothing open', () => {
    const objects = render();
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      ...['Deployment', 'NetworkPolicy', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Service', 'ServiceAccount'],
    ]);
    const [deployment] = of(objects, 'Deployment');
    expect(deployment!.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    const pod = deployment!.spec.template!.spec;
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10_001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.containers.map(({ name }) => name)).toEqual(['platform', 'watchdog']);
    const volumes = new Set(pod.volumes.map(({ name }) => name));
    for (const container of pod.containers) {
      const closed = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
      expect(container.securityContext).toEqual(closed);
      expect(container.image).toBe('vigil-platform:0.1.0');
      expect(container.resources.limits.memory).toMatch(/^\d+[MG]i$/);
      expect(container.volumeMounts.filter(({ name }) => !volumes.has(name))).toEqual([]);
    }
    expect(of(objects, 'PodDisruptionBudget')[0]!.spec).toMatchObject({ minAvailable: 1 });
    expect(of(objects, 'PersistentVolumeClaim')[0]!.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  test('it tells platform and watchdog settings that they read, and secrets as files', () => {
    const { containers } = of(render(), 'Deployment')[0]!.spec.template!.spec;
    for (const [at, part] of (['platform', 'watchdog'] as const).entries()) {
      const environment = envOf(containers[at]!);
      expect([part, unknownSettings(part, environment), openSecrets(environment)]).toEqual([part, [], []]);
    }
    const settings = readSettings(withSecrets(envOf(containers[0]!)));
    expect(settings).toMatchObject({ role: 'all', host: '0.0.0.0', port: 3000, source: 'none', dataDir: '/data/site' });
    expect(settings.tls).not.toBeNull();
  });

  test('history in InfluxDB: its address is a setting, its token a file', () => {
    const token = ['secretSettings.INFLUX_TOKEN.name=vigil-influx', 'secretSettings.INFLUX_TOKEN.key=token'];
    const url = 'settings.INFLUX_URL=https://influx.example:8086';
    const [deployment] = of(render(...[url, ...token].flatMap((each) => ['--set', each])), 'Deployment');
    const { containers, volumes } = deployment!.spec.template!.spec;
    const environment = envOf(containers[0]!);
    expect([unknownSettings('platform', environment), openSecrets(environment)]).toEqual([[], []]);
    expect(readSettings(withSecrets(environment)).influx).toMatchObject({ url: 'https://influx.example:8086', token: 'token' });
    expect(JSON.stringify(volumes)).toContain('{"name":"vigil-influx","items":[{"key":"token","path":"INFLUX_TOKEN"}]}');
  });

  test('a pod whose log is away stays in the Service: people accept there, and screens say by themselves that they are not live', () => {
    const [platform, watchdog] = of(render(), 'Deployment')[0]!.spec.template!.spec.containers;
    expect(platform!.readinessProbe!.httpGet).toMatchObject({ path: '/health/live', scheme: 'HTTPS' });
    expect(platform!.livenessProbe.httpGet!.path).toBe('/health/live');
    expect(readHere('src/health/health.controller.ts')).toContain("@Get('health/live')");
    // It listens on 127.0.0.1 only, where no kubelet asks.
    expect(watchdog!.livenessProbe.exec!.command.join(' ')).toContain('http://127.0.0.1:3003/health/live');
  });

  test('whoever works in the volume has it alone', () => {
    const objects = render('--set', 'maintenance=true');
    expect(of(objects, 'Pod')).toHaveLength(1);
    expect(of(objects, 'Deployment')).toEqual([]);
  });

  test.each([
    ['two of the role that owns the folder', ['roles.all.replicas=2'], /roles[./]all[./]replicas/],
    ['a role that this version does not have', ['roles.ward.replicas=1'], /ward/],
    ['an image that moves', ['image.tag=latest'], /image[./]tag/],
    ['an address without TLS', ['publicUrl=http://vigil.example'], /publicUrl/],
    ['a secret among the settings', ['settings.SMTP_URL=smtp://mail'], /settings/],
    ['scaling of what may not run twice', ['keda.enabled=true'], /may not run twice/],
    ['parts that have no database in common', ['inParts=true'], /needs secretSettings.DATABASE_URL/],
    [
      'parts without the work that nobody else does',
      ['inParts=true', 'roles.processor.replicas=0'],
      /roles[./]processor[./]replicas/,
    ],
    ['nobody who hears from the watchdog', ['watchdog.mailTo='], /who hears from the watchdog/],
    ['a value that nobody reads', ['replica=2'], /replica/],
  ])('%s is refused', (_, wrong, says) => {
    const set = wrong.flatMap((each) => ['--set', each]);
    const { status, stderr } = run('template', 'vigil', chart, ...CLUSTER, ...GIVEN, ...set);
    expect([status, stderr.replace(/^.*found symbolic link.*$/gm, '')]).toEqual([1, expect.stringMatching(says)]);
  });

  test('alerts come along, with the place of the runbook in front', () => {
    const objects = render('--set', 'monitoring.prometheusRule=true', '--set', 'monitoring.runbookUrl=https://wiki.example/');
    const rules = of(objects, 'PrometheusRule');
    expect(rules.map(({ metadata }) => metadata.name)).toEqual(['vigil-alarms', 'vigil-paging', 'vigil-records']);
    const text = JSON.stringify(rules);
    expect(text).toContain('https://wiki.example/docs/runbook.md#platform-silent');
    expect(text).toContain('{{ $labels.loop }}');
    const own = (parse(readHere('deploy/prometheus/rules/alarms.yml')) as { groups: { rules: unknown[] }[] }).groups[0]!.rules;
    expect((rules[0]!.spec['groups'] as { rules: unknown[] }[])[0]!.rules).toHaveLength(own.length);
  });

  test('metrics are asked for by TLS and with a token', () => {
    const [monitor] = of(render('--set', 'monitoring.podMonitor=true'), 'PodMonitor');
    expect(monitor!.spec['podMetricsEndpoints']).toEqual([
      expect.objectContaining({ scheme: 'https', path: '/metrics', authorization: expect.objectContaining({ type: 'Bearer' }) }),
    ]);
  });
});
