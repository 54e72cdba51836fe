import { type RefObject, useLayoutEffect } from 'react';
import { type Density, type GridShape, gridShape } from '../../model/grid-shape.js';
import { useSteadyState } from '../../parts/steady-state.js';

const GAP_PX = 8;
const isSameShape = (a: GridShape, b: GridShape): boolean => a.density === b.density && a.columns === b.columns;

/**
 * Columns and density by how many beds there are and how much room; a person's choice of density holds. The room itself is written
 * to the pane as `--room`, past React: a banner that comes or goes is followed within the same frame.
 */
export function useGridShape(pane: RefObject<HTMLDivElement | null>, count: number, wanted: Density | undefined): GridShape {
  const [shape, setShape] = useSteadyState<GridShape>({ density: wanted ?? 'middle', columns: 4, fits: true }, isSameShape);
  useLayoutEffect(() => {
    const element = pane.current;
    if (!element) return undefined;
    const fit = (): void => {
      /* The space that the grid could have, not the one it takes: content that scrolls must not feed back. */
      const heightPx = Math.max(0, innerHeight - element.getBoundingClientRect().top - scrollY - GAP_PX);
      element.style.setProperty('--room', `${heightPx}px`);
      setShape(gridShape(count, { widthPx: element.clientWidth, heightPx }, GAP_PX, wanted));
    };
    fit();
    const observer = new ResizeObserver(fit);
    // What stands above the grid pushes the page beyond the window when it comes, and leaves room to the parents when it goes.
    for (const each of [element, element.closest('main'), document.body]) if (each) observer.observe(each);
    addEventListener('resize', fit);
    // Whatever else moves the grid without a change of any size: nothing tells of it.
    const timer = setInterval(fit, 1_000);
    return () => {
      clearInterval(timer);
      observer.disconnect();
      removeEventListener('resize', fit);
    };
  }, [pane, count, wanted, setShape]);
  return shape;
}
