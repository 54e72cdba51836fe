/** Tiles are read best when they are about this much wider than high. */
const ASPECT = 1.45;
/** Any shape that scrolls is worse than any that does not. */
const SCROLLS = 10_000;
/** Lower than this a row scrolls instead; the style sheet's smallest row. Pixels. */
export const TILE_MIN_HEIGHT_PX = 190;
/** Narrower than this a tile cannot hold its numbers. Pixels. */
export const TILE_MIN_WIDTH_PX = 215;

/**
 * How many columns make `count` tiles largest in a pane without scrolling. Where they cannot all fit, as many columns
 * as a tile's width allows, so that least is out of sight; columns never scroll.
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
    const fits = height >= TILE_MIN_HEIGHT_PX;
    const score = fits ? Math.min(width / ASPECT, height) - (rows * columns - count) * 0.01 : columns - SCROLLS;
    if (score > best.score) best = { columns, score };
  }
  return best.columns;
}
