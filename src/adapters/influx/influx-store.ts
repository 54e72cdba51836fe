import type { Clock } from '@vigil/clock';
import type { BedId, DeviceId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { HistoryRetention } from '../../ports/history-retention.js';
import {
  type CountRange,
  type HistoryBatch,
  type HistoryGap,
  type HistoryRange,
  type HistorySample,
  type LatestSample,
  ObservationStore,
  type Reassign,
  type SampleCount,
  type SampleRange,
  type StoredPoint,
  type StoredSample,
} from '../../ports/observation-store.js';
import { Breaker } from '../breaker/breaker.js';
import { InfluxGaps } from './gaps.js';
import { erase } from './erase.js';
import { Gate } from './gate.js';
import { BatchRefused, InfluxOutage, type InfluxTrouble } from './influx-error.js';
import { InfluxServer, type InfluxSettings } from './influx-server.js';
import { setUp } from './influx-setup.js';
import { type Levels, levelsOf } from './levels.js';
import { Moves } from './moves.js';
import { Positions } from './positions.js';
import { InfluxReads } from './reads.js';
import { type Refused, writeWithout } from './refusals.js';
import { RefusedPoints } from './refused-points.js';
import { meanLines, samplesOfOthers, type TakenOver } from './take-over.js';
import { Troubles } from './troubles.js';

export interface InfluxStoreOptions extends InfluxSettings {
  readonly retention: HistoryRetention;
  /** Buckets and tasks are left as they are: for a command that only looks. */
  readonly leaveAsIs?: boolean;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  /** Told when the kind of trouble changes; null: it works again. */
  readonly onTrouble?: (trouble: InfluxTrouble | null) => void;
  /** Told of samples that the server does not take. Must not throw. */
  readonly onRefused?: (refused: Refused) => void;
}

/** Points of one HTTP request: the server answers such in some 10 ms, and they are some 0.4 MB. */
const SAMPLES_AT_ONCE = 5_000;
const OUTAGES_MAX = 2;

/**
 * History in InfluxDB 2. Readings are points of measurement `observation` with bed, device, metric and quality as tags, so a reading that is
 * written again is the same point. Positions on the log and gaps lie beside them, in a bucket that is kept for ever: whichever process
 * reads a partition next finds where to go on, and a server that is put back to an earlier day knows how far it was then.
 *
 * A write resolves when the server has answered every request of it; the position goes last. So what a crash takes away is read
 * from the log again. While the server is away, the log keeps what is not stored (docs/adr/0075).
 */
export class InfluxObservationStore extends ObservationStore {
  override readonly isTransactional = false;
  readonly breaker: Breaker;
  private readonly server: InfluxServer;
  private readonly levels: Levels;
  private readonly reads: InfluxReads;
  private readonly gapPoints: InfluxGaps;
  private readonly positions: Positions;
  private readonly moves: Moves;
  private readonly refused: RefusedPoints;
  private readonly gate = new Gate();
  private readonly troubles: Troubles;
  private settingUp: Promise<void> | null = null;

  constructor(private readonly options: InfluxStoreOptions) {
    super();
    const { clock, retention } = options;
    this.troubles = new Troubles(options.onTrouble ?? (() => undefined));
    this.breaker = new Breaker({ name: 'history', code: 'store-unavailable', outagesMax: OUTAGES_MAX, clock });
    this.server = new InfluxServer(options);
    this.levels = levelsOf(options, retention);
    this.reads = new InfluxReads(this.server, this.levels);
    this.gapPoints = new InfluxGaps(this.server, this.levels.stateBucket);
    this.positions = new Positions(this.server, this.levels.stateBucket);
    this.refused = new RefusedPoints(this.server, this.levels);
    this.moves = new Moves(this.server, this.levels, (bucket, lines) => this.server.write(bucket, lines.join('\n')));
  }

  override write(partition: number, batch: HistoryBatch, readThrough: string | null): Promise<void> {
    return this.whileThere(async () => {
      await this.gate.beside(() => this.store(batch.samples));
      await this.gapPoints.write(batch);
      if (readThrough !== null) await this.positions.save(partition, readThrough);
    }, 'write');
  }

  override readThrough(partition: number): Promise<string | null> {
    return this.whileThere(() => this.positions.load(partition));
  }

  override async reassign(request: Reassign): Promise<number> {
    if (request.fromBedId === request.toBedId) return 0;
    let moved = 0;
    for (;;) {
      const { samples, isMore } = await this.whileThere(() => this.gate.alone(() => this.moves.some(request)));
      moved += samples;
      if (!isMore) return moved;
    }
  }

  override detached(): Promise<readonly DeviceId[]> {
    return this.whileThere(() => this.reads.detached());
  }

  override latest(bedId: BedId, sinceMs: number): Promise<readonly LatestSample[]> {
    return this.whileThere(() => this.reads.latest(bedId, sinceMs));
  }

  override read(range: HistoryRange): Promise<readonly StoredPoint[]> {
    return this.whileThere(() => this.reads.read(range, this.options.clock.wallMs()));
  }

  override samples(range: SampleRange): Promise<readonly StoredSample[]> {
    return this.whileThere(() => this.reads.samples(range));
  }

  override counts(range: CountRange): Promise<readonly SampleCount[]> {
    return this.whileThere(() => this.reads.counts(range, this.options.clock.wallMs()));
  }

  override erase(range: Parameters<ObservationStore['erase']>[0]): Promise<number> {
    return this.whileThere(async () => {
      const counts = await this.reads.counts({ ...range, devices: [] }, this.options.clock.wallMs());
      await this.gate.alone(() => erase(this.server, this.levels, range));
      await this.gapPoints.erase(range);
      return counts.reduce((sum, { count }) => sum + count, 0);
    });
  }

  override gaps(range: Parameters<ObservationStore['gaps']>[0]): Promise<readonly HistoryGap[]> {
    return this.whileThere(() => this.gapPoints.read(range));
  }

  /** History of another store, idempotent like a write. @throws PlatformError */
  takeOver({ samples, minutes, hours }: TakenOver): Promise<void> {
    return this.whileThere(async () => {
      await this.gate.beside(() => this.store(samplesOfOthers(samples)));
      for (const [{ bucket }, means] of [
        [this.levels.minute, minutes],
        [this.levels.hour, hours],
      ] as const) {
        const lines = means.flatMap(meanLines);
        for (let at = 0; at < lines.length; at += SAMPLES_AT_ONCE) {
          await this.server.write(bucket, lines.slice(at, at + SAMPLES_AT_ONCE).join('\n'));
        }
      }
    }, 'write');
  }

  /** History reads its log from the beginning: for another log than that of the positions. */
  forgetPositions(): Promise<void> {
    return this.whileThere(() => this.positions.forget());
  }

  close(): void {
    this.server.close();
  }

  private async store(samples: readonly HistorySample[]): Promise<void> {
    for (let at = 0; at < samples.length; at += SAMPLES_AT_ONCE) {
      const some = samples.slice(at, at + SAMPLES_AT_ONCE);
      const refused = await writeWithout((lines) => this.server.write(this.levels.raw.bucket, lines), some);
      for (const each of refused) {
        await this.refused.keep(each);
        this.options.onRefused?.(each);
      }
    }
  }

  private whileThere<T>(run: () => Promise<T>, kind: 'write' | 'other' = 'other'): Promise<T> {
    return this.breaker.run(async () => {
      try {
        await this.ready();
        const result = await run();
        this.troubles.worked(kind);
        return result;
      } catch (error) {
        // What is not a reading (a position, a gap) has no place of its own for refusals: it is tried again, and said.
        const told = error instanceof BatchRefused ? new InfluxOutage('influx-failed', 0, error) : error;
        if (told instanceof InfluxOutage) this.troubles.failed(kind, told.trouble);
        throw told instanceof PlatformError ? told : new PlatformError('store-unavailable', {}, true, told);
      }
    });
  }

  /** Buckets and tasks are made once; an outage meanwhile is one of the call, and the next call tries again. */
  private ready(): Promise<void> {
    this.settingUp ??= this.begin().catch((error: unknown) => {
      this.settingUp = null;
      throw error;
    });
    return this.settingUp;
  }

  /** What was refused before is tried again: somebody may have put right what was wrong. */
  private async begin(): Promise<void> {
    if (this.options.leaveAsIs === true) return;
    await setUp(this.server, this.levels, () => this.positions.forget());
    try {
      for (;;) {
        const { taken, left } = await this.refused.retry();
        if (taken === 0 || left > 0) return;
      }
    } catch (error) {
      // A question that the server does not take keeps nobody from writing.
      if (!(error instanceof BatchRefused)) throw error;
    }
  }
}
