import type { AlarmView } from '@vigil/contracts';

const PATHS = {
  high: 'M12 2 23 21.5H1Z',
  medium: 'M12 1 23 12 12 23 1 12Z',
  low: 'M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Z',
  technical:
    'M10.2 1h3.6l.6 3 2 .8L19 3.2 21.5 5.7 19.9 8.300l.8 2 3 .6v3.600l-3 .6-.8 2 1.6 2.6-2.5 2.5-2.6-1.6-2 .8-.6 3h-3.600l-.6-3-2-.8L5 21.800l-2.5-2.5 1.6-2.6-.8-2-3-.6v-3.600l3-.6.8-2L2.5 5.3 5 2.800l2.6 1.6 2-.8ZM12 8.200a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.600Z',
} as const;

export type ShapeName = keyof typeof PATHS;

export function shapeOf({ kind, priority }: Pick<AlarmView, 'kind' | 'priority'>): ShapeName {
  return kind === 'technical' ? 'technical' : priority;
}

/** The sign that stands beside every alarm colour, so that colour is never alone (dashboard.md §1.3). */
export function Shape({ name }: { name: ShapeName }) {
  return (
    <svg className="shape" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}
