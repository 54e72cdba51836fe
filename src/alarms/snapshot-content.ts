import {
  type AlarmReadings,
  type DeviceId,
  metricRow,
  SNAPSHOT_AFTER_MS,
  SNAPSHOT_BEFORE_MS,
  SNAPSHOT_READINGS_MAX,
  type SnapshotLack,
} from '@vigil/contracts';
import type { SnapshotContent, SnapshotDue } from '../ports/alarm-snapshots.js';
import type { HistoryGap, ObservationStore, StoredSample } from '../ports/observation-store.js';

/** Event time after the end in which each device that had measured before is looked for: then all that it said before is there. */
const HEARD_AFTER_MS = 60_000;
const GAPS_MAX = 100;

export interface FoundAround {
  readonly content: SnapshotContent;
  readonly readings: number;
}

/**
 * What history has of the bed around the onset, [onset - 60 s, onset + 30 s) of event time, and what may be missing.
 * @throws PlatformError('store-unavailable') where history is away: nothing is known then, and nothing is to be kept
 */
export async function lookAround(
  { bedId, onsetMs, devices }: Pick<SnapshotDue, 'bedId' | 'onsetMs' | 'devices'>,
  observations: Pick<ObservationStore, 'samples' | 'gaps'>,
): Promise<FoundAround> {
  const fromMs = Math.max(0, onsetMs - SNAPSHOT_BEFORE_MS);
  const toMs = onsetMs + SNAPSHOT_AFTER_MS;
  const limit = SNAPSHOT_READINGS_MAX + 1;
  const samples = await observations.samples({ bedId, fromMs, toMs, devices, limit });
  const after = await observations.samples({ bedId, fromMs: toMs, toMs: toMs + HEARD_AFTER_MS, devices, limit });
  const gaps = await observations.gaps({ bedId, fromMs, toMs, limit: GAPS_MAX });
  const lacks = lacksOf(samples, after, gaps);
  const metrics = metricsOf(samples, devices);
  const content = {
    ...{ fromMs: fromMs as SnapshotContent['fromMs'], toMs: toMs as SnapshotContent['toMs'] },
    ...{ devices: [...devices], metrics, gaps: gaps.map(gapOf), lacks },
  };
  return { content, readings: metrics.reduce((sum, { readings }) => sum + readings.length, 0) };
}

function lacksOf(samples: readonly StoredSample[], after: readonly StoredSample[], gaps: readonly HistoryGap[]): SnapshotLack[] {
  const later = new Set(after.map(({ deviceId }) => deviceId));
  const isSilent = samples.some(({ deviceId }) => !later.has(deviceId));
  return [
    ...(samples.length === 0 ? (['no-readings'] as const) : []),
    ...(isSilent ? (['device-silent'] as const) : []),
    ...(gaps.length > 0 ? (['messages-missing'] as const) : []),
  ];
}

function metricsOf(samples: readonly StoredSample[], devices: readonly DeviceId[]): AlarmReadings['metrics'] {
  const byMetric = new Map<StoredSample['metric'], StoredSample[]>();
  for (const sample of samples) {
    const known = byMetric.get(sample.metric);
    if (known === undefined) byMetric.set(sample.metric, [sample]);
    else known.push(sample);
  }
  return [...byMetric].map(([metric, of]) => ({
    ...{ metric, unit: metricRow(metric).unit, cut: of.length > SNAPSHOT_READINGS_MAX },
    readings: of.slice(0, SNAPSHOT_READINGS_MAX).map(({ atMs, value, deviceId }) => ({
      ...{ atMs: atMs as AlarmReadings['fromMs'], value },
      device: deviceId === null ? null : devices.indexOf(deviceId),
    })),
  }));
}

function gapOf({ fromMs, toMs, count, reason, deviceId }: HistoryGap): AlarmReadings['gaps'][number] {
  return {
    ...{ fromMs: fromMs as AlarmReadings['fromMs'], toMs: toMs as AlarmReadings['toMs'], count, reason },
    deviceId: deviceId as DeviceId | null,
  };
}
