import { type AlarmView, metricRow } from '@vigil/contracts';
import type { Station } from '../../live/station.js';
import { birthDateText, clockText, unitText, valueText } from '../../model/format.js';
import { metricLabel } from '../../model/condition-words.js';
import type { BedInfo, UnitState } from '../../model/unit-state.js';
import { useSignal, useStationIfAny } from '../../parts/hooks.js';
import { Table, whenText } from '../../parts/parts.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { SystemFrame } from './system-frame.js';

/** The last known picture of the care unit with its times, to print and go round with. In the memory of this page alone. */
export function DowntimeScreen() {
  const station = useStationIfAny();
  return (
    <SystemFrame title={t('system:downtime')}>
      <p className="no-print">{t('system:downtimeWhat')}</p>
      {station === null ? <p className="state-note">{t('system:downtimeOffice')}</p> : <OfStation station={station} />}
    </SystemFrame>
  );
}

function OfStation({ station }: { station: Station }) {
  const { kind } = useSignal(station.picture);
  // Beds and who lies there; the values beside them are read when this is drawn, and no more painted after the picture is lost.
  useSignal(station.unit);
  const alarms = useSignal(station.alarms);
  const unit = station.readings();
  if (unit === null) return <p className="state-note trouble">{t('system:downtimeNothing')}</p>;
  return <Board unit={unit} alarms={alarms} live={kind === 'live'} asOfMs={station.now()?.wallMs ?? null} />;
}

export function Board(props: {
  readonly unit: UnitState;
  readonly alarms: readonly AlarmView[];
  readonly live: boolean;
  readonly asOfMs: number | null;
}) {
  const { unit, alarms, live, asOfMs } = props;
  const head = [t('system:colBed'), t('system:colPatient'), t('system:colAlarms'), t('system:colValues'), t('system:colNow')];
  return (
    <div className="downtime">
      <p className={live ? 'state-note' : 'state-note trouble'} role={live ? 'status' : 'alert'}>
        {live ? t('system:downtimeLive') : t('system:downtimeLost')}
      </p>
      <p>
        <b>{t('system:downtimeAsOf', { when: asOfMs === null ? '–' : whenText(asOfMs), unit: unit.label })}</b>{' '}
        <button type="button" className="button no-print" onClick={() => print()}>
          {t('system:print')}
        </button>
      </p>
      <Table label={t('system:downtime')} head={head}>
        {unit.order.map((bedId) => {
          const bed = unit.beds.get(bedId);
          if (bed === undefined) return null;
          const open = alarms.filter((alarm) => alarm.bedId === bedId && alarm.active);
          return (
            <tr key={bedId}>
              <th scope="row">
                <bdi>{plainText(bed.label)}</bdi>
              </th>
              <td>{who(bed)}</td>
              <td>
                {open.length === 0 ? t('system:noAlarms') : open.map((alarm) => <AlarmLine key={alarm.alarmId} alarm={alarm} />)}
              </td>
              <td>{values(unit, bed)}</td>
              <td className="by-hand" />
            </tr>
          );
        })}
      </Table>
    </div>
  );
}

function who({ encounter }: BedInfo) {
  if (encounter === null) return t('system:bedEmpty');
  return (
    <>
      <b>
        <bdi>{plainText(encounter.displayName)}</bdi>
      </b>
      <span className="detail">{t('system:born', { date: birthDateText(encounter.birthDate) })}</span>
    </>
  );
}

const AlarmLine = ({ alarm }: { alarm: AlarmView }) => (
  <span className="downtime-alarm">
    <bdi>{plainText(alarm.text)}</bdi> {clockText(alarm.onsetMs)}
  </span>
);

/** Small on purpose, each with its time: nothing here is current. */
function values(unit: UnitState, bed: BedInfo) {
  const readings = [...(unit.readings.get(bed.bedId)?.values() ?? [])].filter(({ value }) => value !== null);
  if (bed.encounter === null || readings.length === 0) return t('system:noValues');
  return readings.map(({ metric, value, atMs }) => (
    <span key={metric} className="detail">
      {t('system:valueAt', {
        ...{ label: metricLabel(metric), value: valueText(metric, value) },
        ...{ unit: unitText(metricRow(metric).unit), time: clockText(atMs) },
      })}
    </span>
  ));
}
