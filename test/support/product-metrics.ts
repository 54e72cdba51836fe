import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import { createMetrics } from '../../packages/event-hub/src/admin/metrics.js';
import { registerHubFigures } from '../../packages/event-hub/src/admin/hub-figures.js';
import { registerLogFigures } from '../../packages/event-hub/src/log-condition.js';
import { BackupMetrics } from '../../src/backup/backup-metrics.js';
import { SnapshotMetrics } from '../../src/alarms/snapshot-metrics.js';
import { BreakGlassMetrics } from '../../src/break-glass/break-glass-metrics.js';
import { EhrMetrics } from '../../src/ehr-in/ehr-metrics.js';
import { EhrOutMetrics } from '../../src/ehr-out/ehr-out-metrics.js';
import { FeedMetrics } from '../../src/feed/feed-metrics.js';
import { Metrics } from '../../src/health/metrics.js';
import { registerPagingMetrics } from '../../src/health/paging-metrics.js';
import { registerSiteMetrics } from '../../src/health/site-metrics.js';
import { TraceMetrics } from '../../src/explain/trace-metrics.js';
import { HeavyWork } from '../../src/http/heavy-work.js';
import { Presses } from '../../src/http/presses.js';
import { KeyMetrics } from '../../src/keys/key-metrics.js';
import { ScreenMetrics } from '../../src/live/screen-metrics.js';
import { ReachabilityMetrics } from '../../src/reachability/reachability-metrics.js';
import { AttributionMetrics } from '../../src/stream/attribution-metrics.js';
import { HistoryMetrics } from '../../src/stream/history-metrics.js';
import { NewsMetrics } from '../../src/processes/news-metrics.js';
import { LoadMetrics } from '../../src/stream/load-metrics.js';
import { LogMetrics } from '../../src/stream/log-metrics.js';
import { StreamMetrics } from '../../src/stream/stream-metrics.js';
import { metricsOf } from '../../src/watchdog/http.js';
import { readHere } from './anchors.js';

/** What one metric is: its kind, and its labels beside those that Prometheus adds. */
export interface ProductMetric {
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labels: ReadonlySet<string>;
}

/** Nothing is collected here: only names, kinds and labels are looked at. */
const never = {} as never;

function platform(): Registry {
  const metrics = new Metrics();
  const { registry } = metrics;
  for (const Part of [BackupMetrics, TraceMetrics, SnapshotMetrics, EhrMetrics, EhrOutMetrics, FeedMetrics, ReachabilityMetrics])
    new Part(registry);
  for (const Part of [AttributionMetrics, HistoryMetrics, LoadMetrics, LogMetrics, StreamMetrics]) new Part(registry);
  for (const Part of [BreakGlassMetrics, KeyMetrics]) new Part(metrics);
  for (const Part of [HeavyWork, Presses]) new Part(never, metrics);
  new NewsMetrics(registry);
  new ScreenMetrics(
    registry,
    never,
    () => 0,
    () => 0,
  );
  registerPagingMetrics(registry, () => never);
  registerSiteMetrics(registry, {} as never);
  return registry;
}

function hub(): Registry {
  const { registry } = createMetrics();
  registerHubFigures(registry, () => [], never);
  registerLogFigures(registry, () => []);
  return registry;
}

function kindOf(metric: Metric): ProductMetric['kind'] {
  if (metric instanceof Counter) return 'counter';
  if (metric instanceof Gauge) return 'gauge';
  return metric instanceof Histogram ? 'histogram' : 'summary';
}

/** The gateway's, from its list, which a test of its own holds against the code. */
function gateway(): [string, ProductMetric][] {
  const rows = [...readHere('edge-gateway/metrics.md').matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*)\|/gm)];
  return rows.map(([, name, kind, labels]) => {
    const names = [...labels!.matchAll(/`(\w+)`/g)].map((match) => match[1]!);
    return [name!, { kind: kind as ProductMetric['kind'], labels: new Set(names) }];
  });
}

/** Every metric that a process of Vigil can export, by name. */
export function productMetrics(): ReadonlyMap<string, ProductMetric> {
  const metrics = [platform(), hub(), metricsOf(never)].flatMap(
    (registry) => registry.getMetricsAsArray() as unknown as Metric[],
  );
  const own = metrics.map((metric): [string, ProductMetric] => {
    const { name, labelNames } = metric as unknown as { readonly name: string; readonly labelNames?: readonly string[] };
    return [name, { kind: kindOf(metric), labels: new Set(labelNames ?? []) }];
  });
  return new Map([...own, ...gateway()]);
}

/** What Prometheus adds to every series (`role` by its configuration), and what a histogram has. */
const ADDED = ['job', 'instance', 'le', 'role'];

/**
 * What an expression of PromQL asks for that no process of Vigil exports: names of metrics, and labels that they do not have.
 * A function of a counter on what is a gauge is named, too.
 */
export function unknownIn(expression: string, known: ReadonlyMap<string, ProductMetric>): readonly string[] {
  const wrong: string[] = [];
  const labels = new Set(ADDED);
  for (const [, asked, matchers = ''] of expression.matchAll(/\b(vigil_\w+)(\{[^}]*\})?/g)) {
    const metric = known.get(asked!) ?? histogramOf(asked!, known);
    if (metric === undefined) {
      wrong.push(asked!);
      continue;
    }
    for (const label of metric.labels) labels.add(label);
    const own = [...matchers.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1]!);
    wrong.push(
      ...own.filter((label) => !metric.labels.has(label) && !ADDED.includes(label)).map((label) => `${asked}{${label}}`),
    );
  }
  for (const [, , name] of expression.matchAll(/\b(rate|increase|irate)\(\s*(vigil_\w+)/g)) {
    if (known.get(name!)?.kind === 'gauge') wrong.push(`rate of the gauge ${name}`);
  }
  for (const [, list] of expression.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)) {
    const grouped = list!.split(',').map((label) => label.trim());
    wrong.push(...grouped.filter((label) => label !== '' && !labels.has(label)).map((label) => `by ${label}`));
  }
  return wrong;
}

function histogramOf(name: string, known: ReadonlyMap<string, ProductMetric>): ProductMetric | undefined {
  const metric = known.get(name.replace(/_(bucket|sum|count)$/, ''));
  return metric?.kind === 'histogram' ? metric : undefined;
}
