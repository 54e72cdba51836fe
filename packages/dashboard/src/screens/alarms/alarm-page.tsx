import { Link, useParams } from '@tanstack/react-router';
import type { AlarmView } from '@vigil/contracts';
import { useEffect, useRef } from 'react';
import { alarmById } from '../../live/alarm-api.js';
import { needOf } from '../../model/alarm-order.js';
import { alarmDurationText, kindText, responseText, shortText } from '../../model/alarm-text.js';
import { newerOf } from '../../model/alarm-detail.js';
import { birthDateText } from '../../model/format.js';
import type { ReviewSearch } from '../../model/review.js';
import { CommandButton, CommandNote } from '../../parts/command-button.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { TroubleNote } from '../../parts/parts.js';
import { Ticker } from '../../parts/ticker.js';
import { lastOf, type Load, useLoad } from '../../parts/use-load.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { AcknowledgeLow } from './acknowledge-low.js';
import { AlarmFacts } from './alarm-facts.js';
import { AlarmHistory } from './alarm-history.js';
import { AlarmPeople } from './alarm-people.js';
import { AlarmMarks, AlarmSign } from './alarm-row.js';
import { AlarmStrip } from './alarm-strip.js';
import { AlarmWhy } from './alarm-why.js';
import { ExtraAnswers } from './extra-answers.js';
import { LabelButtons } from './label-buttons.js';
import { ShelfPanel } from './shelf-panel.js';
import { usePerson } from './use-person.js';
import '../../styles/alarm-page.css';

/** While no live alarm shows it, it is asked for this often. */
const AGAIN_MS = 5_000;
const AROUND_MS = 3_600_000;

export function AlarmPage() {
  const { alarmId } = useParams({ from: '/a/$alarmId' });
  return <OneAlarm key={alarmId} alarmId={alarmId} />;
}

/** The alarm as it is now: live where this unit has it open, else as the server answers. */
function useAlarm(alarmId: string): {
  readonly alarm: AlarmView | null;
  readonly load: Load<AlarmView>;
  readonly again: () => void;
} {
  const station = useStation();
  const live = useSignal(station.alarms).find((each) => each.alarmId === alarmId);
  const command = useSignal(station.commands.states).get(alarmId as AlarmView['alarmId'])?.kind;
  const { load, again } = useLoad(['alarm', alarmId], () => alarmById(alarmId), live ? {} : { everyMs: AGAIN_MS });
  const isLive = live !== undefined;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) again();
    first.current = false;
  }, [isLive, command, again]);
  return { alarm: newerOf(live, lastOf(load) ?? undefined), load, again };
}

function OneAlarm({ alarmId }: { alarmId: string }) {
  const { alarm, load, again } = useAlarm(alarmId);
  if (alarm === null) {
    return (
      <div className="alarm-page">
        <h1>{t('alarms:alarms')}</h1>
        {load.kind === 'failed' ? (
          load.trouble.code === 'not-found' || load.trouble.code === 'invalid-request' ? (
            <p className="quiet" role="alert">
              {t('alarm:noSuchAlarm')}
            </p>
          ) : (
            <TroubleNote trouble={load.trouble} again={again} />
          )
        ) : (
          <p className="state-note" role="status">
            {t('alarms:asking')}
          </p>
        )}
        <BackLink />
      </div>
    );
  }
  return <Shown alarm={alarm} isBehind={load.kind === 'failed'} again={again} />;
}

const BackLink = () => (
  <p className="no-print">
    <Link to="/alarms">{t('alarm:backToList')}</Link>
  </p>
);

function Shown({ alarm, isBehind, again }: { alarm: AlarmView; isBehind: boolean; again: () => void }) {
  const station = useStation();
  const box = useRef<HTMLElement>(null);
  /* Keys act on the alarm that has the focus: this one, while its page is shown. */
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const isOther = alarm.careUnitId !== station.careUnitId;
  return (
    <article ref={box} className="alarm-page" data-alarm-id={alarm.alarmId} tabIndex={-1} aria-labelledby="alarm-title">
      <BackLink />
      <Head alarm={alarm} isOther={isOther} />
      {isOther ? <p className="alarm-note">{t('alarm:otherUnit')}</p> : null}
      {alarm.questioned === undefined ? null : (
        <p className="alarm-note" role="alert">
          {t('alarm:questioned')}
        </p>
      )}
      {isBehind ? (
        <p className="alarm-note" role="alert">
          {t('alarm:behind')}{' '}
          <button type="button" className="button small" onClick={again}>
            {t('common:tryAgain')}
          </button>
        </p>
      ) : null}
      {alarm.bedId === null || isOther ? null : <AcknowledgeLow bedId={alarm.bedId} />}
      <div className="alarm-columns">
        <div>
          <AlarmFacts alarm={alarm} />
          {alarm.bedId === null ? null : <AlarmStrip alarm={alarm} />}
          <AlarmWhy alarm={alarm} />
        </div>
        <div>
          <LabelButtons alarm={alarm} />
          <AlarmPeople alarm={alarm} />
          <ShelfPanel alarm={alarm} />
          {alarm.bedId === null ? null : <AlarmHistory alarm={alarm} bedId={alarm.bedId} />}
        </div>
      </div>
    </article>
  );
}

function Head({ alarm, isOther }: { alarm: AlarmView; isOther: boolean }) {
  const need = needOf(alarm);
  return (
    <header className="alarm-head" data-priority={alarm.priority} data-need={need}>
      <AlarmSign alarm={alarm} need={need} />
      <div className="alarm-head-text">
        <h1 id="alarm-title">
          <span className="visually-hidden">{kindText(alarm)}: </span>
          {plainText(alarm.bedLabel)}{' '}
          <span className="alarm-short" dir="auto">
            {shortText(alarm)}
          </span>
        </h1>
        <p className="alarm-head-marks">
          <AlarmMarks alarm={alarm} need={need} />
        </p>
        <Who alarm={alarm} isOther={isOther} />
        <p className="alarm-head-now">
          <Ticker className="alarm-duration" text={(now) => alarmDurationText(alarm, now)} />
          <Ticker className="alarm-response" text={(now) => responseText(alarm, now)} />
        </p>
      </div>
      <div className="alarm-actions no-print">
        <CommandButton command="accept" alarm={alarm} />
        <CommandButton command="acknowledge" alarm={alarm} />
        <ExtraAnswers alarm={alarm} />
        <CommandNote alarm={alarm} />
        {alarm.bedId === null || isOther ? null : (
          <Link className="alarm-more" to="/b/$bedId" params={{ bedId: alarm.bedId }}>
            {t('alarm:toBed')}
          </Link>
        )}
        {alarm.bedId === null ? null : (
          <Link className="alarm-more" to="/b/$bedId/review" params={{ bedId: alarm.bedId }} search={aroundStart(alarm)}>
            {t('alarm:toHistory')}
          </Link>
        )}
      </div>
    </header>
  );
}

/** The hour around the beginning, with the cursor on it. */
const aroundStart = ({ onsetMs }: AlarmView): ReviewSearch => ({
  to: onsetMs + AROUND_MS / 2,
  span: AROUND_MS,
  cursor: onsetMs,
});

/** Name and birth date of whom the alarm is about, only while that stay is in the bed. */
function Who({ alarm, isOther }: { alarm: AlarmView; isOther: boolean }) {
  const person = usePerson(alarm, isOther);
  if (!person) return null;
  return (
    <p className="alarm-patient">
      <bdi>{plainText(person.displayName)}</bdi>
      {person.birthDate ? <span>, {t('alarm:born', { date: birthDateText(person.birthDate) })}</span> : null}
    </p>
  );
}
