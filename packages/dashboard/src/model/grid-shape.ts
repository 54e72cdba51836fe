/** Tiles are read best when they are about this much wider than high. */
const ASPECT = 1.45;
/** Any shape that scrolls is worse than any that does not. */
const SCROLLS = 10_000;

/** How much a tile says: `roomy` for up to 16 beds on a desk's screen, `middle` for 32, `dense` for 64. */
export const DENSITIES = ['roomy', 'middle', 'dense'] as const;
export type Density = (typeof DENSITIES)[number];

/** Smaller than this a tile of that density cannot hold its numbers; lower, a row scrolls instead. The same as in grid.css. Pixels. */
export const TILE_MIN = {
  roomy: { widthPx: 330, heightPx: 260 },
  middle: { widthPx: 215, heightPx: 190 },
  dense: { widthPx: 200, heightPx: 98 },
} as const satisfies Record<Density, { readonly widthPx: number; readonly heightPx: number }>;

export interface Pane {
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface GridShape {
  readonly density: Density;
  readonly columns: number;
  readonly fits: boolean;
}

/**
 * The roomiest density at which all beds are in sight, and its columns. Where none holds them all, the densest, so that
 * least is out of sight; on a phone, where everything scrolls anyway, tiles that can be read at arm's length.
 *
 * @param wanted chosen by a person for this screen
 */
export function gridShape(count: number, pane: Pane, gapPx: number, wanted?: Density): GridShape {
  const shapes = (wanted ? [wanted] : DENSITIES).map((density) => ({ density, ...columnsFor(count, pane, gapPx, density) }));
  const isNarrow = pane.widthPx < 2 * TILE_MIN.roomy.widthPx;
  const last = isNarrow ? shapes.find(({ density }) => density === 'middle') : shapes.at(-1);
  return shapes.find(({ fits }) => fits) ?? last ?? { density: 'middle', columns: 1, fits: false };
}

/** How many columns make `count` tiles largest in a pane without scrolling. */
function columnsFor(count: number, pane: Pane, gapPx: number, density: Density): { columns: number; fits: boolean } {
  const { widthPx, heightPx } = TILE_MIN[density];
  const most = Math.max(1, Math.min(count, Math.floor((pane.widthPx + gapPx) / (widthPx + gapPx))));
  let best = { columns: 1, fits: false, score: -Infinity };
  for (let columns = 1; columns <= most; columns += 1) {
    const rows = Math.ceil(count / columns);
    const width = (pane.widthPx - gapPx * (columns - 1)) / columns;
    const height = (pane.heightPx - gapPx * (rows - 1)) / rows;
    const fits = height >= heightPx && width >= widthPx;
    const score = fits ? Math.min(width / ASPECT, height) - (rows * columns - count) * 0.01 : columns - SCROLLS;
    if (score > best.score) best = { columns, fits, score };
  }
  return { columns: best.columns, fits: best.fits };
}
