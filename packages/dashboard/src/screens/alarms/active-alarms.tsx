import type { AlarmView } from '@vigil/contracts';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type AlarmSearch, isShown, type Me } from '../../model/alarm-filter.js';
import { heldList } from '../../model/held-list.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { NoAlarms } from '../beds/attention-strip.js';
import { AcknowledgeLow } from './acknowledge-low.js';
import { AlarmFilter } from './alarm-filter.js';
import { AlarmRow } from './alarm-row.js';

/** Who looks, and at which beds of the unit that person is a nurse; null while nobody is signed in. */
export function useMe(): Me | null {
  const { user } = useIdentity();
  const unit = useSignal(useStation().unit);
  const staffId = user?.staffId;
  return useMemo(() => {
    if (staffId === undefined) return null;
    const beds = [...(unit?.beds.values() ?? [])].filter(({ nurses }) => nurses.some((nurse) => nurse.staffId === staffId));
    return { staffId, bedIds: new Set(beds.map(({ bedId }) => bedId)) };
  }, [staffId, unit]);
}

/**
 * The list of active alarms. While a mouse or the focus is in it nothing is inserted or moved under the finger; what came is counted.
 * What the view leaves out is said loudly.
 */
export function ActiveAlarms({ search }: { search: AlarmSearch }) {
  const station = useStation();
  const me = useMe();
  const all = useSignal(station.alarms);
  const alarms = all.filter((alarm) => isShown(alarm, search, me));
  const hold = useHold();
  const shown = useRef<readonly string[]>([]);
  const known = useRef<ReadonlyMap<string, AlarmView>>(new Map());

  const view = JSON.stringify(search);
  const lastView = useRef(view);
  const isOther = lastView.current !== view;
  lastView.current = view;

  const { shown: ids, waiting } = heldList(
    shown.current,
    alarms.map((a) => a.alarmId),
    hold.held && !isOther,
  );
  shown.current = ids;
  known.current = new Map([
    ...[...known.current].filter(([id]) => ids.includes(id)),
    ...all.filter(({ alarmId }) => ids.includes(alarmId)).map((a) => [a.alarmId, a] as const),
  ]);
  const rows = ids.flatMap((id) => known.current.get(id) ?? []);
  const active = new Set(all.map((a) => a.alarmId));
  return (
    <div className="active-alarms" {...hold.props}>
      <AlarmFilter search={search} alarms={all} hidden={all.length - alarms.length} />
      {search.bed === undefined ? null : <AcknowledgeLow key={search.bed} bedId={search.bed} />}
      <button type="button" className="new-alarms" hidden={waiting === 0} onClick={hold.release}>
        {t('alarms:newAlarms', { count: waiting })}
      </button>
      {rows.length === 0 ? <Empty search={search} isAll={all.length === 0} /> : null}
      <ol className="alarm-list" aria-label={t('alarms:activeAlarms')}>
        {rows.map((alarm) => (
          <AlarmRow key={alarm.alarmId} alarm={alarm} over={!active.has(alarm.alarmId)} />
        ))}
      </ol>
    </div>
  );
}

/** Never an empty box: what this silence speaks for. */
function Empty({ search, isAll }: { search: AlarmSearch; isAll: boolean }) {
  if (isAll) return <NoAlarms className="quiet" />;
  if (search.show === 'mine') return <p className="quiet">{t('alarms:noneMine')}</p>;
  return <p className="quiet">{search.show === 'technical' ? t('alarms:noneTechnical') : t('alarms:noneMatch')}</p>;
}

/** Held while a mouse is in the list, or the focus of a keyboard on one of its rows. */
function useHold() {
  const [held, setHeld] = useState({ pointer: false, focus: false });
  const release = useCallback(() => setHeld({ pointer: false, focus: false }), []);
  /* A focus that its row has taken along when it went holds nothing any more. */
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (held.focus && !box.current?.contains(document.activeElement)) setHeld((now) => ({ ...now, focus: false }));
  });
  const props = {
    ref: box,
    onPointerEnter: (event: React.PointerEvent) => setHeld((now) => ({ ...now, pointer: event.pointerType === 'mouse' })),
    onPointerLeave: () => setHeld((now) => ({ ...now, pointer: false })),
    onFocus: (event: React.FocusEvent<HTMLElement>) => {
      const isRow = event.target.closest('.alarm-row') !== null && event.target.matches(':focus-visible');
      if (isRow) setHeld((now) => ({ ...now, focus: true }));
    },
    onBlur: (event: React.FocusEvent<HTMLElement>) => {
      if (!event.currentTarget.contains(event.relatedTarget)) setHeld((now) => ({ ...now, focus: false }));
    },
  };
  return { held: held.pointer || held.focus, release, props };
}
