import { Link } from '@tanstack/react-router';
import { type AlarmView, type PageView, PRIORITY_MARK } from '@vigil/contracts';
import { lineText } from '../../model/alarm-line.js';
import { needOf } from '../../model/alarm-order.js';
import { alarmDurationText, evidenceText, isRecordsLanguage, kindText, responseText, shortText } from '../../model/alarm-text.js';
import { clockText } from '../../model/format.js';
import { CommandButton, CommandNote } from '../../parts/command-button.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { Ticker } from '../../parts/ticker.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { ExtraAnswers } from './extra-answers.js';

/** @param over the alarm has ended while the list is held still */
export function AlarmRow({ alarm, over }: { alarm: AlarmView; over: boolean }) {
  const need = over ? 'over' : needOf(alarm);
  return (
    <li className="alarm-row" data-alarm-id={alarm.alarmId} data-priority={alarm.priority} data-need={need} tabIndex={0}>
      <AlarmSign alarm={alarm} need={need} />
      <div className="alarm-what">
        <p className="alarm-title">
          <b>{plainText(alarm.bedLabel)}</b>{' '}
          <span className="alarm-short" dir="auto">
            {shortText(alarm)}
          </span>
          <AlarmMarks alarm={alarm} need={need} />
        </p>
        <PatientName alarm={alarm} />
        <AlarmLine alarm={alarm} />
        <p className="alarm-evidence">{evidenceText(alarm)}</p>
      </div>
      <div className="alarm-times">
        <Ticker className="alarm-duration" text={(now) => alarmDurationText(alarm, now)} />
        <span className="alarm-onset">{t('alarms:since', { time: clockText(alarm.onsetMs) })}</span>
        {alarm.endedAtMs === null ? null : (
          <span className="alarm-onset">{t('alarms:ended', { time: clockText(alarm.endedAtMs) })}</span>
        )}
      </div>
      <div className="alarm-people">
        <Ticker className="alarm-response" text={(now) => responseText(alarm, now)} />
        <People alarm={alarm} />
        <Ladder pages={alarm.escalation.pages} />
      </div>
      <div className="alarm-actions">
        {over ? null : (
          <>
            <CommandButton command="accept" alarm={alarm} />
            <CommandButton command="acknowledge" alarm={alarm} />
            <ExtraAnswers alarm={alarm} brief />
          </>
        )}
        <CommandNote alarm={alarm} />
        <Link
          className="alarm-more no-print"
          to="/a/$alarmId"
          params={{ alarmId: alarm.alarmId }}
          aria-label={t('alarms:detailsOf', { what: shortText(alarm), bed: alarm.bedLabel })}
        >
          {t('alarms:details')}
        </Link>
      </div>
    </li>
  );
}

export function AlarmSign({ alarm, need }: { alarm: AlarmView; need: string }) {
  return (
    <div className="alarm-sign alarm-fill" data-priority={alarm.priority} data-need={need}>
      <Shape name={shapeOf(alarm)} />
      <span className="mark">{PRIORITY_MARK[alarm.priority]}</span>
      <span className="visually-hidden">{kindText(alarm)}</span>
    </div>
  );
}

/** What stands beside the name of an alarm: where its data come from, and what is special about it. */
export function AlarmMarks({ alarm, need }: { alarm: AlarmView; need: string }) {
  return (
    <>
      {alarm.origin === 'live' ? null : (
        <span className="origin">{alarm.origin === 'simulated' ? t('alarms:simulated') : t('alarms:test')}</span>
      )}
      {need === 'latched' || need === 'over' ? <span className="alarm-over">{t('alarms:over')}</span> : null}
      {alarm.flapping ? <span className="alarm-tag">{t('alarms:comesAndGoes')}</span> : null}
      {alarm.shelvedUntilMs === undefined || !alarm.active ? null : (
        <span className="alarm-tag">{t('alarms:shelvedUntil', { time: clockText(alarm.shelvedUntilMs) })}</span>
      )}
    </>
  );
}

/** The name, only while the same stay is in the bed. */
function PatientName({ alarm }: { alarm: AlarmView }) {
  const station = useStation();
  const unit = useSignal(station.unit);
  const patient = alarm.bedId ? unit?.beds.get(alarm.bedId)?.encounter : null;
  if (!patient || patient.encounterId !== alarm.encounterId || !patient.displayName) return null;
  return (
    <p className="alarm-patient">
      <bdi>{plainText(patient.displayName)}</bdi>
    </p>
  );
}

/** The line of the record where the screen is in its language; else one made of codes. */
function AlarmLine({ alarm }: { alarm: AlarmView }) {
  return isRecordsLanguage() && alarm.text !== '' ? (
    <p className="alarm-text" lang="en">
      {plainText(alarm.text)}
    </p>
  ) : (
    <p className="alarm-text">{lineText(alarm)}</p>
  );
}

/** Who goes, who is there, who passed it on. Nothing that is not said. */
function People({ alarm: { escalation, acknowledgedByName } }: { alarm: AlarmView }) {
  const { accepts, acceptsNeeded, acceptedAtMs, arriveByMs, declines } = escalation;
  return (
    <>
      {acceptedAtMs === null ? null : <span>{t('alarms:acceptedAt', { time: clockText(acceptedAtMs) })}</span>}
      {accepts.map(({ staffId, name, arrivedAtMs }) =>
        arrivedAtMs === null ? null : <span key={staffId}>{t('alarms:there', { name, time: clockText(arrivedAtMs) })}</span>,
      )}
      {acceptsNeeded > 1 ? <span>{t('alarms:needed', { count: accepts.length, needed: acceptsNeeded })}</span> : null}
      {arriveByMs === null ? null : <span>{t('alarms:arriveBy', { time: clockText(arriveByMs) })}</span>}
      {declines.map(({ staffId, name, atMs, reason }) => (
        <span key={`${staffId} ${atMs}`}>
          {t('alarms:declined', { name, time: clockText(atMs), reason: t(`alarms:reasonShort.${reason}`) })}
        </span>
      ))}
      {acknowledgedByName ? <span>{t('alarms:seenBy', { name: acknowledgedByName })}</span> : null}
    </>
  );
}

const PAGE_SIGN: Record<PageView['state'], string> = { queued: '…', sent: '→', failed: '✕' };
/** Most pages that a row shows: the newest. All are in the details. */
const PAGES_MAX = 6;

/** Who was told, by which channel, and what became of it. Shown for information; it steers nothing (D12). */
function Ladder({ pages }: { pages: readonly PageView[] }) {
  if (pages.length === 0) return null;
  return (
    <ul className="ladder" aria-label={t('alarms:pages')}>
      {pages.slice(-PAGES_MAX).map((page) => (
        <li key={page.pageId} data-state={page.state}>
          <span aria-hidden="true">{PAGE_SIGN[page.state]}</span> {pageText(page)}
        </li>
      ))}
    </ul>
  );
}

const pageText = ({ state, staffName: name, channel, sentAtMs, queuedAtMs }: PageView): string =>
  t(`alarms:page.${state}`, { name, channel: t(`alarms:channel.${channel}`), time: clockText(sentAtMs ?? queuedAtMs) });
