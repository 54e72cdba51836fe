import { Link } from '@tanstack/react-router';
import type { AlarmView } from '@vigil/contracts';
import { escalationEvents, isBeingTold, nextText } from '../../model/escalation-events.js';
import { shortText } from '../../model/alarm-text.js';
import { durationText } from '../../model/format.js';
import { secondText } from '../../model/time-words.js';
import type { Station } from '../../live/station.js';
import { useSignal, useStationIfAny } from '../../parts/hooks.js';
import { Section } from '../../parts/parts.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { Ticker } from '../../parts/ticker.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Alarms that people are being told of now: from the live channel, counted down to the server's deadlines. */
export function LiveEscalations({ careUnitId }: { careUnitId: string }) {
  const station = useStationIfAny();
  return (
    <Section title={t('onCall:liveTitle')}>
      {station === null || station.careUnitId !== careUnitId ? (
        <p className="state-note">{t('onCall:liveElsewhere')}</p>
      ) : (
        <OfStation station={station} />
      )}
    </Section>
  );
}

function OfStation({ station }: { station: Station }) {
  const alarms = useSignal(station.alarms);
  const { kind } = useSignal(station.picture);
  const told = alarms.filter(isBeingTold);
  return (
    <>
      {kind === 'live' ? null : (
        <p className="state-note trouble" role="alert">
          {t('onCall:liveNotLive')}
        </p>
      )}
      {told.length === 0 && kind === 'live' ? <p className="state-note">{t('onCall:noneLive')}</p> : null}
      <ul className="told-alarms">
        {told.map((alarm) => (
          <li key={alarm.alarmId}>
            <ToldAlarm alarm={alarm} wallMs={station.now()?.wallMs ?? Date.now()} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** One alarm: what comes next, and what has been, oldest first. */
export function ToldAlarm({ alarm, wallMs }: { alarm: AlarmView; wallMs: number }) {
  const { nextAtMs } = alarm.escalation;
  return (
    <article className="told-alarm" data-state={alarm.escalation.state}>
      <h3>
        <Shape name={shapeOf(alarm)} /> <bdi>{plainText(alarm.bedLabel)}</bdi>: {shortText(alarm)}
      </h3>
      <p className="told-next">
        <Ticker
          even
          text={(now) => nextText(alarm, durationText(nextAtMs === null ? 0 : Math.max(0, nextAtMs - (now?.wallMs ?? wallMs))))}
        />
      </p>
      <ol className="timeline">
        {escalationEvents(alarm, wallMs).map((event, at) => (
          <li key={at} data-kind={event.kind}>
            <time>{secondText(event.atMs)}</time> {event.text}
            {event.receipts.length > 0 ? (
              <span className="receipts">
                {event.receipts
                  .map(({ stage, atMs }) => t('onCall:stageAt', { stage: t(`onCall:stage_${stage}`), at: secondText(atMs) }))
                  .join(' → ')}
              </span>
            ) : null}
          </li>
        ))}
      </ol>
      <Link to="/a/$alarmId" params={{ alarmId: alarm.alarmId }} className="button">
        {t('onCall:openAlarm')}
        <span className="visually-hidden">: {plainText(alarm.bedLabel)}</span>
      </Link>
    </article>
  );
}
