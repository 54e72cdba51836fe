import { type AlarmView, type Explanation, metricRow, type PageStage, type PageView } from '@vigil/contracts';

/** Which of two views of one alarm is the later one: both of its machines only ever count up. */
export function newerOf(live: AlarmView | undefined, loaded: AlarmView | undefined): AlarmView | null {
  if (!live || !loaded) return live ?? loaded ?? null;
  const isBehind = live.rev < loaded.rev || live.escalation.rev < loaded.escalation.rev;
  return isBehind ? loaded : live;
}

/** The value farthest beyond the limit between onset and end, of those that the record has; null where it can't be told. */
export function peakOf(
  { metric, evidence, onsetMs, endedAtMs }: AlarmView,
  record: Explanation | null,
): { readonly value: number; readonly atMs: number | null } | null {
  if (metric === null || evidence.side === null || evidence.value === null) return null;
  if (evidence.unit !== null && evidence.unit !== metricRow(metric).unit) return null;
  // What a window made of readings is not beside single readings.
  if (evidence.window !== undefined) return null;
  const readings = record?.readings.metrics.find((each) => each.metric === metric)?.points ?? [];
  const during = readings.flatMap(({ atMs, value }) =>
    value !== null && atMs >= onsetMs && (endedAtMs === null || atMs <= endedAtMs) ? [{ value, atMs }] : [],
  );
  const steps = (record?.steps ?? []).flatMap(({ evidence: said, atMs }) =>
    said.value === null || said.unit !== evidence.unit ? [] : [{ value: said.value, atMs }],
  );
  const all: { readonly value: number; readonly atMs: number | null }[] = [
    ...during,
    ...steps,
    { value: evidence.value, atMs: null },
  ];
  const isFarther = (a: number, b: number): boolean => (evidence.side === 'high' ? a > b : a < b);
  return all.reduce((far, each) => (isFarther(each.value, far.value) ? each : far));
}

export interface Rung {
  readonly stage: PageStage;
  readonly atMs: number;
}

/** How far a page is known to have come, in the order of the ladder: what its sender noted, and every receipt. */
export function rungsOf({ queuedAtMs, sentAtMs, state, receipts }: PageView): readonly Rung[] {
  const known: Rung[] = [{ stage: 'queued', atMs: queuedAtMs }];
  if (sentAtMs !== null && state !== 'failed') known.push({ stage: 'sent', atMs: sentAtMs });
  for (const { stage, atMs } of receipts) if (!known.some((rung) => rung.stage === stage)) known.push({ stage, atMs });
  if (state === 'failed' && !known.some(({ stage }) => stage === 'failed'))
    known.push({ stage: 'failed', atMs: sentAtMs ?? queuedAtMs });
  return known.sort((a, b) => ORDER.indexOf(a.stage) - ORDER.indexOf(b.stage));
}

const ORDER: readonly PageStage[] = [
  ...(['queued', 'sent', 'delivered', 'displayed', 'opened', 'accepted', 'declined', 'failed', 'cancelled'] as const),
];
