import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly resources: { readonly requests: object; readonly limits: { readonly memory: string } };
  readonly volumeMounts: readonly { readonly name: string }[];
  readonly livenessProbe: {
    readonly httpGet?: { readonly path: string };
    readonly exec?: { readonly command: readonly string[] };
  };
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly scheme: string } };
}
export interface Kube {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: { readonly type: string };
    readonly template?: { readonly spec: PodSpec };
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly [more: string]: unknown;
  };
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken: boolean;
}

export const chart = fileURLToPath(new URL('../../deploy/helm/vigil', import.meta.url));
const helm = process.env['VIGIL_TEST_HELM'] ?? 'helm';
const isThere = spawnSync(helm, ['version']).status === 0;
if (!isThere)
  process.stdout.write(
    'skipped: the chart, rendered (no helm here: go install helm.sh/helm/v3/cmd/helm@v3.18.6; VIGIL_TEST_HELM)\n',
  );
export const rendered = isThere ? describe : describe.skip;

/** Of the cluster: a helm that Go installed takes itself for an old one. */
export const CLUSTER = ['--kube-version', '1.30.0'];
export const GIVEN = ['--set', 'publicUrl=https://vigil.example', '--set', 'watchdog.mailTo=it@hospital.example'];

export function run(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(helm, args, { encoding: 'utf8' });
}

export function render(...more: string[]): readonly Kube[] {
  const { status, stdout, stderr } = run('template', 'vigil', chart, '--namespace', 'vigil', ...CLUSTER, ...GIVEN, ...more);
  expect([status, stderr.replace(/^.*found symbolic link.*$\n?/gm, '')]).toEqual([0, '']);
  return parseAllDocuments(stdout).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Kube]));
}

export const of = (objects: readonly Kube[], kind: string): readonly Kube[] => objects.filter((each) => each.kind === kind);
export const envOf = ({ env }: Container): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
