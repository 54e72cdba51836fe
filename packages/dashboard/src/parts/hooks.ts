import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import type { Paint } from '../live/painter.js';
import type { Station } from '../live/station.js';
import type { Signal } from '../model/signal.js';

const StationContext = createContext<Station | null>(null);
export const StationProvider = StationContext.Provider;

/** @throws TypeError outside a station's screens: a mistake in this program */
export function useStation(): Station {
  const station = useContext(StationContext);
  if (!station) throw new TypeError('useStation outside StationProvider');
  return station;
}

/** The station, where the screen around has one. */
export const useStationIfAny = (): Station | null => useContext(StationContext);

export function useSignal<T>(signal: Signal<T>): T {
  return useSyncExternalStore(signal.subscribe, signal.get);
}

/** Runs `paint` four times a second and on every delta, past React. The newest closure is the one that runs. */
export function usePaint(paint: Paint): void {
  const { painter } = useStation();
  const newest = useRef(paint);
  useEffect(() => {
    newest.current = paint;
    painter.soon();
  });
  useEffect(() => painter.add((now) => newest.current(now)), [painter]);
}
