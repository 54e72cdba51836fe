import {
  type AlarmView,
  AlarmView as AlarmViewSchema,
  type BedId,
  type HistoryExportReason,
  History,
  type History as HistoryOf,
  listOf,
  type MetricName,
  StayChanges,
  StayLimits,
} from '@vigil/contracts';
import { z } from 'zod';
import type { TimeSpan } from '../model/trend.js';
import { file } from './file.js';
import { type Answer, troubleOf } from './problem.js';
import { request } from './request.js';

const seg = encodeURIComponent;
/** Requests of one screen that run at the same time. */
const AT_ONCE_MAX = 4;
/** Most pages of one metric: what is asked for in steps never needs as many. */
const PAGES_MAX = 12;

export interface HistoryWanted extends TimeSpan {
  readonly bedId: string;
  readonly metrics: readonly MetricName[];
  readonly everyMs: number;
}

/** Every metric of the range, whole: pages are put together here. The first trouble is the answer. */
export async function histories(
  wanted: HistoryWanted,
  progress: (done: number, all: number) => void = () => undefined,
): Promise<Answer<readonly HistoryOf[]>> {
  const { metrics } = wanted;
  const found = new Map<MetricName, HistoryOf>();
  const waiting = [...metrics];
  let trouble: Extract<Answer<never>, { ok: false }> | null = null;
  const work = async (): Promise<void> => {
    for (let metric = waiting.shift(); metric !== undefined && trouble === null; metric = waiting.shift()) {
      const answer = await whole(wanted, metric);
      if (answer.ok) found.set(metric, answer.value);
      else trouble ??= answer;
      progress(found.size, metrics.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, metrics.length) }, work));
  return trouble ?? { ok: true, value: metrics.flatMap((metric) => found.get(metric) ?? []) };
}

async function whole({ bedId, fromMs, toMs, everyMs }: HistoryWanted, metric: MetricName): Promise<Answer<HistoryOf>> {
  const page = (from: number): Promise<Answer<HistoryOf>> =>
    request('GET', `/api/v1/beds/${seg(bedId)}/history?metric=${metric}&from=${from}&to=${toMs}&every=${everyMs}`, History);
  const first = await page(fromMs);
  if (!first.ok) return first;
  const items = [...first.value.items];
  let { next } = first.value;
  for (let pages = 1; next !== null; pages += 1) {
    if (pages >= PAGES_MAX) return { ok: false, trouble: troubleOf('too-much') };
    const more = await page(Number(next));
    if (!more.ok) return more;
    items.push(...more.value.items);
    ({ next } = more.value);
  }
  return { ok: true, value: { ...first.value, items, next: null } };
}

const AlarmList = listOf(AlarmViewSchema);
const ALARM_PAGES_MAX = 4;

export interface BedAlarms {
  readonly alarms: readonly AlarmView[];
  /** There are more than are shown. */
  readonly isCut: boolean;
}

/** Alarms of the bed that changed since the beginning of the range, newest first. */
export async function alarmsOfBed(bedId: BedId, sinceMs: number): Promise<Answer<BedAlarms>> {
  const alarms: AlarmView[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < ALARM_PAGES_MAX; pages += 1) {
    const more: string = cursor === null ? '' : `&cursor=${seg(cursor)}`;
    const path = `/api/v1/alarms?bed=${seg(bedId)}&since=${Math.max(0, Math.floor(sinceMs))}&limit=250${more}`;
    const answer: Answer<{ items: AlarmView[]; next: string | null }> = await request('GET', path, AlarmList);
    if (!answer.ok) return answer;
    alarms.push(...answer.value.items);
    cursor = answer.value.next;
    if (cursor === null) return { ok: true, value: { alarms, isCut: false } };
  }
  return { ok: true, value: { alarms, isCut: true } };
}

/** As long as the server waits for somebody who takes nothing. */
const EXPORT_TIMEOUT_MS = 5 * 60_000;

/** Why, in which form, and whether somebody can be recognised in it. */
export interface HistoryFile {
  readonly reason: HistoryExportReason;
  readonly format: 'csv' | 'parquet';
  readonly deidentified: boolean;
}

/** What was measured, as a file. That it was taken out, and why, goes into the audit trail. */
export function exportHistory(wanted: HistoryWanted, { reason, format, deidentified }: HistoryFile): Promise<Answer<Blob>> {
  const { bedId, metrics, fromMs, toMs, everyMs } = wanted;
  const what = `metric=${metrics.join(',')}&from=${fromMs}&to=${toMs}&every=${everyMs}`;
  const path = `/api/v1/beds/${seg(bedId)}/history/export?${what}&reason=${reason}&format=${format}&deidentified=${deidentified}`;
  return file(path, EXPORT_TIMEOUT_MS);
}

/** Who did what to the stay, in wall time. */
export function stayChanges(encounterId: string, { fromMs, toMs }: TimeSpan): Promise<Answer<StayChanges>> {
  const [from, to] = [Math.max(0, Math.floor(fromMs)), Math.ceil(toMs)];
  return request('GET', `/api/v1/encounters/${seg(encounterId)}/changes?from=${from}&to=${to}`, StayChanges);
}

const StayLimitList = z.object({ items: z.array(StayLimits) });
type OwnSpan = TimeSpan & { readonly metric: MetricName; readonly low: number | null; readonly high: number | null };

/** What somebody has set for this stay, for as long as it holds: which limits the unit had earlier is not kept. */
export async function stayLimits(encounterId: string): Promise<Answer<readonly OwnSpan[]>> {
  const answer = await request('GET', `/api/v1/encounters/${seg(encounterId)}/limits`, StayLimitList);
  if (!answer.ok) return answer;
  const own = answer.value.items.flatMap(({ metric, own }) =>
    own === null ? [] : [{ metric, low: own.low, high: own.high, fromMs: own.fromMs, toMs: own.toMs }],
  );
  return { ok: true, value: own };
}
