import type { AlarmView } from '@vigil/contracts';
import { Link } from '@tanstack/react-router';
import { isActive } from '../model/alarm-order.js';
import { kindText, shortText } from '../model/alarm-text.js';
import { clockText } from '../model/format.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { Shape, shapeOf } from '../parts/shape.js';
import { t } from '../words/words.js';

/** More are counted. */
const SHOWN_MAX = 6;

/** What came about while this screen could not tell (HZ-D5). Beside the alarms, never in place of them. */
export function AwayPanel() {
  const { absence } = useStation();
  const away = useSignal(absence.away);
  if (!away) return null;
  const said = [
    ...(away.arose.length > 0 ? [t('safety:awayArose', { count: away.arose.length })] : []),
    ...(away.rose.length > 0 ? [t('safety:awayRose', { count: away.rose.length })] : []),
    ...(away.ended.length > 0 ? [t('safety:awayEnded', { count: away.ended.length })] : []),
  ];
  const listed = [...away.arose, ...away.rose];
  return (
    <section className="banner away" role="status" aria-label={t('safety:awayTitle', times(away))}>
      <b>{t('safety:awayTitle', times(away))}:</b> <span>{said.join(', ')}</span>
      <ul>
        {listed.slice(0, SHOWN_MAX).map((alarm) => (
          <li key={alarm.alarmId}>
            <AwayAlarm alarm={alarm} />
          </li>
        ))}
      </ul>
      {listed.length > SHOWN_MAX ? <span>{t('safety:awayMore', { count: listed.length - SHOWN_MAX })}</span> : null}
      <button type="button" className="button" onClick={() => absence.away.set(null)}>
        {t('safety:dismiss')}
      </button>
    </section>
  );
}

const times = ({ fromWallMs, toWallMs }: { fromWallMs: number; toWallMs: number }): { from: string; to: string } => ({
  from: clockText(fromWallMs),
  to: clockText(toWallMs),
});

function AwayAlarm({ alarm }: { alarm: AlarmView }) {
  return (
    <Link to="/a/$alarmId" params={{ alarmId: alarm.alarmId }} className="away-alarm">
      <span className="visually-hidden">{kindText(alarm)}: </span>
      <Shape name={shapeOf(alarm)} />
      <bdi>{alarm.bedLabel}</bdi> {shortText(alarm)}
      {isActive(alarm) ? null : <i> ({t('safety:awayOver')})</i>}
    </Link>
  );
}
