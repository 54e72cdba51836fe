import { METRIC_NAMES, metricRow, type BedId, type MetricName } from '@vigil/contracts';
import { loadReadings, readLedger } from '@vigil/simulator';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import type { SquareWave } from '../support/square-wave.js';

const POINTS_MAX = 5_000_000;

/** Metrics that history keeps: codes are charted elsewhere. */
export const NUMERIC_METRICS = METRIC_NAMES.filter((metric) => metricRow(metric).kind === 'numeric');

export interface HistoryFigures {
  /** Readings in messages that were acknowledged. */
  readonly acknowledged: number;
  readonly stored: number;
  /** Acknowledged and not in history. */
  readonly missing: number;
  /** Where: bed, how many, and from when to when, in seconds of event time since the first reading of the bed. */
  readonly missingIn: readonly string[];
  /** In history and never sent, or with another value. */
  readonly phantom: number;
  /** One reading in history more than once. */
  readonly doubled: number;
}

interface Sent {
  readonly values: number[];
  acked: boolean;
}

/** What one bed's device sent of one metric, by time. Two messages of one millisecond are one sample of history. */
type Series = Map<number, Sent>;

/** What the generators sent, told by their own ledgers alone. */
export class SentReadings {
  private readonly series = new Map<string, Series>();

  constructor(private readonly bedOf: (deviceId: string) => BedId) {}

  addLedger(file: string): void {
    const { header, entries } = readLedger(file);
    const metrics = header.metrics as readonly MetricName[];
    for (const { deviceId, seq, atMs, ackedMs } of entries) {
      for (const { metric, value } of loadReadings(metrics, seq)) {
        if (typeof value === 'number') this.add(deviceId, metric, atMs, value, ackedMs !== null);
      }
    }
  }

  addWave(wave: SquareWave): void {
    for (const { atMs, value, acked } of wave.sent) this.add(wave.deviceId, 'heartRate', atMs, value, acked);
  }

  /** Holds history against it, as far as it is stored now. */
  async compare(historyFile: string): Promise<HistoryFigures> {
    const store = new SqliteObservationStore(historyFile);
    const figures = { acknowledged: 0, stored: 0, missing: 0, phantom: 0, doubled: 0 };
    const missing = new Map<BedId, number[]>();
    try {
      for (const [key, series] of this.series) {
        const [bedId, metric] = key.split('|') as [BedId, MetricName];
        const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, everyMs: 0, limit: POINTS_MAX };
        const seen = new Set<number>();
        for (const { atMs, value } of await store.read({ bedId, metric, ...range })) {
          figures.stored += 1;
          if (seen.has(atMs)) figures.doubled += 1;
          seen.add(atMs);
          if (series.get(atMs)?.values.includes(value!) !== true) figures.phantom += 1;
        }
        for (const [atMs, { acked }] of series) {
          if (!acked) continue;
          figures.acknowledged += 1;
          if (seen.has(atMs)) continue;
          figures.missing += 1;
          missing.set(bedId, [...(missing.get(bedId) ?? []), (atMs - Math.min(...series.keys())) / 1_000]);
        }
      }
    } finally {
      store.close();
    }
    const missingIn = [...missing].map(
      ([bedId, atS]) => `${bedId}: ${atS.length} from ${Math.min(...atS).toFixed(1)} s to ${Math.max(...atS).toFixed(1)} s`,
    );
    return { ...figures, missingIn };
  }

  private add(deviceId: string, metric: MetricName, atMs: number, value: number, acked: boolean): void {
    const key = `${this.bedOf(deviceId)}|${metric}`;
    let series = this.series.get(key);
    if (series === undefined) this.series.set(key, (series = new Map()));
    const sent = series.get(atMs);
    if (sent === undefined) series.set(atMs, { values: [value], acked });
    else {
      sent.values.push(value);
      sent.acked ||= acked;
    }
  }
}
