import { type AlarmView, type BedId, PRIORITY_MARK } from '@vigil/contracts';
import { memo, type MouseEvent, useEffect, useRef } from 'react';
import { needOf } from '../../model/alarm-order.js';
import { alarmDurationText, kindText, responseText, shortText } from '../../model/alarm-text.js';
import { bedStatus, type BedStatus, originMark } from '../../model/bed-status.js';
import { CELL_SPECS } from '../../model/cell.js';
import { birthDateText } from '../../model/format.js';
import type { StandbyShown } from '../../model/standby.js';
import type { BedInfo } from '../../model/unit-state.js';
import { usePaint, useStation } from '../../parts/hooks.js';
import { Numeric } from './numeric.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { useSteadyState } from '../../parts/steady-state.js';
import { Ticker } from '../../parts/ticker.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { AdmitLink, StandbyMark, StatusNote } from './tile-notes.js';
import { TileScores } from './tile-scores.js';

interface TileProps {
  readonly bed: BedInfo;
  /** This bed's active alarms, ranked. */
  readonly alarms: readonly AlarmView[];
  /** The patient is away from the monitor. */
  readonly standby: StandbyShown | undefined;
  /** Whether Tab stops here; arrows reach the others. */
  readonly reachable: boolean;
  readonly onFocus: (bedId: BedId) => void;
  readonly onShow: (alarmId: string) => void;
  readonly onRecord: (bedId: string) => void;
}

/** One bed. Renders when the bed or its alarms change, not when a number does: those are painted. */
export const Tile = memo(function Tile({ bed, alarms, standby, reachable, onFocus, onShow, onRecord }: TileProps) {
  const top = alarms[0];
  const status = useBedStatus(bed);
  const isAway = standby !== undefined && status !== 'reporting' && status !== 'empty';
  const opened = (event: MouseEvent): void => {
    if (bed.encounter && !(event.target as Element).closest('button, a')) onRecord(bed.bedId);
  };
  return (
    <section
      className="tile"
      data-bed-id={bed.bedId}
      data-status={isAway ? 'standby' : status}
      data-priority={top?.priority}
      data-need={top ? needOf(top) : undefined}
      tabIndex={reachable ? 0 : -1}
      role="group"
      aria-label={tileLabel(bed, top)}
      onClick={opened}
      onFocus={() => onFocus(bed.bedId)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
        if (top) onShow(top.alarmId);
        else if (bed.encounter) onRecord(bed.bedId);
      }}
    >
      <TileHead bed={bed} standby={isAway ? undefined : standby} onRecord={onRecord} />
      <TileAlarm alarms={alarms} onShow={onShow} />
      {bed.encounter ? (
        <div className="tile-body">
          {CELL_SPECS.map((spec) => {
            const about = alarms.filter((alarm) => isAbout(spec.key, alarm));
            return <Numeric key={spec.key} spec={spec} bed={bed} alarm={about[0]} conflict={about.some(isConflict)} />;
          })}
          <StatusNote bed={bed} status={status} standby={isAway ? standby : undefined} />
        </div>
      ) : (
        <div className="tile-empty">
          <p>{top ? t('beds:nobodyAdmitted') : t('beds:nobody')}</p>
          <AdmitLink bedId={bed.bedId} />
        </div>
      )}
    </section>
  );
});

function tileLabel(bed: BedInfo, top: AlarmView | undefined): string {
  const said = { bed: bed.label, patient: bed.encounter?.displayName ?? t('beds:nobody') };
  return top ? t('beds:tileLabelAlarm', { ...said, kind: kindText(top), alarm: shortText(top) }) : t('beds:tileLabel', said);
}

interface TileHeadProps {
  readonly bed: BedInfo;
  readonly standby: StandbyShown | undefined;
  readonly onRecord: (bedId: string) => void;
}

function TileHead({ bed, standby, onRecord }: TileHeadProps) {
  const { encounter } = bed;
  const nurse = bed.nurses.find((n) => n.role === 'primary') ?? bed.nurses[0];
  return (
    <header className="tile-head">
      <b className="tile-bed">
        <bdi>{bed.label}</bdi>
      </b>
      {encounter ? (
        <span className="tile-patient">
          <button
            type="button"
            tabIndex={-1}
            className="tile-name"
            dir="auto"
            title={t('beds:openRecord')}
            onClick={() => onRecord(bed.bedId)}
          >
            {plainText(encounter.displayName)}
          </button>
          {encounter.ageUnknown ? (
            <span className="tile-age">{t('beds:ageUnknown')}</span>
          ) : (
            <span className="tile-birth" data-born={t('beds:bornBefore')}>
              <bdi>{birthDateText(encounter.birthDate)}</bdi>
            </span>
          )}
        </span>
      ) : null}
      <span className="tile-side">
        <OriginMark bed={bed} />
        <span className="tile-nurse" dir="auto">
          {nurse && encounter ? plainText(nurse.name) : ''}
        </span>
      </span>
      <TileScores bed={bed} />
      {standby ? <StandbyMark standby={standby} /> : null}
    </header>
  );
}

/** The most urgent alarm of the bed, and how many more there are. Its place is kept while there is none. */
function TileAlarm({ alarms, onShow }: { alarms: readonly AlarmView[]; onShow: (alarmId: string) => void }) {
  const top = alarms[0];
  if (!top) return <div className="tile-alarm none" />;
  return (
    <button
      type="button"
      tabIndex={-1}
      className="tile-alarm alarm-fill"
      data-priority={top.priority}
      data-need={needOf(top)}
      onClick={() => onShow(top.alarmId)}
    >
      <Shape name={shapeOf(top)} />
      <span className="mark">{PRIORITY_MARK[top.priority]}</span>
      <span className="tile-alarm-what" dir="auto">
        {shortText(top)}
      </span>
      {alarms.length > 1 ? <span className="more">{t('beds:moreOfBed', { count: alarms.length - 1 })}</span> : null}
      <Ticker className="tile-alarm-age" text={(now) => alarmDurationText(top, now)} />
      <Ticker className="tile-alarm-response" text={(now) => responseText(top, now, true)} />
    </button>
  );
}

function OriginMark({ bed }: { bed: BedInfo }) {
  const station = useStation();
  return (
    <Ticker className="tile-origin" even text={() => originMark(station.readings()?.readings.get(bed.bedId) ?? new Map())} />
  );
}

function useBedStatus(bed: BedInfo): BedStatus {
  const station = useStation();
  const [status, setStatus] = useSteadyState<BedStatus>(bed.encounter ? 'reporting' : 'empty');
  usePaint((now) => {
    if (now) setStatus(bedStatus(bed, station.readings()?.readings.get(bed.bedId) ?? new Map(), now));
  });
  const before = useRef(bed);
  useEffect(() => {
    if (before.current.encounter?.encounterId !== bed.encounter?.encounterId) setStatus(bed.encounter ? 'reporting' : 'empty');
    before.current = bed;
  }, [bed, setStatus]);
  return status;
}

const isConflict = ({ conditionCode, active }: AlarmView): boolean =>
  active && conditionCode.split('.').at(-1) === 'channelConflict';

function isAbout(cellKey: string, { metric }: AlarmView): boolean {
  return CELL_SPECS.some((spec) => spec.key === cellKey && spec.groups.some((g) => g.metrics.some((m) => m === metric)));
}
