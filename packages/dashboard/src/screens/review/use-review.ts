import type { AlarmView, BedView, History, ScoreView, StayChanges } from '@vigil/contracts';
import { useMemo, useState } from 'react';
import { alarmsOfBed, histories, stayChanges } from '../../live/history-api.js';
import { chartedHistory } from '../../live/scores-api.js';
import { everyFor, metricsOf, type PaneId, type ReviewTab } from '../../model/review.js';
import type { KnownGaps, TimeSpan, Trend } from '../../model/trend.js';
import { type Load, useLoad } from '../../parts/use-load.js';

export interface ReviewData {
  readonly histories: Load<readonly History[]>;
  readonly trends: readonly Trend[];
  readonly gaps: KnownGaps;
  /** Times of the span that are of somebody else. */
  readonly shown: readonly TimeSpan[] | null;
  readonly progress: { readonly done: number; readonly all: number };
  readonly alarms: Load<{ readonly alarms: readonly AlarmView[]; readonly isCut: boolean }>;
  /** Null where nobody lies there, as `changes`. */
  readonly charted: Load<readonly ScoreView[]> | null;
  /** Who admitted, moved, set limits; null where nobody lies there. */
  readonly changes: Load<StayChanges> | null;
  readonly again: () => void;
}

const NO_TRENDS: readonly Trend[] = [];

/** What the tab on the screen shows, asked for again when the time, the panes or the rights change. */
export function useReview(wanted: {
  readonly view: BedView;
  readonly panes: readonly PaneId[];
  readonly span: TimeSpan;
  readonly tab: ReviewTab;
  readonly rows: number;
  readonly rights: string;
}): ReviewData {
  const { view, panes, span, tab, rows, rights } = wanted;
  const { fromMs, toMs } = span;
  const everyMs = tab === 'table' ? rows * 60_000 : everyFor(toMs - fromMs);
  const metrics = metricsOf(tab === 'events' ? ['rate'] : panes);
  const [progress, setProgress] = useState({ done: 0, all: 0 });
  const key = ['beds', view.bedId, 'history', fromMs, toMs, everyMs, metrics.join(), rights];
  const asked = useLoad(key, () =>
    histories({ bedId: view.bedId, metrics, fromMs, toMs, everyMs }, (done, all) => setProgress({ done, all })),
  );
  const alarms = useLoad(tab === 'table' ? null : ['alarms', 'of', view.bedId, fromMs, rights], () =>
    alarmsOfBed(view.bedId, fromMs),
  );
  const encounterId = view.encounter?.encounterId ?? null;
  const charted = useLoad(
    tab === 'events' && encounterId !== null ? ['scores', encounterId, 'history', fromMs, toMs, rights] : null,
    () => chartedHistory(encounterId ?? '', span, false),
  );
  const changes = useLoad(
    tab === 'events' && encounterId !== null ? ['encounters', encounterId, 'changes', fromMs, toMs, rights] : null,
    () => stayChanges(encounterId ?? '', span),
  );
  const { load } = asked;
  const value = load.kind === 'ready' ? load.value : null;
  const trends = useMemo(
    () => value?.map(({ metric, items }): Trend => ({ metric, points: items, everyMs })) ?? NO_TRENDS,
    [value, everyMs],
  );
  // Every metric of the bed tells the same.
  const first = value?.[0];
  const shown = first?.shown ?? null;
  const gaps = useMemo(
    (): KnownGaps => ({
      lost: first?.gaps ?? [],
      standby: first?.standby ?? [],
      shown: first?.shown,
      admittedMs: view.encounter?.sinceMs ?? null,
    }),
    [first, view.encounter?.sinceMs],
  );
  const again = (): void => {
    asked.again();
    if (tab !== 'table') alarms.again();
    if (tab !== 'events' || encounterId === null) return;
    charted.again();
    changes.again();
  };
  return {
    histories: load,
    trends,
    gaps,
    shown,
    progress,
    alarms: alarms.load,
    charted: encounterId === null ? null : charted.load,
    changes: encounterId === null ? null : changes.load,
    again,
  };
}
