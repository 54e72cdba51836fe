import type { MetricValue, Registry } from 'prom-client';
import type { Metrics } from '../metrics.js';
import type { PartSince, Readiness } from '../readiness.js';
import type { SiteProcesses } from '../site-processes.js';

/** One process of the site as the page shows it. */
export interface ProcessFacts {
  readonly role: string;
  readonly buildId: string;
  /** Since its last word, in ms; null: it is the one that answers. */
  readonly heardAgoMs: number | null;
  /** Consumer groups that it reads in time, with how many of their partitions. */
  readonly reads: readonly (readonly [group: string, partitions: number])[];
  readonly does: readonly string[];
  readonly notReady: readonly { readonly name: string; readonly reason: string }[];
}

/** A figure of this process, in seconds of age or events. `null`: it is not known here; Infinity: never. */
export interface Figure {
  readonly of: string;
  readonly unit: 's' | 'events';
  readonly value: number | null;
}

/** All that the page shows; nothing in it is of a patient, a bed or a person, and nothing is secret. */
export interface StatusFacts {
  readonly atMs: number;
  readonly ready: boolean;
  /** Alarms are found at all, in this process or in others. */
  readonly findsAlarms: boolean;
  readonly parts: readonly PartSince[];
  readonly processes: readonly ProcessFacts[];
  readonly figures: readonly Figure[];
  readonly runbookUrl: string | null;
}

export interface StatusSources {
  readonly readiness: Readiness;
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly processes: SiteProcesses;
  readonly clock: { wallMs(): number };
  readonly self: { readonly role: string; readonly buildId: string };
  readonly runbookUrl: string | null;
}

/** From memory alone, so that it is there while a store is away. */
export async function statusFacts(sources: StatusSources): Promise<StatusFacts> {
  const { readiness, metrics, processes, clock, self, runbookUrl } = sources;
  const parts = readiness.history();
  const own = processes.own();
  const reads = (groups: Readonly<Record<string, { readonly partitions: readonly number[] }>>): ProcessFacts['reads'] =>
    Object.entries(groups).map(([group, { partitions }]) => [group, partitions.length] as const);
  const others = processes.others().map(({ word, agoMs }): ProcessFacts => {
    const { role, buildId, groups, does, parts: notReady } = word;
    return { role, buildId, heardAgoMs: agoMs, reads: reads(groups), does, notReady };
  });
  const here: ProcessFacts = {
    ...self,
    heardAgoMs: null,
    reads: reads(own.groups ?? {}),
    does: own.does ?? [],
    notReady: parts.filter((part) => !part.ready),
  };
  return {
    atMs: clock.wallMs(),
    ready: readiness.report().ready,
    findsAlarms: readiness.processing(),
    parts,
    processes: [here, ...others],
    figures: await figuresOf(metrics.registry),
    runbookUrl,
  };
}

async function figuresOf(registry: Registry): Promise<readonly Figure[]> {
  const [unread, lagMs] = [await valuesOf(registry, 'vigil_log_lag_events'), await valuesOf(registry, 'vigil_log_lag_ms')];
  const groups = [...new Set([...unread, ...lagMs].map(({ labels }) => String(labels['group'])))].sort();
  const ofGroup = (values: readonly MetricValue<string>[], group: string): readonly number[] =>
    values.filter(({ labels }) => labels['group'] === group).map(({ value }) => value);
  const most = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));
  const ages = [
    ['newest test alarm', 'vigil_canary_age_seconds'],
    ['newest good back-up', 'vigil_backup_age_seconds'],
    ['last look of the watchdog', 'vigil_watchdog_look_age_seconds'],
  ] as const;
  const loops = await valuesOf(registry, 'vigil_paging_round_age_seconds');
  const figures: Figure[] = [];
  for (const [of, name] of ages)
    figures.push({ of, unit: 's', value: most((await valuesOf(registry, name)).map(({ value }) => value)) });
  for (const { labels, value } of loops)
    figures.push({ of: `last good round: ${Object.values(labels).join(' ')}`, unit: 's', value });
  for (const group of groups) {
    const ms = most(ofGroup(lagMs, group));
    const events = ofGroup(unread, group);
    figures.push(
      { of: `oldest unread event: ${group}`, unit: 's', value: ms === null ? null : ms / 1_000 },
      { of: `unread events: ${group}`, unit: 'events', value: events.length === 0 ? null : events.reduce((a, b) => a + b, 0) },
    );
  }
  return figures;
}

/** Of a metric that this process has; what is not a number is not known. */
async function valuesOf(registry: Registry, name: string): Promise<readonly MetricValue<string>[]> {
  const metric = registry.getSingleMetric(name);
  if (metric === undefined) return [];
  return (await metric.get()).values.filter(({ value }) => !Number.isNaN(value));
}
