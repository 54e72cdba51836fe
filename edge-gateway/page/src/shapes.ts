import type { AlarmShown } from '../../src/watch/watch-view.js';

const PATHS = {
  high: 'M12 2 23 21.5H1Z',
  medium: 'M12 1 23 12 12 23 1 12Z',
  low: 'M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Z',
  technical:
    'M10.2 1h3.6l.6 3 2 .8L19 3.2 21.5 5.7 19.9 8.3l.8 2 3 .6v3.6l-3 .6-.8 2 1.6 2.6-2.5 2.5-2.6-1.6-2 .8-.6 3h-3.6l-.6-3-2-.8L5 21.8l-2.5-2.5 1.6-2.6-.8-2-3-.6v-3.6l3-.6.8-2L2.5 5.3 5 2.8l2.6 1.6 2-.8ZM12 8.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6Z',
} as const;

const SVG = 'http://www.w3.org/2000/svg';

/** The sign beside every alarm colour, so that colour is never alone; the same as on the dashboard. */
export function shape({ kind, priority }: Pick<AlarmShown, 'kind' | 'priority'>): Element {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'shape');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[kind === 'technical' ? 'technical' : priority]);
  path.setAttribute('fill', 'currentColor');
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}
