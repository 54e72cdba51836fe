import { readSettings } from '../../../src/config.js';
import { readHere } from '../../support/anchors.js';
import { openSecrets, unknownSettings, withSecrets } from '../../support/deploy-settings.js';
import { type Container, envOf, type Kube, of, render, rendered } from '../../support/helm.js';

interface Affine {
  readonly affinity: {
    readonly podAffinity: {
      readonly requiredDuringSchedulingIgnoredDuringExecution: readonly {
        readonly topologyKey: string;
        readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
      }[];
    };
  };
}
interface Started {
  readonly startupProbe: { readonly periodSeconds: number; readonly failureThreshold: number };
  readonly lifecycle?: object;
}
interface Scaled {
  readonly scaleTargetRef: { readonly name: string };
  readonly triggers: readonly { readonly metadata: { readonly query: string } }[];
}

rendered('the chart in parts', () => {
  const secrets = ['DATABASE_URL', 'REDIS_URL'].flatMap((name) => [
    ...['--set', `secretSettings.${name}.name=vigil-stores`],
    ...['--set', `secretSettings.${name}.key=${name}`],
  ]);
  const inParts = (...more: string[]): readonly Kube[] => render('--set', 'inParts=true', ...secrets, ...more);
  const parts = (objects: readonly Kube[]): readonly (readonly [string, Kube])[] =>
    of(objects, 'Deployment').map((each) => [each.metadata.name.replace('vigil-', ''), each]);

  test('each role has a Deployment and a budget; what may run twice does, and is changed one by one', () => {
    const objects = inParts();
    const counts = Object.fromEntries(parts(objects).map(([role, { spec }]) => [role, spec.replicas]));
    expect(counts).toEqual({ api: 2, processor: 2, escalator: 2, history: 1, fhir: 1, watchdog: 1 });
    for (const [role, { spec }] of parts(objects))
      expect([role, spec.strategy]).toMatchObject([
        role,
        role === 'watchdog' ? { type: 'Recreate' } : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      ]);
    const budgets = of(objects, 'PodDisruptionBudget').map(({ metadata, spec }) => [
      metadata.name,
      spec['maxUnavailable'] ?? 'none',
    ]);
    expect(Object.fromEntries(budgets)).toMatchObject({ 'vigil-api': 1, 'vigil-processor': 1, 'vigil-history': 'none' });
    expect(parts(inParts('--set', 'roles.fhir.replicas=0')).map(([role]) => role)).not.toContain('fhir');
  });

  test('each is told its role, settings that it reads, and secrets as files', () => {
    for (const [role, { spec }] of parts(inParts())) {
      const [container] = spec.template!.spec.containers;
      const environment = envOf(container!);
      const part = role === 'watchdog' ? 'watchdog' : 'platform';
      expect([role, unknownSettings(part, environment), openSecrets(environment)]).toEqual([role, [], []]);
      if (role !== 'watchdog') expect(readSettings(withSecrets(environment))).toMatchObject({ role, host: '0.0.0.0' });
    }
  });

  test('the disk is at one node, and so are they; people are sent to an API, and each to the same one', () => {
    const objects = inParts();
    for (const [role, { spec }] of parts(objects)) {
      const [rule] = (spec.template!.spec as unknown as Affine).affinity.podAffinity
        .requiredDuringSchedulingIgnoredDuringExecution;
      expect([role, rule!.topologyKey]).toEqual([role, 'kubernetes.io/hostname']);
      // Else the first pod would wait for ever.
      const labels = (spec.template as unknown as { metadata: { labels: Record<string, string> } }).metadata.labels;
      expect(labels).toMatchObject(rule!.labelSelector.matchLabels);
    }
    expect(of(objects, 'Service')[0]!.spec).toMatchObject({
      sessionAffinity: 'ClientIP',
      selector: { 'app.kubernetes.io/component': 'api' },
    });
  });

  test('an upgrade goes on once a process does its work, and gives one that changes the tables the time', () => {
    for (const [role, { spec }] of parts(inParts())) {
      if (role === 'watchdog') continue;
      const { readinessProbe, startupProbe, lifecycle } = spec.template!.spec.containers[0]! as Container & Started;
      expect([role, readinessProbe!.httpGet.path]).toEqual([role, role === 'api' ? '/health/live' : '/health/ready']);
      const [, waitMs] = /MIGRATE_MS = ([\d_]+)/.exec(readHere('src/adapters/sql/open-postgres.ts'))!;
      expect(startupProbe.periodSeconds * startupProbe.failureThreshold * 1_000).toBeGreaterThan(
        Number(waitMs!.replaceAll('_', '')),
      );
      expect([role, lifecycle !== undefined]).toEqual([role, role === 'api']);
    }
  });

  test('the stores that are used may be reached, and the watchdog reaches the APIs', () => {
    const egress = of(
      inParts('--set-json', 'networkPolicy.stores.DATABASE_URL={"port":6432,"to":[{"ipBlock":{"cidr":"10.9.0.4/32"}}]}'),
      'NetworkPolicy',
    );
    const text = JSON.stringify(egress[0]!.spec);
    expect(text).toContain('{"ports":[{"port":6432,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.9.0.4/32"}}]}');
    expect(text).toContain('"port":6380');
    expect(text).not.toContain('"port":8086');
    expect(text).toContain('"app.kubernetes.io/component":"watchdog"');
    expect(JSON.stringify(of(render(), 'NetworkPolicy'))).not.toMatch(/5432|6380|component/);
  });

  test('processors and history scale by what waits on the log', () => {
    const objects = inParts('--set', 'keda.enabled=true');
    const scaled = of(objects, 'ScaledObject').map(({ spec }) => {
      const { scaleTargetRef, triggers } = spec as unknown as Scaled;
      return [scaleTargetRef.name, triggers[0]!.metadata.query];
    });
    expect(Object.fromEntries(scaled)).toEqual({
      'vigil-processor': 'max(vigil_log_lag_ms{group="alarms"})',
      'vigil-history': 'max(vigil_log_lag_ms{group="history"})',
    });
    // Else each `helm upgrade` would put back the number of before.
    expect(Object.fromEntries(parts(objects).map(([role, { spec }]) => [role, spec.replicas]))).toEqual({
      ...{ api: 2, escalator: 2, fhir: 1, watchdog: 1 },
      ...{ processor: undefined, history: undefined },
    });
  });
});
