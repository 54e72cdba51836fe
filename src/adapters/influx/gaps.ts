import type { BedId } from '@vigil/contracts';
import { GAPS_PER_BED_MAX, type HistoryBatch, type HistoryGap, type ObservationStore } from '../../ports/observation-store.js';
import { addRange, countWithin, type SeqRanges } from '../history-sqlite/seq-ranges.js';
import { type InfluxServer, rangeOf, type Row } from './influx-server.js';
import { type FieldValue, line, quoted } from './lines.js';

const GAP = 'gap';
const FILLED = 'filled';
/** Ids in one question. */
const IDS_AT_ONCE = 50;
/** Gaps of a bed that this process writes between two looks whether there are too many. */
const LOOK_EVERY = 500;

type Filled = ReadonlyMap<string, SeqRanges>;
type GapRange = Parameters<ObservationStore['gaps']>[0];

/**
 * Gaps in the bucket that is kept for ever: one point each, at the time at which the gap ends, and one for each run of messages
 * that came after all. What is missing is counted when either is written, from what is there; both may come again, in any order.
 */
export class InfluxGaps {
  /** Gaps written since the last look, per bed. */
  private readonly since = new Map<BedId, number>();

  constructor(
    private readonly server: InfluxServer,
    private readonly bucket: string,
  ) {}

  async write({ gaps = [], filled = [] }: HistoryBatch): Promise<void> {
    if (gaps.length + filled.length === 0) return;
    const fills = filled.map(({ gapId, seqs }) => line(FILLED, { gap: gapId, seqs: seqs.join('-') }, [['came', true]], 0));
    if (fills.length > 0) await this.server.write(this.bucket, fills.join('\n'));
    const ids = [...new Set([...gaps, ...filled].map(({ gapId }) => gapId))];
    const came = await this.filledOf(ids);
    const told = new Set(gaps.map(({ gapId }) => gapId));
    const stored = await this.storedOf(ids.filter((id) => !told.has(id) && came.has(id)));
    const lines = [...stored, ...gaps].map((gap) => gapLine(gap, missingOf(gap, came)));
    if (lines.length > 0) await this.server.write(this.bucket, lines.join('\n'));
    for (const { bedId } of gaps) await this.bound(bedId);
  }

  async read({ bedId, fromMs, toMs, limit }: GapRange): Promise<readonly HistoryGap[]> {
    const rows = await this.gapsWhere(`r.bed == ${quoted(bedId)}`, fromMs);
    const missing = rows.filter((gap) => gap.missing > 0 && gap.fromMs < toMs);
    const newest = missing.sort((a, b) => b.toMs - a.toMs || (a.gapId < b.gapId ? 1 : -1)).slice(0, limit);
    newest.sort((a, b) => a.fromMs - b.fromMs || (a.gapId < b.gapId ? -1 : 1));
    return newest.map(({ missing: count, ...gap }) => ({ ...gap, count }));
  }

  private async filledOf(ids: readonly string[]): Promise<Filled> {
    const came = new Map<string, SeqRanges>();
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const flux = `${from(this.bucket, FILLED, 0)} |> filter(fn: (r) => ${anyGap(ids.slice(at, at + IDS_AT_ONCE))})`;
      await this.server.query(flux, (row) => {
        const [low, high] = (row['seqs'] as string).split('-').map(Number);
        const gapId = row['gap'] as string;
        came.set(gapId, addRange(came.get(gapId) ?? [], [low!, high!]));
      });
    }
    return came;
  }

  private async storedOf(ids: readonly string[]): Promise<StoredGap[]> {
    const found: StoredGap[] = [];
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      found.push(...(await this.gapsWhere(anyGap(ids.slice(at, at + IDS_AT_ONCE)), 0)));
    }
    return found;
  }

  /** Those that end at or after `fromMs`. */
  private async gapsWhere(filter: string, fromMs: number): Promise<StoredGap[]> {
    const fields = new Map<string, Map<string, Row[string]>>();
    await this.server.query(`${from(this.bucket, GAP, fromMs)} |> filter(fn: (r) => ${filter})`, (row) => {
      const gapId = row['gap'] as string;
      const known = fields.get(gapId) ?? new Map<string, Row[string]>();
      known.set('bed', row['bed']!).set('_time', row['_time']!);
      fields.set(gapId, known.set(row['_field'] as string, row['_value']!));
    });
    return [...fields].map(([gapId, of]) => storedGap(gapId, of));
  }

  /** At most so many of a bed are kept, the newest; looked at now and then. */
  private async bound(bedId: BedId): Promise<void> {
    const since = (this.since.get(bedId) ?? LOOK_EVERY) + 1;
    this.since.set(bedId, since >= LOOK_EVERY ? 0 : since);
    if (since < LOOK_EVERY) return;
    const all = await this.gapsWhere(`r.bed == ${quoted(bedId)}`, 0);
    await this.remove(all.sort((a, b) => b.toMs - a.toMs).slice(GAPS_PER_BED_MAX));
  }

  /** Those that touch [fromMs, toMs), filled or not. */
  async erase({ bedId, fromMs, toMs }: Pick<GapRange, 'bedId' | 'fromMs' | 'toMs'>): Promise<void> {
    const gaps = await this.gapsWhere(`r.bed == ${quoted(bedId)}`, fromMs);
    await this.remove(gaps.filter((gap) => gap.fromMs < toMs));
  }

  private async remove(gaps: readonly StoredGap[]): Promise<void> {
    for (const { gapId, toMs } of gaps) {
      await this.server.remove(this.bucket, `_measurement="${GAP}" AND gap=${quoted(gapId)}`, { fromMs: toMs, toMs });
      await this.server.remove(this.bucket, `_measurement="${FILLED}" AND gap=${quoted(gapId)}`, { fromMs: 0, toMs: 0 });
    }
  }
}

/** `count` as it was declared; `missing` of those now. */
interface StoredGap extends HistoryGap {
  readonly missing: number;
}

function from(bucket: string, measurement: string, fromMs: number): string {
  return `from(bucket: ${quoted(bucket)}) |> ${rangeOf(fromMs, null)} |> filter(fn: (r) => r._measurement == "${measurement}")`;
}

const anyGap = (ids: readonly string[]): string => ids.map((id) => `r.gap == ${quoted(id)}`).join(' or ');

function missingOf({ gapId, seqs, count }: HistoryGap, came: Filled): number {
  return seqs === null ? count : Math.max(0, count - countWithin(came.get(gapId) ?? [], seqs));
}

function gapLine({ gapId, bedId, deviceId, seqs, fromMs, toMs, count, reason }: HistoryGap, missing: number): string {
  const fields: (readonly [string, FieldValue])[] = [
    ['fromMs', fromMs],
    ['count', count],
    ['missing', missing],
    ['reason', reason],
  ];
  if (deviceId !== null) fields.push(['device', deviceId]);
  if (seqs !== null) fields.push(['fromSeq', seqs[0]], ['toSeq', seqs[1]]);
  return line(GAP, { bed: bedId, gap: gapId }, fields, toMs);
}

function storedGap(gapId: string, fields: ReadonlyMap<string, Row[string]>): StoredGap {
  const number = (name: string): number => fields.get(name) as number;
  return {
    gapId,
    bedId: fields.get('bed') as BedId,
    deviceId: (fields.get('device') as string | undefined) ?? null,
    seqs: fields.has('fromSeq') ? [number('fromSeq'), number('toSeq')] : null,
    fromMs: number('fromMs'),
    toMs: number('_time'),
    count: number('count'),
    reason: fields.get('reason') as HistoryGap['reason'],
    missing: number('missing'),
  };
}
