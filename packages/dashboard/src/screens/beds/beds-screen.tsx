import { useNavigate, useSearch } from '@tanstack/react-router';
import { type CSSProperties, type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react';
import type { AlarmView, BedId } from '@vigil/contracts';
import { byBed } from '../../model/alarm-order.js';
import { bedOrder } from '../../model/bed-order.js';
import type { BedsSearch } from '../../model/beds-search.js';
import { later } from '../../parts/later.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { useIdentity } from '../../shell/identity.js';
import type { UnitState } from '../../model/unit-state.js';
import { t } from '../../words/words.js';
import { AttentionStrip } from './attention-strip.js';
import { BedsLoading } from './beds-loading.js';
import { FilterNote, WaitingNote } from './filter-note.js';
import { Tile } from './tile.js';
import { useGridShape } from './use-grid-shape.js';
import { useHeld, useHeldList } from './use-held.js';
import { useStandby } from './use-standby.js';
import { ViewMenu } from './view-menu.js';

const PrintList = later(async () => (await import('./print-list.js')).PrintList);

/** Every bed of the care unit, each in its place. Alarms never move a tile; the strip above ranks them. */
export function BedsScreen() {
  const station = useStation();
  const unit = useSignal(station.unit);
  if (!unit) return <BedsLoading />;
  if (unit.order.length === 0) return <p className="page-note">{t('beds:noBeds')}</p>;
  return <Ward unit={unit} />;
}

function Ward({ unit }: { unit: UnitState }) {
  const navigate = useNavigate();
  const onShow = useCallback((alarmId: string) => void navigate({ to: '/a/$alarmId', params: { alarmId } }), [navigate]);
  const search = useSearch({ from: '/' });
  const change = useCallback((next: BedsSearch) => void navigate({ to: '/', search: next }), [navigate]);
  const station = useStation();
  const { user } = useIdentity();
  const alarms = useSignal(station.alarms);
  const pane = useRef<HTMLDivElement>(null);
  const held = useHeld(pane);
  const staffId = user?.staffId ?? null;
  const { sort = 'fixed', show = 'all' } = search;
  const wanted = useMemo(
    () => bedOrder(unit, alarms, { sort, show, staffId, eventMs: station.liveNow()?.eventMs ?? null }),
    [unit, alarms, sort, show, staffId, station],
  );
  const { shown, waiting } = useHeldList(wanted.order, held, `${sort} ${show} ${staffId}`);
  const isWaiting = shown !== wanted.order && shown.some((id, i) => id !== wanted.order[i]);
  return (
    <div className="beds">
      <h1 className="visually-hidden">{t('beds:beds')}</h1>
      <div className="beds-top">
        <AttentionStrip alarms={alarms} onShow={onShow} />
        <WaitingNote waiting={waiting} isWaiting={isWaiting} />
        <ViewMenu search={search} onChange={change} mayBeMine={user !== null} />
      </div>
      <FilterNote show={show} wanted={wanted} onShowAll={() => change({ ...search, show: 'all' })} />
      <Grid pane={pane} unit={unit} alarms={alarms} order={shown} density={search.density} onShow={onShow} />
      <PrintList unit={unit} alarms={alarms} />
    </div>
  );
}

interface GridProps {
  readonly pane: React.RefObject<HTMLDivElement | null>;
  readonly unit: UnitState;
  readonly alarms: readonly AlarmView[];
  readonly order: readonly string[];
  readonly density: BedsSearch['density'];
  readonly onShow: (alarmId: string) => void;
}

function Grid({ pane, unit, alarms, order, density, onShow }: GridProps) {
  const navigate = useNavigate();
  const onRecord = useCallback((bedId: string) => void navigate({ to: '/b/$bedId', params: { bedId } }), [navigate]);
  const { kind } = useSignal(useStation().picture);
  const ofBed = useMemo(() => byBed(alarms), [alarms]);
  const standby = useStandby();
  const [focused, setFocused] = useState<BedId | null>(null);
  const shape = useGridShape(pane, order.length, density);
  const bedIds = order.filter((id): id is BedId => unit.beds.has(id as BedId));
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = stepOf(event.key, shape.columns);
    const from = bedIds.findIndex((id) => id === (event.target as HTMLElement).dataset['bedId']);
    if (step === 0 || from < 0) return;
    event.preventDefault();
    const next = bedIds[from + step];
    if (next) pane.current?.querySelector<HTMLElement>(`[data-bed-id="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <div
      ref={pane}
      className="grid"
      data-picture={kind}
      data-density={shape.density}
      data-testid="grid"
      role="group"
      aria-label={t('beds:beds')}
      style={{ '--columns': shape.columns, '--rows': Math.ceil(order.length / shape.columns) } as CSSProperties}
      onKeyDown={onKeyDown}
    >
      <div className="grid-tiles">
        {order.map((id, i) => {
          const bed = unit.beds.get(id as BedId);
          if (!bed) return <Gone key={id} />;
          return (
            <Tile
              key={id}
              bed={bed}
              alarms={ofBed.get(bed.bedId) ?? NONE}
              standby={standby.get(bed.bedId)}
              reachable={focused && bedIds.includes(focused) ? focused === bed.bedId : i === 0}
              onFocus={setFocused}
              onShow={onShow}
              onRecord={onRecord}
            />
          );
        })}
      </div>
    </div>
  );
}

const NONE: readonly never[] = [];

/** Arrows follow what is seen: where text runs from right to left, so do the beds. */
function stepOf(key: string, columns: number): number {
  const forward = document.documentElement.dir === 'rtl' ? -1 : 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -forward,
    ArrowRight: forward,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  return steps[key] ?? 0;
}

/** Its place stays while somebody points at the grid. */
function Gone() {
  return (
    <div className="tile" data-status="empty">
      <p className="tile-empty">{t('beds:gone')}</p>
    </div>
  );
}
