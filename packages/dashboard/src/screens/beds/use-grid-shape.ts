import { type RefObject, useLayoutEffect, useState } from 'react';
import { type Density, type GridShape, gridShape } from '../../model/grid-shape.js';

const GAP_PX = 8;

/** Columns and density by how many beds there are and how much room; a person's choice of density holds. */
export function useGridShape(pane: RefObject<HTMLDivElement | null>, count: number, wanted: Density | undefined): GridShape {
  const [shape, setShape] = useState<GridShape>({ density: wanted ?? 'middle', columns: 4, fits: true });
  useLayoutEffect(() => {
    const element = pane.current;
    if (!element) return undefined;
    const fit = (): void => {
      /* The space that the grid could have, not the one it takes: content that scrolls must not feed back. */
      const heightPx = Math.max(0, innerHeight - element.getBoundingClientRect().top - scrollY - GAP_PX);
      const next = gridShape(count, { widthPx: element.clientWidth, heightPx }, GAP_PX, wanted);
      setShape((now) => (now.density === next.density && now.columns === next.columns ? now : next));
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    addEventListener('resize', fit);
    // A banner above moves the grid without a change of its size: nothing else tells of it.
    const timer = setInterval(fit, 1_000);
    return () => {
      clearInterval(timer);
      observer.disconnect();
      removeEventListener('resize', fit);
    };
  }, [pane, count, wanted]);
  return shape;
}
