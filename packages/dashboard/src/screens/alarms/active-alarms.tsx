import type { AlarmView } from '@vigil/contracts';
import { useEffect, useRef, useState } from 'react';
import { heldList } from '../../model/held-list.js';
import { AlarmRow } from './alarm-row.js';
import { NoAlarms } from '../beds/attention-strip.js';
import { useSignal, useStation } from '../../parts/hooks.js';

/** The list of active alarms. While a mouse is in it nothing is inserted or moved under the finger. */
export function ActiveAlarms({ wanted }: { wanted: string | null }) {
  const station = useStation();
  const alarms = useSignal(station.alarms);
  const [held, setHeld] = useState(false);
  const shown = useRef<readonly string[]>([]);
  const known = useRef<ReadonlyMap<string, AlarmView>>(new Map());
  const list = useRef<HTMLOListElement>(null);

  const { shown: ids, waiting } = heldList(
    shown.current,
    alarms.map((a) => a.alarmId),
    held,
  );
  shown.current = ids;
  known.current = new Map([
    ...[...known.current].filter(([id]) => ids.includes(id)),
    ...alarms.map((a) => [a.alarmId, a] as const),
  ]);
  const rows = ids.flatMap((id) => known.current.get(id) ?? []);
  const active = new Set(alarms.map((a) => a.alarmId));

  const wantedIsThere = wanted !== null && ids.includes(wanted);
  useEffect(() => {
    if (wantedIsThere) list.current?.querySelector<HTMLElement>(`[data-alarm-id="${wanted}"]`)?.focus({ preventScroll: false });
  }, [wanted, wantedIsThere]);

  return (
    <div
      className="active-alarms"
      onPointerEnter={(event) => setHeld(event.pointerType === 'mouse')}
      onPointerLeave={() => setHeld(false)}
    >
      <button type="button" className="new-alarms" hidden={waiting === 0} onClick={() => setHeld(false)}>
        {waiting} new ▲
      </button>
      {rows.length === 0 ? <NoAlarms className="quiet" /> : null}
      <ol ref={list} className="alarm-list" aria-label="Active alarms">
        {rows.map((alarm) => (
          <AlarmRow key={alarm.alarmId} alarm={alarm} over={!active.has(alarm.alarmId)} />
        ))}
      </ol>
    </div>
  );
}
