import { type RefObject, useEffect, useRef } from 'react';
import { useStation } from './hooks.js';

/** Less than this is the same place, in CSS pixels. */
const MOVED_PX = 2;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly atMs: number;
}

function placeOf(element: Element | null, before: Place | null): Place | null {
  if (!element) return null;
  const { left: x, top: y } = element.getBoundingClientRect();
  const moved = !before || Math.abs(x - before.x) > MOVED_PX || Math.abs(y - before.y) > MOVED_PX;
  return moved ? { x, y, atMs: performance.now() } : before;
}

/**
 * Since when an element has stood where it stands on the screen, on the monotonic clock (HZ-D8). Looked at with each paint and
 * when it is asked, so that what has just moved under a finger is known to have moved.
 */
export function useStillSince(ref: RefObject<Element | null>): () => number {
  const { painter } = useStation();
  const place = useRef<Place | null>(null);
  useEffect(() => {
    const look = (): void => {
      place.current = placeOf(ref.current, place.current);
    };
    look();
    return painter.addMeasure(look);
  }, [painter, ref]);
  return () => {
    place.current = placeOf(ref.current, place.current);
    return place.current?.atMs ?? performance.now();
  };
}
