import { type BedId, type DeviceId, type MetricName, metricRow } from '@vigil/contracts';
import type { Draft, DraftStay, OutSample, ReadingDraft, SeriesDraft } from './draft.js';
import type { ObservedName } from './codings.js';

export const MINUTE_MS = 60_000;
/** Metrics that come at least so often are worth a series. */
const DENSE_MS_MAX = 1_000;

/** What one device at one bed brought of one metric (or of one cuff) in one minute of event time. */
export interface Minute {
  readonly bedId: BedId;
  readonly deviceId: DeviceId;
  readonly name: ObservedName;
  /** Begin of the minute. */
  readonly slotMs: number;
  /** In the order of their arrival. */
  readonly samples: readonly OutSample[];
}

/** How much goes out (setting FHIR_OUT). */
export type OutMode = 'minute' | 'every' | 'sampled';

export interface PlacedDraft {
  readonly draft: Draft;
  /** Null: nobody is known to have lain there then. */
  readonly stay: DraftStay | null;
}

/**
 * What of a minute goes out, for each stay that it touches: its first valid value (the first questionable one where there is none),
 * every value, or the series of a dense metric. Never a value of one stay under another.
 *
 * @param stayAt who lay in the bed at a moment of event time
 */
export function minuteDrafts(minute: Minute, mode: OutMode, stayAt: (atMs: number) => DraftStay | null): readonly PlacedDraft[] {
  const shares = new Map<string, { readonly stay: DraftStay | null; readonly samples: OutSample[] }>();
  for (const sample of minute.samples) {
    const stay = stayAt(sample.atMs);
    const id = stay?.encounterId ?? '';
    const share = shares.get(id) ?? { stay, samples: [] };
    share.samples.push(sample);
    shares.set(id, share);
  }
  return [...shares.values()].flatMap(({ stay, samples }) =>
    draftsOf(minute, mode, samples).map((draft): PlacedDraft => ({ draft, stay })),
  );
}

function draftsOf(minute: Minute, mode: OutMode, samples: readonly OutSample[]): readonly Draft[] {
  const { name } = minute;
  const moments = momentsOf(samples);
  if (mode === 'every') return moments.map((values) => readingOf(minute, 'single', values));
  if (mode === 'sampled' && isDense(name)) return [seriesOf({ ...minute, name }, samples)];
  return [readingOf(minute, 'minute', bestOf(name, moments))];
}

/** True for metrics that go out as a series where series are wanted. */
export function isDense(name: ObservedName): name is MetricName {
  return name !== 'cuffPressure' && metricRow(name).nominalIntervalMs <= DENSE_MS_MAX;
}

type Moment = readonly OutSample[];

/** Values of one moment of event time belong together; of two of one metric the first counts. */
function momentsOf(samples: readonly OutSample[]): readonly Moment[] {
  const moments = new Map<number, OutSample[]>();
  for (const sample of samples) {
    const moment = moments.get(sample.atMs) ?? [];
    if (!moment.some(({ metric }) => metric === sample.metric)) moment.push(sample);
    moments.set(sample.atMs, moment);
  }
  return [...moments.entries()].sort(([a], [b]) => a - b).map(([, moment]) => moment);
}

/** There is at least one moment. The first that is whole and valid, else the first that is valid, else the first. */
function bestOf(name: ObservedName, moments: readonly Moment[]): Moment {
  const valid = moments.filter((moment) => moment.every(({ quality }) => quality === 'valid'));
  const whole = name === 'cuffPressure' ? valid.filter(isWholeCuff) : valid;
  return (whole[0] ?? valid[0] ?? moments[0])!;
}

function isWholeCuff(moment: Moment): boolean {
  return (['nibpSystolic', 'nibpDiastolic'] as const).every((wanted) => moment.some(({ metric }) => metric === wanted));
}

function readingOf({ bedId, deviceId, name, slotMs }: Minute, form: ReadingDraft['form'], moment: Moment): ReadingDraft {
  const { atMs } = moment[0]!;
  const values = moment.map(({ metric, value, quality }) => ({ metric, value, quality }));
  return { is: 'reading', form, bedId, deviceId, name, slotMs: form === 'single' ? atMs : slotMs, atMs, values };
}

/** The first value of each second. */
function seriesOf(minute: Minute & { readonly name: MetricName }, samples: readonly OutSample[]): SeriesDraft {
  const { bedId, deviceId, name, slotMs } = minute;
  const values: (number | null)[] = Array.from({ length: MINUTE_MS / 1_000 }, () => null);
  for (const { atMs, value } of samples) values[Math.floor((atMs - slotMs) / 1_000)] ??= value;
  const isQuestionable = samples.some(({ quality }) => quality === 'questionable');
  const atMs = Math.min(...samples.map((sample) => sample.atMs));
  return { is: 'series', form: 'sampled', bedId, deviceId, name, slotMs, atMs, values, isQuestionable };
}
