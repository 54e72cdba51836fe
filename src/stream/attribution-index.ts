import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { BedId, DeviceId, MetricName } from '@vigil/contracts';
import { attribute, bringsMetric, type DeviceSpan, PlatformError } from '@vigil/domain';
import type { AssignmentSnapshot, DeviceAssignments } from '../ports/device-assignments.js';

/** Wall time for which what was read last may be used while the store does not answer. */
export const INDEX_OLD_MS = 5_000;
/** Snapshots in a row that are overtaken by changes before the last one is used. */
const TRIES_MAX = 5;

interface AtBed {
  readonly deviceId: DeviceId;
  readonly span: DeviceSpan;
}

const NOWHERE: readonly DeviceSpan[] = [];

/**
 * Which device is where and was, in memory: a look-up costs no query. It is read anew when the number of the assignments has moved,
 * and whoever writes by it asks first. Bounded by the devices of the site and what they did in the time that a snapshot reaches.
 */
export class AttributionIndex {
  private snapshot: AssignmentSnapshot | null = null;
  /** By bed, the spans that name their metrics: few beds have any. */
  private naming: ReadonlyMap<BedId, readonly AtBed[]> = new Map();
  private atBed: ReadonlyMap<BedId, readonly AtBed[]> = new Map();
  private checkedWallMs = 0;
  private loading: Promise<void> | null = null;
  private listeners: readonly (() => void)[] = [];

  constructor(
    private readonly assignments: Pick<DeviceAssignments, 'rev' | 'snapshot'>,
    private readonly clock: Clock,
  ) {}

  /** Null before anything was read. */
  get rev(): number | null {
    return this.snapshot?.rev ?? null;
  }

  get deviceIds(): readonly DeviceId[] {
    return [...(this.snapshot?.spans.keys() ?? [])];
  }

  /** Called after each change, when look-ups answer by it already. Must not throw. */
  onChange(listener: () => void): void {
    this.listeners = [...this.listeners, listener];
  }

  /** As of now. @throws PlatformError('store-unavailable'); what was read before still answers */
  async refresh(): Promise<void> {
    const askedWallMs = this.clock.wallMs();
    const rev = await this.assignments.rev();
    for (let tries = 0; tries < TRIES_MAX && (this.rev === null || this.rev < rev); tries++) await this.load();
    this.checkedWallMs = askedWallMs;
  }

  /**
   * As `refresh`, for whoever is about to write: while the store does not answer, what was read a moment ago will do.
   * @throws PlatformError('store-unavailable') when that is more than `INDEX_OLD_MS` ago
   */
  async ready(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      const isOld = this.snapshot === null || wallElapsedMs(this.checkedWallMs, this.clock.wallMs()) > INDEX_OLD_MS;
      if (isOld || !(error instanceof PlatformError)) throw error;
    }
  }

  /** Oldest first, none that was voided. */
  spansOf(deviceId: DeviceId): readonly DeviceSpan[] {
    return this.snapshot?.spans.get(deviceId) ?? NOWHERE;
  }

  /** Whose a message of this event time is; null: nobody's. */
  spanAt(deviceId: DeviceId, atMs: number): DeviceSpan | null {
    return attribute(this.spansOf(deviceId), atMs);
  }

  /** True where this device brings this metric to the bed of its span at that moment. */
  brings(metric: MetricName, deviceId: DeviceId, span: DeviceSpan, atMs: number): boolean {
    const naming = this.naming.get(span.bedId);
    if (naming === undefined) return true;
    const others = naming.flatMap((each) => (each.deviceId !== deviceId && holds(each.span, atMs) ? [each.span] : []));
    return bringsMetric(metric, span, others);
  }

  /** The device that brought this metric to the bed at this time; null: none that is known. */
  deviceAt(bedId: BedId, metric: MetricName, atMs: number): DeviceId | null {
    const there = this.atBed
      .get(bedId)
      ?.find(({ deviceId, span }) => holds(span, atMs) && this.brings(metric, deviceId, span, atMs));
    return there?.deviceId ?? null;
  }

  private load(): Promise<void> {
    this.loading ??= this.loadNow().finally(() => (this.loading = null));
    return this.loading;
  }

  private async loadNow(): Promise<void> {
    const snapshot = await this.assignments.snapshot(this.clock.nowMs());
    const atBed = new Map<BedId, AtBed[]>();
    for (const [deviceId, spans] of snapshot.spans) {
      for (const span of spans) {
        const known = atBed.get(span.bedId);
        if (known === undefined) atBed.set(span.bedId, [{ deviceId, span }]);
        else known.push({ deviceId, span });
      }
    }
    const naming = new Map<BedId, readonly AtBed[]>();
    for (const [bedId, all] of atBed) {
      const named = all.filter(({ span }) => span.channels !== null);
      if (named.length > 0) naming.set(bedId, named);
    }
    [this.snapshot, this.atBed, this.naming] = [snapshot, atBed, naming];
    for (const listener of this.listeners) listener();
  }
}

const holds = ({ fromMs, toMs }: DeviceSpan, atMs: number): boolean => atMs >= fromMs && (toMs === null || atMs < toMs);
