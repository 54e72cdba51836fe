import { type AlarmView, type BedId, type LimitsOffBoard, PRIORITY_MARK } from '@vigil/contracts';
import { needOf } from '../../model/alarm-order.js';
import { alarmDurationText, shortText } from '../../model/alarm-text.js';
import { reporting, reportingText } from '../../model/bed-status.js';
import { gatewayLoss, withoutEchoes } from '../../model/gateway-loss.js';
import type { UnitState } from '../../model/unit-state.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { Ticker } from '../../parts/ticker.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

const CHIPS_MAX = 6;

interface AttentionStripProps {
  readonly alarms: readonly AlarmView[];
  readonly onShow: (alarmId: string) => void;
}

/** The active alarms by rank, apart from the grid, in which nothing moves. A lost gateway is one chip with its beds. */
export function AttentionStrip({ alarms, onShow }: AttentionStripProps) {
  const unit = useSignal(useStation().unit);
  const loss = unit && gatewayLoss(unit, alarms);
  const causes = new Set(loss?.alarms.map(({ alarmId }) => alarmId));
  const chips = withoutEchoes(unit, alarms).filter(({ alarmId }) => !causes.has(alarmId));
  const room = CHIPS_MAX - (loss ? 1 : 0);
  const more = chips.length - room;
  const [cause] = loss?.alarms ?? [];
  return (
    <section className="attention" aria-label={t('beds:attention')} tabIndex={0}>
      {alarms.length === 0 ? <NoAlarms className="no-alarms" /> : null}
      {loss && cause ? (
        <button type="button" className="chip cause" data-alarm-id={cause.alarmId} onClick={() => onShow(cause.alarmId)}>
          <Sign alarm={cause} />
          <b>{t('beds:gatewayLost', { count: loss.gateways.length, gateways: loss.gateways.join(', ') })}</b>
          <span className="chip-what">
            {loss.count === 0
              ? t('beds:gatewayNoBeds')
              : t('beds:gatewayBeds', { count: loss.count, beds: loss.beds.join(', ') })}
          </span>
          <Ticker className="chip-age" text={(now) => alarmDurationText(cause, now)} />
        </button>
      ) : null}
      {chips.slice(0, room).map((alarm) => (
        <Chip key={alarm.alarmId} alarm={alarm} onShow={onShow} />
      ))}
      {more > 0 ? <span className="chip-more">{t('beds:moreAlarms', { count: more })}</span> : null}
    </section>
  );
}

function Chip({ alarm, onShow }: { alarm: AlarmView; onShow: (alarmId: string) => void }) {
  return (
    <button
      type="button"
      className="chip"
      data-priority={alarm.priority}
      data-need={needOf(alarm)}
      data-alarm-id={alarm.alarmId}
      onClick={() => onShow(alarm.alarmId)}
    >
      <Sign alarm={alarm} />
      <b>
        <bdi>{plainText(alarm.bedLabel)}</bdi>
      </b>
      <span className="chip-what" dir="auto">
        {shortText(alarm)}
      </span>
      <Ticker className="chip-age" text={(now) => alarmDurationText(alarm, now)} />
      {alarm.escalation.acceptedByName ? (
        <span className="chip-by">
          ✓ <bdi>{plainText(alarm.escalation.acceptedByName)}</bdi>
        </span>
      ) : null}
    </button>
  );
}

function Sign({ alarm }: { alarm: AlarmView }) {
  return (
    <span className="chip-sign alarm-fill" data-priority={alarm.priority} data-need={needOf(alarm)}>
      <Shape name={shapeOf(alarm)} />
      <span className="mark">{PRIORITY_MARK[alarm.priority]}</span>
    </span>
  );
}

/** Beds of which the patient is away: whoever lay there before, and was, is nobody's excuse. */
function awayIn(unit: UnitState, board: LimitsOffBoard | null): ReadonlySet<BedId> {
  const rows = (board?.rows ?? []).filter(({ kind }) => kind === 'standby');
  return new Set(unit.order.filter((id) => rows.some(({ bedId, encounterId }) => bedId === id && liesIn(unit, id, encounterId))));
}

const liesIn = (unit: UnitState, bedId: BedId, encounterId: string | null): boolean =>
  encounterId !== null && unit.beds.get(bedId)?.encounter?.encounterId === encounterId;

/** Never an empty box: how many beds this silence speaks for, and which it does not. */
export function NoAlarms({ className }: { className: string }) {
  const station = useStation();
  const { processing } = useSignal(station.health);
  const board = useSignal(station.feeds.limitsOff);
  return (
    <p className={className}>
      <Ticker
        text={(now) => {
          const unit = station.readings();
          if (!now || !unit) return '';
          const away = awayIn(unit, board);
          const known = t(processing ? 'beds:noAlarms' : 'beds:noAlarmKnown');
          return `${known} ${reportingText(reporting(unit, now, away), now.wallMs)}`;
        }}
      />
    </p>
  );
}
