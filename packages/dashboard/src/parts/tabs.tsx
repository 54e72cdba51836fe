import { type KeyboardEvent, type ReactNode, useId } from 'react';

interface TabsProps<T extends string> {
  readonly label: string;
  readonly className: string;
  readonly tabClassName: string;
  readonly tabs: readonly (readonly [T, string])[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
  readonly children: ReactNode;
}

/** Where a key leads in a row of tabs; null where it leads nowhere. Arrows go the way that one reads. */
export function tabAfter(key: string, at: number, count: number, isRightToLeft: boolean): number | null {
  const step = { ArrowRight: isRightToLeft ? -1 : 1, ArrowLeft: isRightToLeft ? 1 : -1 }[key];
  if (step !== undefined) return (at + step + count) % count;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : null;
}

/**
 * Tabs after the WAI-ARIA pattern, activated by Enter, space or a press, not by the arrows: a tab asks the server for something.
 * Of our own because the list of alarms is in the first file, and the library's are a tenth of it.
 */
export function Tabs<T extends string>({ label, className, tabClassName, tabs, value, onChoose, children }: TabsProps<T>) {
  const id = useId();
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
    const at = all.findIndex((each) => each === document.activeElement);
    const next = at < 0 ? null : tabAfter(event.key, at, all.length, document.documentElement.dir === 'rtl');
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    all[next]?.focus();
  };
  return (
    <>
      <div role="tablist" className={className} aria-label={label} onKeyDown={move}>
        {tabs.map(([each, name]) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            className={tabClassName}
            aria-selected={each === value}
            aria-controls={`${id}-pane`}
            data-state={each === value ? 'active' : 'inactive'}
            tabIndex={each === value ? 0 : -1}
            onClick={() => onChoose(each)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-pane`} aria-labelledby={`${id}-${value}`} tabIndex={-1} data-tab={value}>
        {children}
      </div>
    </>
  );
}
