import {
  type DeviceId,
  EpochMs,
  type MetricName,
  METRIC_NAMES,
  metricRow,
  type NotWatchedRow,
  type RuleSet,
  type Standby,
} from '@vigil/contracts';
import { bandNow, unitBands } from '@vigil/domain';
import type { BedRow } from '../ports/directory.js';
import type { BedsideNow } from '../ports/live-state.js';
import type { StayLimitRow } from '../ports/stay-limits.js';
import { watchedMetrics } from './watched-metrics.js';

/** A reading counts as current for so many of its intervals, and at least so long in wall time; screens have the same. */
const INTERVALS = 3;
const CURRENT_WALL_MS_MIN = 5_000;

/** What is given to the patient, or charted: scores take it, and no limit of its own says that it is too high or too low. */
const WITHOUT_LIMITS: ReadonlySet<MetricName> = new Set(['oxygenFlow', 'inspiredOxygen', 'consciousness']);

export interface NotWatchedFacts {
  readonly bed: Pick<BedRow, 'bedId' | 'label' | 'careUnitId' | 'devices'>;
  readonly stay: NonNullable<BedRow['encounter']>;
  readonly ruleSet: RuleSet | null;
  /** Of this stay, in force. */
  readonly own: readonly StayLimitRow[];
  /** Of this stay, in force; null without one. */
  readonly standby: Standby | null;
  readonly live: BedsideNow;
  readonly nowMs: number;
  /** Event time per wall time. */
  readonly rate: number;
}

type Line = Pick<NotWatchedRow, 'kind'> & Partial<NotWatchedRow>;

/**
 * Everything by which one patient is not watched as the unit would watch them, now. Pure.
 *
 * There is no line "limits off": Vigil has no way to switch a limit off. A stay's limits have to be ones that a value can cross
 * (`bandProblems`), they end by themselves, and a metric that no rule looks at is a line of its own.
 */
export function notWatched(facts: NotWatchedFacts): readonly NotWatchedRow[] {
  const { bed, stay } = facts;
  const lines = [...ownLimits(facts), ...standby(facts), ...paused(facts), ...unruled(facts), ...attached(facts)];
  return lines.map((line) => ({
    ...{ bedId: bed.bedId, bedLabel: bed.label, careUnitId: bed.careUnitId, encounterId: stay.encounterId },
    ...{ metric: null, deviceId: null, sinceMs: null, untilMs: null, by: null },
    ...line,
  }));
}

const who = ({ bed, stay }: NotWatchedFacts) => ({ ageGroup: stay.ageGroup, careUnitId: bed.careUnitId });

function ownLimits(facts: NotWatchedFacts): readonly Line[] {
  const bands = unitBands(facts.ruleSet, who(facts), facts.nowMs);
  return facts.own.flatMap((row): Line[] => {
    const unit = bands.get(row.metric);
    if (unit === undefined) return [];
    const { low, high, isOwn } = bandNow(unit, row, facts.nowMs);
    if (!isOwn) return [];
    const limits = { own: { low, high }, unit: { low: unit.low, high: unit.high } };
    return [{ kind: 'own-limits', metric: row.metric, sinceMs: row.fromMs, untilMs: row.toMs, by: row.setBy, limits }];
  });
}

function standby({ standby: row, nowMs }: NotWatchedFacts): readonly Line[] {
  if (row === null || row.endedMs !== null || row.toMs <= nowMs) return [];
  return [{ kind: 'standby', sinceMs: row.fromMs, untilMs: row.toMs, by: row.setBy }];
}

function paused({ live, nowMs, bed }: NotWatchedFacts): readonly Line[] {
  return live.paused
    .filter(({ deviceId, untilMs }) => untilMs > nowMs && bed.devices.some((device) => device.deviceId === deviceId))
    .map((pause): Line => ({ kind: 'paused', ...pause }))
    .concat(
      live.pauses
        .filter(({ deviceId }) => bed.devices.some((device) => device.deviceId === deviceId))
        .filter(({ untilMs }) => untilMs === null || untilMs > nowMs)
        .map(({ deviceId, kind, sinceMs, untilMs, saidMs }): Line => ({
          ...{ kind: 'paused', deviceId, sinceMs, untilMs },
          pause: { kind, saidMs },
        })),
    );
}

/** What the devices of the bed measure, as their profile or a reading of this stay says, and no rule looks at. */
function unruled(facts: NotWatchedFacts): readonly Line[] {
  const watched = watchedMetrics(facts.ruleSet, who(facts), facts.nowMs);
  const measured = new Map<MetricName, string>();
  for (const { deviceId, intervalsMs } of facts.bed.devices) {
    for (const metric of METRIC_NAMES) if (metric in intervalsMs) measured.set(metric, deviceId);
  }
  for (const { metric, deviceId } of ofThisStay(facts)) measured.set(metric, deviceId);
  return METRIC_NAMES.flatMap((metric): Line[] => {
    const deviceId = measured.get(metric);
    if (deviceId === undefined || watched.has(metric) || WITHOUT_LIMITS.has(metric)) return [];
    return [{ kind: 'no-rule', metric, deviceId: deviceId as DeviceId }];
  });
}

/** One line at most: the first of what is wrong explains the rest. */
function attached(facts: NotWatchedFacts): readonly Line[] {
  const { bed, live, nowMs, rate } = facts;
  if (bed.devices.length === 0) return [{ kind: 'no-device' }];
  if (live.coverageLost) return [{ kind: 'coverage-lost' }];
  const readings = ofThisStay(facts);
  const isCurrent = readings.some(({ metric, deviceId, atMs }) => {
    const profile = bed.devices.find((device) => device.deviceId === deviceId)?.intervalsMs ?? {};
    const intervalMs = profile[metric] ?? metricRow(metric).nominalIntervalMs;
    return nowMs - atMs <= Math.max(INTERVALS * intervalMs, CURRENT_WALL_MS_MIN * rate);
  });
  // Away from the monitor is why nothing comes.
  if (isCurrent || standby(facts).length > 0) return [];
  const newestMs = Math.max(...readings.map(({ atMs }) => atMs));
  return [{ kind: 'no-data', sinceMs: readings.length === 0 ? null : EpochMs.parse(newestMs) }];
}

const ofThisStay = ({ live, stay }: NotWatchedFacts): BedsideNow['readings'] =>
  live.readings.filter(({ atMs }) => atMs >= stay.inBedSinceMs);
