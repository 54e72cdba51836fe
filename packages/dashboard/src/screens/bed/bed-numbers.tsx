import { Link } from '@tanstack/react-router';
import type { AlarmView } from '@vigil/contracts';
import { CELL_SPECS, type CellSpec } from '../../model/cell.js';
import { metricLabel } from '../../model/condition-words.js';
import type { BedInfo } from '../../model/unit-state.js';
import { t } from '../../words/words.js';
import { Numeric } from '../beds/numeric.js';

/** The numbers of a tile, and those for which a tile has no room. */
const SPECS: readonly CellSpec[] = [
  ...CELL_SPECS,
  { key: 'co2', groups: [{ label: 'etCO₂', metrics: ['etco2'] }] },
  { key: 'o2', groups: [{ label: 'O₂', metrics: ['oxygenFlow'] }] },
];

const isConflict = ({ conditionCode, active }: AlarmView): boolean =>
  active && conditionCode.split('.').at(-1) === 'channelConflict';

/** What is measured now, large, with its limits. Where two devices claim a number, that is said in its place. */
export function BedNumbers({
  bed,
  alarms,
  measured,
}: {
  bed: BedInfo;
  alarms: readonly AlarmView[];
  measured: ReadonlySet<string>;
}) {
  const conflicts = alarms.filter(isConflict);
  const specs = SPECS.filter(({ key, groups }) =>
    key !== 'co2' && key !== 'o2' ? true : groups.some((g) => g.metrics.some((m) => measured.has(m))),
  );
  return (
    <section className="bed-numbers" aria-label={t('bed:now')}>
      {conflicts.map((alarm) => (
        <p key={alarm.alarmId} className="bed-conflict alarm-fill" data-priority="high" data-need="seen" role="alert">
          <b>{t('bed:conflict', { what: alarm.metric ? metricLabel(alarm.metric) : '' })}</b>{' '}
          <Link className="button small" to="/b/$bedId/stay" params={{ bedId: bed.bedId }} search={{ do: 'device' }}>
            {t('bed:conflictDevices')}
          </Link>
        </p>
      ))}
      <div className="bed-grid">
        {specs.map((spec) => {
          const about = alarms.filter(({ metric }) => spec.groups.some((g) => g.metrics.some((m) => m === metric)));
          return <Numeric key={spec.key} spec={spec} bed={bed} alarm={about[0]} conflict={about.some(isConflict)} />;
        })}
      </div>
    </section>
  );
}
