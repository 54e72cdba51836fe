import { type AlarmView, PRIORITY_MARK } from '@vigil/contracts';
import { needOf } from '../../model/alarm-order.js';
import { alarmDurationText, shortText } from '../../model/alarm-text.js';
import { reporting, reportingText } from '../../model/bed-status.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { Ticker } from '../../parts/ticker.js';

const CHIPS_MAX = 6;

/** The active alarms by rank, apart from the grid, in which nothing moves. */
export function AttentionStrip({ alarms, onShow }: { alarms: readonly AlarmView[]; onShow: (alarmId: string) => void }) {
  const more = alarms.length - CHIPS_MAX;
  return (
    <section className="attention" aria-label="Attention">
      {alarms.length === 0 ? <NoAlarms className="no-alarms" /> : null}
      {alarms.slice(0, CHIPS_MAX).map((alarm) => (
        <button
          key={alarm.alarmId}
          type="button"
          className="chip"
          data-priority={alarm.priority}
          data-need={needOf(alarm)}
          data-alarm-id={alarm.alarmId}
          onClick={() => onShow(alarm.alarmId)}
        >
          <span className="chip-sign alarm-fill" data-priority={alarm.priority} data-need={needOf(alarm)}>
            <Shape name={shapeOf(alarm)} />
            <span className="mark">{PRIORITY_MARK[alarm.priority]}</span>
          </span>
          <b>{alarm.bedLabel}</b>
          <span className="chip-what">{shortText(alarm)}</span>
          <Ticker className="chip-age" text={(now) => alarmDurationText(alarm, now)} />
          {alarm.escalation.acceptedByName ? <span className="chip-by">✓ {alarm.escalation.acceptedByName}</span> : null}
        </button>
      ))}
      {more > 0 ? <span className="chip-more">+{more} more</span> : null}
    </section>
  );
}

/** Never an empty box: how many beds this silence speaks for, and which it does not. */
export function NoAlarms({ className }: { className: string }) {
  const station = useStation();
  const { processing } = useSignal(station.health);
  return (
    <p className={className}>
      <Ticker
        text={(now) => {
          const unit = station.readings();
          if (!now || !unit) return '';
          const known = processing ? 'No active alarms.' : 'No active alarm is known; some may be missing.';
          return `${known} ${reportingText(reporting(unit, now), now.wallMs)}`;
        }}
      />
    </p>
  );
}
