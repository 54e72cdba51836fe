import { type AlarmView, type PageView, PRIORITY_MARK } from '@vigil/contracts';
import { needOf } from '../../model/alarm-order.js';
import { alarmDurationText, evidenceText, kindText, responseText, shortText } from '../../model/alarm-text.js';
import { clockText } from '../../model/format.js';
import { CommandButton, CommandNote } from '../../parts/command-button.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { Ticker } from '../../parts/ticker.js';

/** @param over the alarm has ended while the list is held still */
export function AlarmRow({ alarm, over }: { alarm: AlarmView; over: boolean }) {
  const station = useStation();
  const unit = useSignal(station.unit);
  const patient = alarm.bedId ? unit?.beds.get(alarm.bedId)?.encounter : null;
  const isSame = patient?.encounterId === alarm.encounterId;
  const need = over ? 'over' : needOf(alarm);
  return (
    <li className="alarm-row" data-alarm-id={alarm.alarmId} data-priority={alarm.priority} data-need={need} tabIndex={0}>
      <div className="alarm-sign alarm-fill" data-priority={alarm.priority} data-need={need}>
        <Shape name={shapeOf(alarm)} />
        <span className="mark">{PRIORITY_MARK[alarm.priority]}</span>
        <span className="visually-hidden">{kindText(alarm)}</span>
      </div>
      <div className="alarm-what">
        <p className="alarm-title">
          <b>{alarm.bedLabel}</b> <span className="alarm-short">{shortText(alarm)}</span>
          {alarm.origin === 'live' ? null : <span className="origin">{alarm.origin === 'simulated' ? 'SIM' : 'TEST'}</span>}
          {need === 'latched' || need === 'over' ? <span className="alarm-over">over</span> : null}
        </p>
        {patient && isSame ? <p className="alarm-patient">{patient.displayName}</p> : null}
        <p className="alarm-text">{alarm.text}</p>
        <p className="alarm-evidence">{evidenceText(alarm)}</p>
      </div>
      <div className="alarm-times">
        <Ticker className="alarm-duration" text={(now) => alarmDurationText(alarm, now)} />
        <span className="alarm-onset">since {clockText(alarm.onsetMs)}</span>
        {alarm.endedAtMs === null ? null : <span className="alarm-onset">ended {clockText(alarm.endedAtMs)}</span>}
      </div>
      <div className="alarm-people">
        <Ticker className="alarm-response" text={(now) => responseText(alarm, now)} />
        {alarm.escalation.acceptedAtMs === null ? null : <span>accepted {clockText(alarm.escalation.acceptedAtMs)}</span>}
        {alarm.acknowledgedByName ? <span>seen by {alarm.acknowledgedByName}</span> : null}
        <Ladder pages={alarm.escalation.pages} />
      </div>
      <div className="alarm-actions">
        {over ? null : (
          <>
            <CommandButton command="accept" alarm={alarm} />
            <CommandButton command="acknowledge" alarm={alarm} />
          </>
        )}
        <CommandNote alarm={alarm} />
      </div>
    </li>
  );
}

const PAGE_SIGN: Record<PageView['state'], string> = { queued: '…', sent: '→', failed: '✕' };
const CHANNEL_WORD: Record<PageView['channel'], string> = {
  ...{ smtp: 'mail', webhook: 'webhook', webPush: 'push', sms: 'text', voice: 'call' },
  canary: 'canary',
};

/** Who was told, by which channel, and what became of it. Shown for information; it steers nothing (D12). */
function Ladder({ pages }: { pages: readonly PageView[] }) {
  if (pages.length === 0) return null;
  return (
    <ul className="ladder" aria-label="Pages">
      {pages.map((page) => (
        <li key={page.pageId} data-state={page.state}>
          <span aria-hidden="true">{PAGE_SIGN[page.state]}</span> {page.staffName}, {CHANNEL_WORD[page.channel]},{' '}
          {page.state === 'failed' ? 'FAILED' : page.state} {clockText(page.sentAtMs ?? page.queuedAtMs)}
        </li>
      ))}
    </ul>
  );
}
