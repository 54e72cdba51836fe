import { useRef } from 'react';
import type { Now } from '../model/server-clock.js';
import { usePaint, useStation } from './hooks.js';

/** A text that changes by the second: an age, a countdown, a clock. `even` also runs while the picture is not live. */
export function Ticker({ text, className, even }: { text: (now: Now | null) => string; className?: string; even?: boolean }) {
  const ref = useRef<HTMLSpanElement>(null);
  const station = useStation();
  usePaint((now) => {
    const next = text(even ? station.now() : now);
    if (ref.current && ref.current.textContent !== next) ref.current.textContent = next;
  });
  return <span ref={ref} className={className} />;
}
