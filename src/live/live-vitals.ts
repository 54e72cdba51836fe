import type {
  BedId,
  DeviceCheck,
  DeviceId,
  DeviceMessage,
  EpochMs,
  LogEvent,
  LogEventOf,
  MetricName,
  Origin,
  Quality,
  ReadingValue,
} from '@vigil/contracts';
import { metricRow } from '@vigil/contracts';
import { LiveSink, type ShownReading } from '../ports/live-sink.js';
import type { BedsideNow } from '../ports/live-state.js';
import { LooseReadings } from './loose-readings.js';

/** Beds that are kept at most; messages of more are counted and shown to nobody. */
const BEDS_MAX = 5_000;
/** Alarms of one bed whose device said that it is silenced; of more, the newest are kept. */
const PAUSES_MAX = 32;

/** The newest reading of one metric of one bed, and the device that it came from. */
export interface LatestReading {
  readonly metric: MetricName;
  readonly value: ReadingValue;
  readonly unit: string;
  readonly quality: Quality;
  readonly origin: Origin;
  /** Event time. */
  readonly atMs: EpochMs;
  /** Wall time at which this process had it. */
  readonly receivedWallMs: EpochMs;
  readonly deviceId: string;
}

export interface ChangedBed {
  readonly readings: readonly LatestReading[];
  /** Only when it changed. */
  readonly coverageLost?: boolean;
}

type Pause = BedsideNow['paused'][number];

interface Bed {
  readonly latest: Map<MetricName, LatestReading>;
  /** By device and alarm. */
  readonly paused: Map<string, Pause>;
  /** By device, and when it said so. */
  readonly pauses: Map<DeviceId, { readonly bootId: string; readonly saidMs: EpochMs; readonly all: BedsideNow['pauses'] }>;
  readonly changed: Set<MetricName>;
  coverageLost: boolean;
  coverageChanged: boolean;
}

/**
 * A picture of now: the newest reading per bed and metric, by event time. Bounded by beds times metrics; keeps no
 * history and survives no restart. Plain: fed by the live consumer, emptied by the socket service.
 */
export class LiveVitals extends LiveSink {
  private readonly beds = new Map<BedId, Bed>();
  private readonly loose = new LooseReadings();
  private dirty = new Set<BedId>();
  private leftOutCount = 0;
  /** Beds at which a device paused something, or no longer does, since somebody asked last. */
  private readonly pausesChanged = new Set<BedId>();
  /** Beds that lost values since somebody asked last. */
  private readonly lost = new Set<BedId>();

  /** Messages of beds beyond the bound. */
  get leftOut(): number {
    return this.leftOutCount;
  }

  override apply(event: LogEvent, receivedWallMs: number): void {
    if (event.kind === 'deviceMessage') this.applyMessage(event, receivedWallMs as EpochMs);
    else if (event.kind === 'deviceAlarm') this.applyPauses(event);
    else if (event.kind === 'coverageLost') this.setCoverage(event.bedId, true);
    else if (event.kind === 'coverageRestored') this.setCoverage(event.bedId, false);
  }

  readingsOf(bedId: BedId): readonly LatestReading[] {
    return [...(this.beds.get(bedId)?.latest.values() ?? [])];
  }

  isCoverageLost(bedId: BedId): boolean {
    return this.beds.get(bedId)?.coverageLost ?? false;
  }

  /** See `LiveState`. */
  bedside(bedId: BedId): BedsideNow {
    const bed = this.beds.get(bedId);
    return {
      coverageLost: bed?.coverageLost ?? false,
      paused: longest([...(bed?.paused.values() ?? [])]),
      pauses: [...(bed?.pauses.values() ?? [])].flatMap(({ all }) => all),
      readings: this.readingsOf(bedId),
    };
  }

  /** See `LiveState`. */
  ofDevice(deviceId: DeviceId, bedId: BedId | null): DeviceCheck['readings'] {
    return bedId === null ? this.loose.of(deviceId) : this.readingsOf(bedId).filter((each) => each.deviceId === deviceId);
  }

  /** What changed since the last call. */
  takeChanged(): ReadonlyMap<BedId, ChangedBed> {
    const changes = new Map<BedId, ChangedBed>();
    for (const bedId of this.dirty) {
      const bed = this.beds.get(bedId)!;
      const readings = [...bed.changed].flatMap((metric) => bed.latest.get(metric) ?? []);
      changes.set(bedId, { readings, ...(bed.coverageChanged ? { coverageLost: bed.coverageLost } : {}) });
      bed.changed.clear();
      bed.coverageChanged = false;
    }
    this.dirty = new Set();
    return changes;
  }

  /** Drops what was measured before `atMs`: another patient lies there now, or nobody. */
  forgetBefore(bedId: BedId, atMs: number): void {
    const bed = this.beds.get(bedId);
    if (bed === undefined) return;
    for (const [metric, reading] of bed.latest) {
      if (reading.atMs >= atMs) continue;
      bed.latest.delete(metric);
      bed.changed.delete(metric);
    }
  }

  override keepOnly(isOfBed: (bedId: BedId, reading: ShownReading) => boolean): void {
    for (const [bedId, bed] of this.beds) {
      for (const [metric, reading] of bed.latest) {
        if (isOfBed(bedId, reading)) continue;
        bed.latest.delete(metric);
        bed.changed.delete(metric);
        this.lost.add(bedId);
      }
    }
  }

