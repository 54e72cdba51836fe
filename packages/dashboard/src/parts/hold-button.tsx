import { type ReactNode, useEffect, useRef, useState } from 'react';
import { t } from '../words/words.js';

/** How long what does several things at once is held down (HZ-D3). Wall time. */
export const HOLD_MS = 800;

interface HoldButtonProps {
  readonly children: ReactNode;
  readonly onHeld: () => void;
  readonly busy?: boolean;
  readonly className?: string;
}

/**
 * Does what it says once it was held down for 800 ms, by finger, mouse, or with the space bar or Enter; let go, moved away or lost
 * focus before, it does nothing. What it takes is said beside it.
 */
export function HoldButton({ children, onHeld, busy = false, className = '' }: HoldButtonProps) {
  const [holding, setHolding] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  /** What holds: a mouse that goes elsewhere lets go of nothing that a key holds. */
  const by = useRef<'pointer' | 'key'>('pointer');
  const stop = (): void => {
    clearTimeout(timer.current);
    setHolding(false);
  };
  const start = (from: 'pointer' | 'key'): void => {
    if (busy || holding) return;
    by.current = from;
    setHolding(true);
    timer.current = setTimeout(() => {
      setHolding(false);
      onHeld();
    }, HOLD_MS);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <button
      type="button"
      className={`button hold ${className}`}
      data-holding={holding}
      aria-disabled={busy}
      aria-description={t('safety:holdDown')}
      onPointerDown={(event) => {
        if (event.button === 0) start('pointer');
      }}
      onPointerUp={stop}
      onPointerLeave={() => by.current === 'pointer' && stop()}
      onPointerCancel={stop}
      onBlur={stop}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={({ key, repeat }) => {
        if ((key === ' ' || key === 'Enter') && !repeat) start('key');
      }}
      onKeyUp={stop}
    >
      <span className="hold-words">
        <span data-shown={!holding}>{children}</span>
        <span data-shown={holding}>{t('safety:keepHolding')}</span>
      </span>
      <span className="hold-note">{t('safety:holdDown')}</span>
    </button>
  );
}
