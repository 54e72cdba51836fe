import type { AlarmReadings, AlarmView } from '@vigil/contracts';
import { readingsAround } from '../../live/alarm-api.js';
import { limitText } from '../../model/alarm-text.js';
import { metricLabel } from '../../model/condition-words.js';
import { clockText, metricUnitText, valueText } from '../../model/format.js';
import { pathOf, runsOf, scaleOf, stripOrder } from '../../model/strip.js';
import { Section, TroubleNote } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';

const AGAIN_MS = 10_000;
const BOX = { width: 640, height: 96 };
/** Curves beyond these are in the history of the bed. */
const CURVES_MAX = 4;

/** The readings of the bed from a minute before the onset to half a minute after it, as they were kept with the alarm. */
export function AlarmStrip({ alarm }: { alarm: AlarmView }) {
  const { load, again } = useLoad(['alarm', alarm.alarmId, 'snapshot'], () => readingsAround(alarm.alarmId), {
    everyMs: AGAIN_MS,
  });
  return (
    <Section title={t('alarm:around')}>
      {load.kind === 'loading' ? <p role="status">{t('alarms:asking')}</p> : null}
      {load.kind === 'failed' ? (
        load.trouble.code === 'not-found' ? (
          <p className="soft">{alarm.endedAtMs === null ? t('alarm:noSnapshotYet') : t('alarm:noSnapshot')}</p>
        ) : (
          <TroubleNote trouble={load.trouble} again={again} />
        )
      ) : null}
      {load.kind === 'ready' ? <Strips alarm={alarm} readings={load.value} /> : null}
    </Section>
  );
}

function Strips({ alarm, readings }: { alarm: AlarmView; readings: AlarmReadings }) {
  return (
    <>
      {stripOrder(readings, alarm.metric)
        .slice(0, CURVES_MAX)
        .map((curve) => (
          <Strip key={curve.metric} alarm={alarm} whole={readings} curve={curve} />
        ))}
      {readings.lacks.map((lack) => (
        <p key={lack} className="alarm-note">
          {t(`alarm:lack.${lack}`)}
        </p>
      ))}
      {readings.questioned === undefined ? null : <p className="alarm-note">{t('alarm:questioned')}</p>}
      <p className="field-hint">{t('alarm:aroundNote')}</p>
    </>
  );
}

type Curve = AlarmReadings['metrics'][number];

/** One curve, its limit and the moment at which the alarm began. The sentence below says the same to who does not see it. */
function Strip({ alarm, whole, curve }: { alarm: AlarmView; whole: AlarmReadings; curve: Curve }) {
  const { metric, readings, cut } = curve;
  const label = metricLabel(metric);
  if (readings.length === 0) return <p className="soft">{t('alarm:aroundNone', { metric: label })}</p>;
  const { evidence } = alarm;
  const isOwn = metric === alarm.metric && (evidence.unit === null || evidence.unit === curve.unit);
  const limit = isOwn ? evidence.limit : null;
  const values = readings.map(({ value }) => value);
  const scale = scaleOf(whole, values, limit, BOX);
  const { x, y } = scale;
  const unit = metricUnitText(metric);
  const summary = t('alarm:aroundOf', {
    ...{ metric: label, count: readings.length, from: clockText(whole.fromMs), to: clockText(whole.toMs), unit },
    ...{ lowest: valueText(metric, scale.lowest), highest: valueText(metric, scale.highest) },
  });
  return (
    <figure className="strip">
      <svg viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        {whole.gaps.map((gap) => (
          <rect
            key={`${gap.fromMs} ${gap.deviceId}`}
            className="strip-gap"
            x={x(gap.fromMs)}
            width={Math.max(2, x(gap.toMs) - x(gap.fromMs))}
            height={BOX.height}
          />
        ))}
        <line className="strip-onset" x1={x(alarm.onsetMs)} x2={x(alarm.onsetMs)} y1={0} y2={BOX.height} />
        {limit === null ? null : <line className="strip-limit" x1={0} x2={BOX.width} y1={y(limit)} y2={y(limit)} />}
        {runsOf(readings, whole.gaps).map((run) =>
          run.length === 1 ? (
            <circle key={run[0]!.atMs} className="strip-dot" cx={x(run[0]!.atMs)} cy={y(run[0]!.value)} r={2.5} />
          ) : (
            <path key={run[0]!.atMs} className="strip-line" d={pathOf(run, scale)} />
          ),
        )}
      </svg>
      <figcaption>
        {summary}
        {limit === null ? '' : `; ${t('alarm:limitLine', { limit: limitText(metric, limit) })}`}
        {`; ${t('alarm:began')} ${clockText(alarm.onsetMs)}`}
        {cut ? `; ${t('alarm:aroundCut', { count: readings.length })}` : ''}
      </figcaption>
    </figure>
  );
}
