import { Link } from '@tanstack/react-router';
import type { BedView, StayChange } from '@vigil/contracts';
import { shortText } from '../../model/alarm-text.js';
import { metricShort } from '../../model/condition-words.js';
import { durationText } from '../../model/format.js';
import { type ReviewEvent, reviewEvents } from '../../model/review-events.js';
import type { ReviewSearch } from '../../model/review.js';
import { atText, dayMinuteText, isOneDay, secondText } from '../../model/time-words.js';
import type { TimeSpan } from '../../model/trend.js';
import { useSignal, useStationIfAny } from '../../parts/hooks.js';
import { TroubleNote } from '../../parts/parts.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { useStaffName } from '../../parts/use-staff-name.js';
import { t } from '../../words/words.js';
import type { Station } from '../../live/station.js';
import { BeforeStay } from './graphical-tab.js';
import type { ReviewData } from './use-review.js';

/** Everything that happened, on one time line. */
export function EventsTab(props: {
  readonly data: ReviewData;
  readonly view: BedView;
  readonly span: TimeSpan;
  readonly go: (change: ReviewSearch) => void;
}) {
  const station = useStationIfAny();
  return station ? <WithRate {...props} station={station} /> : <Line {...props} rate={1} />;
}

function WithRate(props: Parameters<typeof EventsTab>[0] & { readonly station: Station }) {
  const { rate } = useSignal(props.station.health);
  return <Line {...props} rate={rate} />;
}

function Line({ data, view, span, go, rate }: Parameters<typeof EventsTab>[0] & { readonly rate: number }) {
  const { alarms, charted, changes, histories, gaps } = data;
  const failed = [alarms, histories].find((load) => load.kind === 'failed');
  if (failed?.kind === 'failed') return <TroubleNote trouble={failed.trouble} again={data.again} />;
  if (alarms.kind !== 'ready' || histories.kind !== 'ready' || charted?.kind === 'loading' || changes?.kind === 'loading')
    return (
      <p className="state-note" role="status">
        {t('common:loading')}
      </p>
    );
  const events = reviewEvents(
    {
      alarms: alarms.value.alarms,
      gaps: histories.value[0]?.gaps ?? [],
      standby: histories.value[0]?.standby ?? [],
      charted: charted?.kind === 'ready' ? charted.value : [],
      changes: changes?.kind === 'ready' ? changes.value.items : [],
      sinceMs: gaps.admittedMs ?? null,
      isWallTime: rate === 1,
    },
    span,
  );
  return (
    <section>
      <BeforeStay admittedMs={gaps.admittedMs ?? null} span={span} />
      {alarms.value.isCut ? <p className="state-note">{t('review:eventsCut')}</p> : null}
      {changes?.kind === 'failed' ? <Missing what={t('review:eventsNoChanges')} again={data.again} /> : null}
      {changes?.kind === 'ready' && changes.value.cut ? <p className="state-note">{t('review:changesCut')}</p> : null}
      {charted?.kind === 'failed' ? <Missing what={t('review:eventsNoScores')} again={data.again} /> : null}
      {events.length === 0 ? (
        <p className="state-note">
          {t('review:eventsNone', {
            from: atText(span.fromMs, span.toMs - span.fromMs),
            to: atText(span.toMs, span.toMs - span.fromMs),
            bed: view.label,
          })}
        </p>
      ) : (
        <ol className="events" aria-label={t('review:tab.events')}>
          {events.map((event, i) => (
            <li key={`${event.kind} ${event.atMs} ${i}`} data-kind={event.kind} data-before={event.atMs < (gaps.admittedMs ?? 0)}>
              <time dateTime={new Date(event.atMs).toISOString()}>
                {isOneDay(span.fromMs, span.toMs) ? secondText(event.atMs) : dayMinuteText(event.atMs)}
              </time>
              <Words event={event} />
              <button type="button" className="button small no-print" onClick={() => go(around(event.atMs, span))}>
                {t('review:showInTrend')}
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Missing({ what, again }: { what: string; again: () => void }) {
  return (
    <p className="state-note">
      {what}{' '}
      <button type="button" className="button small no-print" onClick={again}>
        {t('common:tryAgain')}
      </button>
    </p>
  );
}

/** An hour around it, with the cursor on it. */
function around(atMs: number, { fromMs, toMs }: TimeSpan): ReviewSearch {
  const length = Math.min(3_600_000, toMs - fromMs);
  return { tab: 'graphical', cursor: atMs, span: length, to: Math.round(Math.min(toMs, atMs + length / 2)) };
}

function Words({ event }: { event: ReviewEvent }) {
  const nameOf = useStaffName();
  switch (event.kind) {
    case 'alarm':
      return (
        <span className="event-alarm" data-priority={event.alarm.priority}>
          <Shape name={shapeOf(event.alarm)} />
          <Link to="/a/$alarmId" params={{ alarmId: event.alarm.alarmId }}>
            {shortText(event.alarm)}
          </Link>
          <span>{alarmEnd(event)}</span>
          {event.alarm.label ? (
            <span>{t(`review:label.${event.alarm.label.label}`, { name: event.alarm.label.byName })}</span>
          ) : null}
        </span>
      );
    case 'accepted':
    case 'arrived':
    case 'declined':
      return <span>{t(`review:event.${event.kind}`, { name: event.name, what: shortText(event.alarm) })}</span>;
    case 'ended':
      return <span>{t('review:event.ended', { what: shortText(event.alarm) })}</span>;
    case 'gap':
      return <span>{t('review:event.gap', { count: event.gap.count, why: t(`review:why.${event.gap.reason}`) })}</span>;
    case 'standby':
      return (
        <span>
          {t('review:event.standby', { place: t(`review:place.${event.place}`), for: durationText(event.endMs - event.atMs) })}
        </span>
      );
    case 'charted':
      return <span>{t('review:event.charted', { total: event.score.total ?? '–', by: nameOf(event.score.by) })}</span>;
    case 'change':
      return <span>{changeText(event.change)}</span>;
    case 'stay':
      return <span>{t('review:event.stay')}</span>;
  }
}

function changeText({ kind, metric, fromBed, by, byName }: StayChange): string {
  const name = by === 'system:feed' ? t('review:byRecords') : (byName ?? by);
  if (kind === 'transferred')
    return fromBed === null ? t('review:change.moved', { name }) : t('review:change.transferred', { name, bed: fromBed });
  return t(`review:change.${kind}`, { name, metric: metric === null ? '' : metricShort(metric) });
}

function alarmEnd({ alarm, endMs, atMs }: Extract<ReviewEvent, { kind: 'alarm' }>): string {
  const seen = alarm.acknowledgedByName === null ? '' : ` · ${t('review:acknowledgedBy', { name: alarm.acknowledgedByName })}`;
  return `${endMs === null ? t('review:stillOn') : t('review:lasted', { for: durationText(endMs - atMs) })}${seen}`;
}
