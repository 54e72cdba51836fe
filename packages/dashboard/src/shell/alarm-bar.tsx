import { type AlarmView, PRIORITY_MARK } from '@vigil/contracts';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { countAlarms, needOf } from '../model/alarm-order.js';
import { alarmDurationText, kindText, responseText, shortText } from '../model/alarm-text.js';
import { clockText } from '../model/format.js';
import { useBarEnd } from '../parts/bar-end.js';
import { CommandButton, CommandNote, useShownSince } from '../parts/command-button.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { Shape, shapeOf } from '../parts/shape.js';
import { Ticker } from '../parts/ticker.js';
import { plainText } from '../words/plain-text.js';
import { t } from '../words/words.js';
import { BarTools } from './bar-tools.js';
import { WhoIsHere } from './user-menu.js';

interface AlarmBarProps {
  /** Set to a function that tells since when the bar shows its alarm. */
  readonly since: RefObject<() => number>;
  readonly onShowAlarm: (alarmId: string) => void;
  readonly onHelp: () => void;
  readonly onSecurity: () => void;
  readonly onScreen: () => void;
}

/** Counts, the most urgent alarm, and the proof that the picture is live. On every screen, never covered. */
export function AlarmBar({ since, onShowAlarm, onHelp, onSecurity, onScreen }: AlarmBarProps) {
  const station = useStation();
  const alarms = useSignal(station.alarms);
  const top = alarms[0];
  const bar = useRef<HTMLElement>(null);
  useBarEnd(bar);
  const shownSince = useShownSince(top?.alarmId);
  useEffect(() => {
    since.current = shownSince;
  });
  return (
    <header ref={bar} className="bar">
      <Counts alarms={alarms} />
      {top ? <TopAlarm key={top.alarmId} alarm={top} more={alarms.length - 1} onShow={onShowAlarm} /> : <Calm />}
      <Lamp />
      <BarTools />
      <WhoIsHere onHelp={onHelp} onSecurity={onSecurity} onScreen={onScreen} />
    </header>
  );
}

function Counts({ alarms }: { alarms: readonly AlarmView[] }) {
  const counts = countAlarms(alarms);
  return (
    <ul className="counts" aria-label={t('shell:countsLabel')}>
      {(['high', 'medium', 'low', 'technical'] as const).map((name) => (
        <li key={name} className={`count ${name}`} data-any={counts[name] > 0}>
          <Shape name={name} />
          <span>{counts[name]}</span>
          <span className="visually-hidden"> {t(`shell:${name}`)}</span>
        </li>
      ))}
    </ul>
  );
}

function TopAlarm({ alarm, more, onShow }: { alarm: AlarmView; more: number; onShow: (alarmId: string) => void }) {
  return (
    <div className="top-alarm" data-alarm-id={alarm.alarmId}>
      <button
        type="button"
        className="top-alarm-text alarm-fill"
        data-priority={alarm.priority}
        data-need={needOf(alarm)}
        onClick={() => onShow(alarm.alarmId)}
      >
        <span className="visually-hidden">{kindText(alarm)}: </span>
        <Shape name={shapeOf(alarm)} />
        <span className="mark">{PRIORITY_MARK[alarm.priority]}</span>
        <b>{plainText(alarm.bedLabel)}</b>
        <span className="top-alarm-what" dir="auto">
          {shortText(alarm)}
        </span>
        <Ticker className="top-alarm-age" text={(now) => alarmDurationText(alarm, now)} />
        {more > 0 ? <span className="more">+{more}</span> : null}
      </button>
      <span className="top-alarm-side">
        <Ticker className="top-alarm-response" text={(now) => responseText(alarm, now)} />
        <CommandNote alarm={alarm} />
      </span>
      <CommandButton command="accept" alarm={alarm} />
      <CommandButton command="acknowledge" alarm={alarm} brief />
    </div>
  );
}

function Calm() {
  const station = useStation();
  const { kind } = useSignal(station.picture);
  const { processing } = useSignal(station.health);
  const words = processing ? t('shell:noAlarms') : t('shell:alarmsMissing');
  return <div className="top-alarm calm">{kind === 'live' ? words : ''}</div>;
}

/** Moves only when a tick of the server has come; a socket that is merely open leaves it dark. */
function Lamp() {
  const station = useStation();
  const { kind } = useSignal(station.picture);
  const { rate } = useSignal(station.health);
  const [beat, setBeat] = useState(false);
  useEffect(() => {
    let seconds = -1;
    return station.painter.add((now) => {
      const next = now ? Math.floor(now.wallMs / 1000) : -1;
      if (next !== seconds) setBeat(next % 2 === 0);
      seconds = next;
    });
  }, [station]);
  return (
    <div className="lamp" data-kind={kind} data-testid="lamp">
      <span className="lamp-light" data-beat={beat} aria-hidden="true" />
      <span className="lamp-word">
        {kind === 'live' ? t('shell:live') : kind === 'lost' ? t('shell:lampNotLive') : t('shell:connecting')}
      </span>
      <Ticker className="lamp-clock" text={(now) => (now ? clockText(now.wallMs) : '--:--:--')} />
      {rate === 1 ? null : (
        <Ticker className="lamp-event" text={(now) => (now ? t('shell:dataTime', { time: clockText(now.eventMs) }) : '')} />
      )}
    </div>
  );
}
