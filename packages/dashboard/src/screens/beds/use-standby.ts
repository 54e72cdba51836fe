import type { BedId } from '@vigil/contracts';
import { useMemo } from 'react';
import { standbyOf } from '../../live/beds-api.js';
import { standbyByBed, type StandbyShown } from '../../model/standby.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { useAsked } from '../../parts/asked.js';

/** Each request is an entry of the audit trail, so it is asked when the live board says that something is another. */
const ASK_EVERY_MS = 300_000;
const NOBODY: ReadonlyMap<BedId, StandbyShown> = new Map();

export function useStandby(): ReadonlyMap<BedId, StandbyShown> {
  const station = useStation();
  const unit = useSignal(station.unit);
  const board = useSignal(station.feeds.limitsOff);
  const said = board?.rows
    .filter(({ kind }) => kind === 'standby')
    .map(({ encounterId, sinceMs }) => `${encounterId} ${sinceMs}`);
  const key = ['standby', station.careUnitId, said?.join() ?? 'unknown'];
  const list = useAsked(key, () => standbyOf(station.careUnitId), ASK_EVERY_MS)?.items ?? null;
  return useMemo(() => (unit ? standbyByBed(list ?? [], board, unit) : NOBODY), [unit, board, list]);
}
