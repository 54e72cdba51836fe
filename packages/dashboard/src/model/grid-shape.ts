/** Tiles are read best when they are about this much wider than high. */
const ASPECT = 1.45;
/** Narrower than this a tile cannot hold its numbers. Pixels. */
export const TILE_MIN_WIDTH_PX = 215;

/**
 * How many columns make `count` tiles largest in a pane. Rows that do not fit scroll; columns never do.
 *
 * @param gapPx distance between tiles
 */
export function gridColumns(count: number, pane: { readonly widthPx: number; readonly heightPx: number }, gapPx: number): number {
  const most = Math.max(1, Math.min(count, Math.floor((pane.widthPx + gapPx) / (TILE_MIN_WIDTH_PX + gapPx))));
  let best = { columns: 1, score: -Infinity };
  for (let columns = 1; columns <= most; columns += 1) {
    const rows = Math.ceil(count / columns);
    const width = (pane.widthPx - gapPx * (columns - 1)) / columns;
    const height = (pane.heightPx - gapPx * (rows - 1)) / rows;
    const score = Math.min(width / ASPECT, height) - (rows * columns - count) * 0.01;
    if (score > best.score) best = { columns, score };
  }
  return best.columns;
}
