import type { AlarmView, BedId, History, MetricName } from '@vigil/contracts';
import { useEffect, useMemo, useState } from 'react';
import { history } from '../../live/care-api.js';
import type { Answer } from '../../live/problem.js';
import { shortText } from '../../model/alarm-text.js';
import { metricLabel } from '../../model/condition-words.js';
import { metricUnitText } from '../../model/format.js';
import { Loaded, Section } from '../../parts/parts.js';
import { TrendChart, type TrendMark } from '../../parts/trend-chart.js';
import { type Load, useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';

const HOUR_MS = 3_600_000;
/** Points of a small curve; more than it is wide. */
const POINTS = 180;
const SPANS = [1, 4, 24] as const;
const PANES: readonly (readonly MetricName[])[] = [['heartRate'], ['spo2'], ['arterialMean', 'nibpMean'], ['respirationRate']];

interface BedTrendsProps {
  readonly bedId: BedId;
  /** Event time up to which is shown, to the minute: it is asked again when it moves on. */
  readonly toMs: number;
  readonly admittedMs: number;
  readonly alarms: readonly AlarmView[];
  readonly rights: string;
}

/** The course of the last hours in small, with a tick where an alarm began. */
export function BedTrends({ bedId, toMs, admittedMs, alarms, rights }: BedTrendsProps) {
  const [hours, setHours] = useState<(typeof SPANS)[number]>(1);
  const span = useMemo(() => ({ fromMs: Math.max(0, toMs - hours * HOUR_MS), toMs }), [toMs, hours]);
  const asked = useLoad(['beds', bedId, 'mini', hours, toMs, rights], () => courses(bedId, span, hours));
  const { again } = asked;
  const load = useBefore(asked.load, `${bedId} ${hours} ${rights}`);
  const ofBed = useMemo(() => alarms.filter((alarm) => alarm.bedId === bedId), [alarms, bedId]);
  return (
    <Section title={t('bed:trends')}>
      <div className="choices" role="group" aria-label={t('bed:span')}>
        {SPANS.map((each) => (
          <button key={each} type="button" className="button" aria-pressed={hours === each} onClick={() => setHours(each)}>
            {t(`bed:span.${each}`)}
          </button>
        ))}
      </div>
      <Loaded load={load} again={again} what={t('bed:theHistory')}>
        {(all) => (
          <div className="bed-trends">
            {PANES.map((metrics) => (
              <Pane key={metrics[0]} metrics={metrics} all={all} span={span} admittedMs={admittedMs} alarms={ofBed} />
            ))}
          </div>
        )}
      </Loaded>
    </Section>
  );
}

/** What was shown of the same thing while the next minute of it is asked for: the pictures do not come and go with every minute. */
function useBefore<T>(load: Load<T>, of: string): Load<T> {
  const [before, setBefore] = useState<{ readonly load: Load<T>; readonly of: string } | null>(null);
  useEffect(() => {
    if (load.kind !== 'loading') setBefore({ load, of });
  }, [load, of]);
  return load.kind === 'loading' && before?.of === of ? before.load : load;
}

interface PaneProps {
  readonly metrics: readonly MetricName[];
  readonly all: readonly History[];
  readonly span: { readonly fromMs: number; readonly toMs: number };
  readonly admittedMs: number;
  readonly alarms: readonly AlarmView[];
}

function Pane({ metrics, all, span, admittedMs, alarms }: PaneProps) {
  const chart = useMemo(() => {
    const measured = all.filter(({ metric, items }) => metrics.includes(metric) && items.length > 0);
    const marks: TrendMark[] = alarms
      .filter(({ metric, onsetMs }) => metric && metrics.includes(metric) && onsetMs >= span.fromMs)
      .map((alarm) => ({ atMs: alarm.onsetMs, priority: alarm.priority, label: shortText(alarm) }));
    const everyMs = everyOf(span.toMs - span.fromMs);
    return {
      trends: measured.map(({ metric, items }) => ({ metric, points: items, everyMs })),
      gaps: { lost: all[0]?.gaps ?? [], admittedMs },
      marks,
    };
  }, [metrics, all, span, admittedMs, alarms]);
  const [first] = chart.trends;
  const metric = first?.metric ?? metrics[0]!;
  return (
    <TrendChart
      title={`${metricLabel(metric)} ${metricUnitText(metric)}`}
      trends={chart.trends}
      span={span}
      gaps={chart.gaps}
      nowMs={span.toMs}
      marks={chart.marks}
      heightPx={110}
      isMini
    />
  );
}

const everyOf = (spanMs: number): number => Math.max(1_000, Math.ceil(spanMs / POINTS / 1_000) * 1_000);

async function courses(
  bedId: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  hours: number,
): Promise<Answer<readonly History[]>> {
  const everyMs = everyOf(hours * HOUR_MS);
  const answers = await Promise.all(PANES.flat().map((metric) => history(bedId, metric, { fromMs, toMs, everyMs })));
  const failed = answers.find((answer) => !answer.ok);
  if (failed && !failed.ok) return failed;
  return { ok: true, value: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) };
}