  /** Beds whose values went with a device since the last call: changes alone do not tell screens of what is gone. */
  takeLost(): readonly BedId[] {
    const bedIds = [...this.lost];
    this.lost.clear();
    return bedIds;
  }

  /** Beds at which what devices have paused is another than at the last call: no reading tells of that. */
  takePauses(): readonly BedId[] {
    const bedIds = [...this.pausesChanged];
    this.pausesChanged.clear();
    return bedIds;
  }

  private applyMessage(message: DeviceMessage, receivedWallMs: EpochMs): void {
    if (message.bedId === null) return this.loose.add(message);
    const bed = this.bed(message.bedId);
    if (bed === null) return;
    const { deviceId, origin, atMs } = message;
    // A device that started anew says again what it still has paused.
    const said = bed.pauses.get(deviceId);
    if (said !== undefined && said.bootId !== message.bootId && said.saidMs <= atMs) {
      bed.pauses.delete(deviceId);
      if (said.all.length > 0) this.pausesChanged.add(message.bedId);
    }
    for (const { metric, value, unit, quality } of message.readings) {
      const known = bed.latest.get(metric);
      // Backlog after an outage is history; the screen keeps the newest (architecture.md, "Live before backlog").
      if (known !== undefined && known.atMs > atMs) continue;
      bed.latest.set(metric, { metric, value, unit, quality, origin, atMs, receivedWallMs, deviceId });
      bed.changed.add(metric);
      this.dirty.add(message.bedId);
    }
  }

  /** A pause holds for the alarm that carries it until that alarm says otherwise, whatever else the device says meanwhile. */
  private applyPauses({ bedId, deviceId, bootId, atMs, alarms, pauses }: LogEventOf<'deviceAlarm'>): void {
    const bed = bedId === null ? null : this.bed(bedId);
    if (bed === null) return;
    const before = bed.pauses.get(deviceId);
    if (pauses !== undefined && (before === undefined || before.saidMs <= atMs)) {
      bed.pauses.delete(deviceId);
      const all = pauses.map(({ kind, sinceMs, untilMs = null }) => {
        const known = before?.all.find((each) => each.kind === kind);
        return { deviceId, kind, sinceMs: sinceMs ?? known?.sinceMs ?? atMs, untilMs, saidMs: atMs };
      });
      bed.pauses.set(deviceId, { bootId, saidMs: atMs, all });
      if (pausesText(all) !== pausesText(before?.all ?? [])) this.pausesChanged.add(bedId!);
      if (bed.pauses.size > PAUSES_MAX) bed.pauses.delete(bed.pauses.keys().next().value!);
    }
    for (const { code, pausedUntilMs } of alarms) {
      const key = `${deviceId} ${code}`;
      const known = bed.paused.get(key);
      if (known?.untilMs !== pausedUntilMs) this.pausesChanged.add(bedId!);
      if (known !== undefined && known.sinceMs > atMs) continue;
      bed.paused.delete(key);
      if (pausedUntilMs === undefined) continue;
      bed.paused.set(key, { deviceId, sinceMs: known?.sinceMs ?? atMs, untilMs: pausedUntilMs });
      if (bed.paused.size > PAUSES_MAX) bed.paused.delete(bed.paused.keys().next().value!);
    }
  }

  private setCoverage(bedId: BedId, lost: boolean): void {
    const bed = this.bed(bedId);
    if (bed === null || bed.coverageLost === lost) return;
    bed.coverageLost = lost;
    bed.coverageChanged = true;
    this.dirty.add(bedId);
  }

  private bed(bedId: BedId): Bed | null {
    const known = this.beds.get(bedId);
    if (known !== undefined) return known;
    if (this.beds.size >= BEDS_MAX) {
      this.leftOutCount += 1;
      return null;
    }
    const bed: Bed = {
      latest: new Map(),
      paused: new Map(),
      pauses: new Map(),
      changed: new Set(),
      coverageLost: false,
      coverageChanged: false,
    };
    this.beds.set(bedId, bed);
    return bed;
  }
}

/** Saying the same again later is no change. */
const pausesText = (all: BedsideNow['pauses']): string =>
  JSON.stringify(all.map(({ kind, sinceMs, untilMs }) => [kind, sinceMs, untilMs]));

/** One for each device: the one that lasts longest. */
function longest(pauses: readonly Pause[]): readonly Pause[] {
  const byDevice = new Map<DeviceId, Pause>();
  for (const pause of pauses) {
    const known = byDevice.get(pause.deviceId);
    if (known === undefined || known.untilMs < pause.untilMs) byDevice.set(pause.deviceId, pause);
  }
  return [...byDevice.values()];
}

/** Expected interval of a reading in event time: of its device's profile, else of the metric. */
export function intervalOf(
  devices: readonly { readonly deviceId: string; readonly intervalsMs: Readonly<Record<string, number>> }[],
  reading: Pick<LatestReading, 'deviceId' | 'metric'>,
): number {
  const device = devices.find(({ deviceId }) => deviceId === reading.deviceId);
  return device?.intervalsMs[reading.metric] ?? metricRow(reading.metric).nominalIntervalMs;
}
