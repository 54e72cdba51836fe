import { type AlarmView, type BedId, PRIORITY_MARK } from '@vigil/contracts';
import { memo, useEffect, useRef, useState } from 'react';
import { needOf } from '../../model/alarm-order.js';
import { alarmDurationText, kindText, responseText, shortText } from '../../model/alarm-text.js';
import { bedStatus, type BedStatus, newestAgeMs, originMark } from '../../model/bed-status.js';
import { CELL_SPECS } from '../../model/cell.js';
import { birthDateText, durationText } from '../../model/format.js';
import type { BedInfo } from '../../model/unit-state.js';
import { usePaint, useStation } from '../../parts/hooks.js';
import { Numeric } from './numeric.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import { Ticker } from '../../parts/ticker.js';
import { TileScores } from './tile-scores.js';

interface TileProps {
  readonly bed: BedInfo;
  /** This bed's active alarms, ranked. */
  readonly alarms: readonly AlarmView[];
  /** Whether Tab stops here; arrows reach the others. */
  readonly reachable: boolean;
  readonly onFocus: (bedId: BedId) => void;
  readonly onShow: (alarmId: string) => void;
  readonly onRecord: (bedId: string) => void;
}

/** One bed. Renders when the bed or its alarms change, not when a number does: those are painted. */
export const Tile = memo(function Tile({ bed, alarms, reachable, onFocus, onShow, onRecord }: TileProps) {
  const top = alarms[0];
  const status = useBedStatus(bed);
  const nurse = bed.nurses.find((n) => n.role === 'primary') ?? bed.nurses[0];
  return (
    <section
      className="tile"
      data-bed-id={bed.bedId}
      data-status={status}
      data-priority={top?.priority}
      data-need={top ? needOf(top) : undefined}
      tabIndex={reachable ? 0 : -1}
      role="group"
      aria-label={`${bed.label}, ${bed.encounter?.displayName ?? 'no patient'}${top ? `, ${kindText(top)} ${shortText(top)}` : ''}`}
      onFocus={() => onFocus(bed.bedId)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && top && event.target === event.currentTarget) onShow(top.alarmId);
      }}
    >
      <header className="tile-head">
        <b className="tile-bed">{bed.label}</b>
        {bed.encounter ? (
          <span className="tile-patient">
            <button
              type="button"
              tabIndex={-1}
              className="tile-name"
              title="Open the record (r)"
              onClick={() => onRecord(bed.bedId)}
            >
              {bed.encounter.displayName}
            </button>
            {bed.encounter.ageUnknown ? (
              <span className="tile-age">age not known: adult limits</span>
            ) : (
              <span className="tile-birth">{birthDateText(bed.encounter.birthDate)}</span>
            )}
          </span>
        ) : null}
        <span className="tile-side">
          <OriginMark bed={bed} />
          <span className="tile-nurse">{nurse && bed.encounter ? nurse.name : ''}</span>
        </span>
        <TileScores bed={bed} />
      </header>
      <TileAlarm alarms={alarms} onShow={onShow} />
      {bed.encounter ? (
        <div className="tile-body">
          {CELL_SPECS.map((spec) => (
            <Numeric key={spec.key} spec={spec} bed={bed} alarm={alarms.find((a) => isAbout(spec.key, a))} />
          ))}
          <StatusNote bed={bed} status={status} />
        </div>
      ) : (
        <p className="tile-empty">{top ? 'NO PATIENT ADMITTED – look who lies here' : 'no patient'}</p>
      )}
    </section>
  );
});

function TileAlarm({ alarms, onShow }: { alarms: readonly AlarmView[]; onShow: (alarmId: string) => void }) {
  const top = alarms[0];
  if (!top) return <div className="tile-alarm none" aria-hidden="true" />;
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
      <span className="tile-alarm-what">{shortText(top)}</span>
      {alarms.length > 1 ? <span className="more">+{alarms.length - 1}</span> : null}
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

const STATUS_WORDS: Partial<Record<BedStatus, string>> = {
  lost: 'NO DATA FROM BED',
  coverageLost: 'NO COVERAGE – another alarm says why',
  waiting: 'waiting for the first data',
};

function StatusNote({ bed, status }: { bed: BedInfo; status: BedStatus }) {
  const station = useStation();
  const words = STATUS_WORDS[status];
  if (!words) return null;
  return (
    <p className="tile-status">
      <b>{words}</b>
      <Ticker
        text={(now) => {
          const age = now && newestAgeMs(station.readings()?.readings.get(bed.bedId) ?? new Map(), now);
          return age === null ? '' : `last ${durationText(age)} ago`;
        }}
      />
    </p>
  );
}

function useBedStatus(bed: BedInfo): BedStatus {
  const station = useStation();
  const [status, setStatus] = useState<BedStatus>(bed.encounter ? 'reporting' : 'empty');
  usePaint((now) => {
    if (now) setStatus(bedStatus(bed, station.readings()?.readings.get(bed.bedId) ?? new Map(), now));
  });
  const before = useRef(bed);
  useEffect(() => {
    if (before.current.encounter?.encounterId !== bed.encounter?.encounterId) setStatus(bed.encounter ? 'reporting' : 'empty');
    before.current = bed;
  }, [bed]);
  return status;
}

function isAbout(cellKey: string, { metric }: AlarmView): boolean {
  return CELL_SPECS.some((spec) => spec.key === cellKey && spec.groups.some((g) => g.metrics.some((m) => m === metric)));
}
