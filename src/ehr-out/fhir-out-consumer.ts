import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { LogEventOf } from '@vigil/contracts';
import { invariant, observedName, type OutMode, type OutSample, type PlacedDraft } from '@vigil/domain';
import type { CareRelations } from '../ports/care-relations.js';
import type { EhrOut } from '../ports/ehr-out.js';
import type { Located, Malformed, PartitionReader } from '../ports/event-log.js';
import { chartedScore, type ChartedScoreParts } from './charted-score.js';
import type { Exporter } from './exporter.js';
import { OpenMinutes, type Place } from './open-minutes.js';
import { placed } from './subjects.js';
import type { Whereabouts } from './whereabouts.js';

/** Wall time between two stored positions of a partition; what is read again after a crash is there already. */
const MOVE_EVERY_MS = 5_000;
/** Wall time for which a charted set waits for the engine to say its score. */
const SCORE_WAIT_MS = 300_000;

export interface FhirOutParts extends ChartedScoreParts {
  readonly mode: OutMode;
  readonly clock: Clock;
  readonly whereabouts: Whereabouts;
  readonly relations: Pick<CareRelations, 'staysIn'>;
  readonly exporter: Pick<Exporter, 'deliver'>;
  readonly store: Pick<EhrOut, 'moveOn'>;
  /** Only what was really measured goes out (D22); a test may say otherwise. */
  readonly takes: (origin: LogEventOf<'deviceMessage'>['origin']) => boolean;
}

interface Partition {
  readonly minutes: OpenMinutes;
  charts: { readonly event: LogEventOf<'charted'>; readonly before: Place | null; readonly sinceWallMs: number }[];
  read: Place | null;
  moved: Place | null;
  movedWallMs: number;
}

/**
 * Reads the log for the hospital's records: its own consumer group with its own position, which never passes what is not sent or
 * kept. While the server is away `read` does not return, and only this group falls behind.
 */
export class FhirOutConsumer implements PartitionReader {
  private readonly partitions = new Map<number, Partition>();

  constructor(private readonly parts: FhirOutParts) {}

  get openMinutes(): number {
    return [...this.partitions.values()].reduce((sum, { minutes }) => sum + minutes.size, 0);
  }

  open(partition: number): Promise<void> {
    const movedWallMs = this.parts.clock.wallMs();
    this.partitions.set(partition, { minutes: new OpenMinutes(), charts: [], read: null, moved: null, movedWallMs });
    return Promise.resolve();
  }

  close(partition: number): Promise<void> {
    this.partitions.delete(partition);
    return Promise.resolve();
  }

  async read(number: number, batch: readonly Located[], malformed: readonly Malformed[]): Promise<void> {
    const partition = this.partitions.get(number);
    invariant(partition !== undefined, 'a partition is opened before it is read');
    const { whereabouts, clock, exporter, mode, relations } = this.parts;
    await whereabouts.refresh(clock.nowMs());
    for (const located of batch) {
      this.collect(partition, located);
      partition.read = { offset: located.offset, sequence: located.sequence };
    }
    const last = malformed.at(-1);
    if (last !== undefined && last.sequence > (partition.read?.sequence ?? -1)) {
      partition.read = { offset: last.offset, sequence: last.sequence };
    }
    const closed = partition.minutes.takeClosed(mode === 'every' ? Number.POSITIVE_INFINITY : clock.nowMs());
    await exporter.deliver([...(await placed(closed, mode, relations)), ...(await this.takeScores(partition))]);
    await this.moveOn(number, partition);
  }

  private collect(partition: Partition, { event }: Located): void {
    if (event.kind === 'charted' && event.validated && (event.score ?? 'news2') === 'news2' && this.parts.takes(event.origin)) {
      partition.charts.push({ event, before: partition.read, sinceWallMs: this.parts.clock.wallMs() });
    }
    if (event.kind === 'deviceMessage' && this.parts.takes(event.origin)) this.collectReadings(partition, event);
  }

  private collectReadings(partition: Partition, message: LogEventOf<'deviceMessage'>): void {
    const { deviceId, atMs, bedId } = message;
    const place = this.parts.whereabouts.bedOf(deviceId, atMs, { bedId, nowMs: this.parts.clock.nowMs() });
    if (place === null) return;
    for (const { metric, value, quality } of message.readings) {
      if (typeof value !== 'number' || (quality !== 'valid' && quality !== 'questionable') || !place.brings(metric)) continue;
      const sample: OutSample = { metric, value, quality, atMs };
      partition.minutes.add({ bedId: place.bedId, deviceId, name: observedName(metric) }, sample, partition.read);
    }
  }

  /** Those whose score the engine has said. One that it never says was no complete set, and there is nothing to send. */
  private async takeScores(partition: Partition): Promise<readonly PlacedDraft[]> {
    const { clock } = this.parts;
    const drafts: PlacedDraft[] = [];
    const waiting: Partition['charts'] = [];
    for (const chart of partition.charts) {
      const draft = await chartedScore(this.parts, chart.event);
      if (draft !== null) drafts.push(draft);
      else if (wallElapsedMs(chart.sinceWallMs, clock.wallMs()) < SCORE_WAIT_MS) waiting.push(chart);
    }
    partition.charts = waiting;
    return drafts;
  }

  private async moveOn(number: number, partition: Partition): Promise<void> {
    const { clock, store } = this.parts;
    if (wallElapsedMs(partition.movedWallMs, clock.wallMs()) < MOVE_EVERY_MS) return;
    let safe = partition.minutes.safePlace(partition.read);
    for (const { before } of partition.charts) {
      if (before === null || safe === null) safe = null;
      else if (before.sequence < safe.sequence) safe = before;
    }
    if (safe === null || safe.sequence === partition.moved?.sequence) return;
    await store.moveOn(number, safe);
    partition.moved = safe;
    partition.movedWallMs = clock.wallMs();
  }
}
