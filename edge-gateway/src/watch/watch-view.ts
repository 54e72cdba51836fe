import {
  type AlarmEvidence,
  type AlarmKind,
  type BedId,
  type EpochMs,
  type GatewayConfig,
  metricRow,
  type MetricName,
  type Origin,
  type Priority,
  type Quality,
  type ReadingValue,
} from '@vigil/contracts';
import { PRIORITY_RANK } from '@vigil/domain';
import type { Numerics } from './numerics.js';
import type { Shadow } from './shadow.js';

/** A metric is old on the page after this long (wall time), or after one and a half of its intervals when those are longer. */
export const STALE_MS = 5_000;

export interface AlarmShown {
  readonly alarmId: string;
  readonly bedLabel: string;
  readonly conditionCode: string;
  readonly kind: AlarmKind;
  readonly priority: Priority;
  readonly metricLabel: string | null;
  readonly evidence: AlarmEvidence;
  readonly active: boolean;
  /** Wall time since it began. */
  readonly ageMs: number;
  /** `recorded`: kept for the platform. Null while the platform derives it by itself. */
  readonly recorded: boolean | null;
  readonly origin: Origin;
}

export interface NumericShown {
  readonly metric: MetricName;
  readonly short: string;
  readonly unit: string;
  readonly value: ReadingValue;
  readonly quality: Quality;
  readonly ageMs: number;
  readonly staleMs: number;
}

export interface BedShown {
  readonly bedId: BedId;
  readonly label: string;
  readonly occupied: boolean;
  /** Wall time since the newest data; null when there were none. */
  readonly ageMs: number | null;
  readonly numerics: readonly NumericShown[];
}

/** Everything that the page shows, with ages instead of times, so that the clock of the screen does not matter. */
export interface WatchView {
  readonly gatewayId: string;
  /** Milliseconds since the log took something last, or the platform answered; null while both are there. */
  readonly cloudAwayMs: number | null;
  /** False before the gateway was ever told of beds and rules: nothing alarms here then. */
  readonly configured: boolean;
  /** True while the local watch has met a bug lately. */
  readonly failing: boolean;
  readonly beds: readonly BedShown[];
  /** Most urgent first, then newest. */
  readonly alarms: readonly AlarmShown[];
  /** Over lately, newest first. */
  readonly over: readonly AlarmShown[];
}

export interface ViewSource {
  readonly gatewayId: string;
  readonly config: GatewayConfig | null;
  readonly shadow: Shadow;
  readonly numerics: Numerics;
  readonly awaySinceMs: number | null;
  readonly failing: boolean;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly recorded: (alarmId: string) => boolean | null;
  readonly over: readonly Ended[];
}

/** An alarm that is over, as it was told last. */
export interface Ended extends Omit<AlarmShown, 'ageMs' | 'bedLabel' | 'metricLabel' | 'recorded'> {
  readonly bedId: BedId | null;
  readonly metric: MetricName | null;
  readonly onsetMs: EpochMs;
}

export function viewOf(source: ViewSource): WatchView {
  const { config, shadow, awaySinceMs, wallMs } = source;
  const beds = config?.watch?.beds ?? [];
  const alarms = beds.flatMap(({ bedId, label }) =>
    shadow.alarms(bedId).flatMap((open) => {
      if (!open.active) return [];
      return [shownOf({ ...open, bedId, priority: open.signal.priority, onsetMs: open.onsetMs as EpochMs }, label, source)];
    }),
  );
  const labels = new Map<BedId | null, string>(beds.map(({ bedId, label }) => [bedId, label]));
  return {
    gatewayId: source.gatewayId,
    cloudAwayMs: awaySinceMs === null ? null : Math.max(0, wallMs - awaySinceMs),
    configured: shadow.isConfigured,
    failing: source.failing,
    beds: beds.map((bed) => bedOf(bed, source)),
    alarms: alarms.sort((a, b) => PRIORITY_RANK[b.priority] - PRIORITY_RANK[a.priority] || a.ageMs - b.ageMs),
    over: source.over.map((ended) => shownOf(ended, labels.get(ended.bedId) ?? String(ended.bedId), source)).reverse(),
  };
}

function shownOf(alarm: Ended, bedLabel: string, source: ViewSource): AlarmShown {
  const { alarmId, conditionCode, kind, priority, metric, evidence, active, onsetMs, origin } = alarm;
  return {
    ...{ alarmId, bedLabel, conditionCode, kind, priority, evidence, active, origin },
    metricLabel: metric === null ? null : metricRow(metric).label,
    ageMs: wallAge(onsetMs, source),
    recorded: source.recorded(alarmId),
  };
}

function bedOf(bed: { bedId: BedId; label: string; encounter: unknown }, source: ViewSource): BedShown {
  const { numerics, nowMs, config } = source;
  const lastMs = numerics.lastOf(bed.bedId);
  const rate = config?.rate ?? 1;
  return {
    bedId: bed.bedId,
    label: bed.label,
    occupied: bed.encounter !== null,
    ageMs: lastMs === null ? null : wallAge(lastMs, source),
    numerics: numerics.of(bed.bedId, nowMs).map(({ metric, value, quality, atMs, intervalMs }) => {
      const { short, unit, nominalIntervalMs } = metricRow(metric);
      const staleMs = Math.max(STALE_MS, (1.5 * (intervalMs ?? nominalIntervalMs)) / rate);
      return { metric, short, unit, value, quality, ageMs: wallAge(atMs, source), staleMs };
    }),
  };
}

function wallAge(atMs: number, { nowMs, config }: ViewSource): number {
  return Math.max(0, Math.round((nowMs - atMs) / (config?.rate ?? 1)));
}
