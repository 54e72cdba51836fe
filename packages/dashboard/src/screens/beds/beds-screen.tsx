import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { BedId } from '@vigil/contracts';
import { byBed } from '../../model/alarm-order.js';
import { gridColumns } from '../../model/grid-shape.js';
import { AttentionStrip } from './attention-strip.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { Tile } from './tile.js';

const GAP_PX = 8;
const SLOW_MS = 2_000;
const FAILED_MS = 8_000;

/** Every bed of the care unit, each in its place. Alarms never move a tile; the strip above ranks them. */
export function BedsScreen() {
  const navigate = useNavigate();
  const onShowAlarm = useCallback((alarmId: string) => void navigate({ to: '/a/$alarmId', params: { alarmId } }), [navigate]);
  const onShowRecord = useCallback((bedId: string) => void navigate({ to: '/b/$bedId', params: { bedId } }), [navigate]);
  const station = useStation();
  const unit = useSignal(station.unit);
  const alarms = useSignal(station.alarms);
  const { kind } = useSignal(station.picture);
  const ofBed = useMemo(() => byBed(alarms), [alarms]);
  const pane = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<BedId | null>(null);
  const count = unit?.order.length ?? 0;
  const columns = useColumns(pane, count);

  if (!unit) return <Loading />;
  if (count === 0) return <p className="page-note">This care unit has no beds yet. An administrator adds them.</p>;
  const move = (from: BedId, step: number): void => {
    const next = unit.order[unit.order.indexOf(from) + step];
    if (next) pane.current?.querySelector<HTMLElement>(`[data-bed-id="${next}"]`)?.focus();
  };
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  return (
    <div className="beds">
      <h1 className="visually-hidden">Beds</h1>
      <AttentionStrip alarms={alarms} onShow={onShowAlarm} />
      <div
        ref={pane}
        className="grid"
        data-picture={kind}
        data-testid="grid"
        role="group"
        aria-label="Beds"
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
        onKeyDown={(event) => {
          const step = steps[event.key];
          const bedId = unit.order.find((id) => id === (event.target as HTMLElement).dataset['bedId']);
          if (step === undefined || !bedId) return;
          event.preventDefault();
          move(bedId, step);
        }}
      >
        {unit.order.map((bedId, i) => {
          const bed = unit.beds.get(bedId);
          const isFirst = focused && unit.beds.has(focused) ? focused === bedId : i === 0;
          return bed ? (
            <Tile
              key={bedId}
              bed={bed}
              alarms={ofBed.get(bedId) ?? NONE}
              reachable={isFirst}
              onFocus={setFocused}
              onShow={onShowAlarm}
              onRecord={onShowRecord}
            />
          ) : null;
        })}
      </div>
    </div>
  );
}

const NONE: readonly never[] = [];

function useColumns(pane: React.RefObject<HTMLDivElement | null>, count: number): number {
  const [columns, setColumns] = useState(4);
  useLayoutEffect(() => {
    const element = pane.current;
    if (!element) return undefined;
    const fit = (): void => {
      /* The space that the grid could have, not the one it takes: content that scrolls must not feed back. */
      const heightPx = Math.max(0, innerHeight - element.getBoundingClientRect().top - scrollY - GAP_PX);
      setColumns(gridColumns(count, { widthPx: element.clientWidth, heightPx }, GAP_PX));
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    addEventListener('resize', fit);
    return () => {
      observer.disconnect();
      removeEventListener('resize', fit);
    };
  }, [pane, count]);
  return columns;
}

/** The final layout without a number. Says after 2 s that it takes long, and after 8 s what to do. */
function Loading() {
  const station = useStation();
  const refusal = useSignal(station.refusal);
  const [waitedMs, setWaitedMs] = useState(0);
  useEffect(() => {
    const timers = [SLOW_MS, FAILED_MS].map((ms) => setTimeout(() => setWaitedMs(ms), ms));
    return () => timers.forEach(clearTimeout);
  }, []);
  if (refusal === 'forbidden')
    return <p className="page-note">This care unit is not yours. Ask the charge nurse to assign you to it.</p>;
  if (refusal === 'invalid') return <p className="page-note">The server is of another version than this page. Load it again.</p>;
  if (refusal) return <p className="page-note">The server does not know this care unit. Tell an administrator.</p>;
  return (
    <div className="beds" aria-busy="true">
      <div className="grid skeleton" aria-hidden="true">
        {Array.from({ length: 8 }, (_, i) => (
          <div key={i} className="tile" />
        ))}
      </div>
      <div className="loading-note" role="status">
        {waitedMs >= FAILED_MS ? (
          <>
            <b>No data from the server.</b> Watch the bedside monitors.{' '}
            <button type="button" className="button" onClick={() => location.reload()}>
              Try again
            </button>
          </>
        ) : waitedMs >= SLOW_MS ? (
          'Loading beds…'
        ) : null}
      </div>
    </div>
  );
}
