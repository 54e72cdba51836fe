import type { Priority } from '@vigil/contracts';
import type uPlot from 'uplot';
import type { Hole, TimeSpan } from '../model/trend.js';

/** An alarm on the time axis. */
export interface TrendMark {
  readonly atMs: number;
  readonly priority: Priority;
  readonly label: string;
}

/** What limits were set for how long; null: none on that side. */
export interface LimitSpan extends TimeSpan {
  readonly low: number | null;
  readonly high: number | null;
}

export interface Underlay {
  readonly holes: readonly Hole[];
  readonly marks: readonly TrendMark[];
  readonly limits: readonly LimitSpan[];
  /** Times that count less: before the stay, or away from the monitor. What came then is drawn all the same. */
  readonly shades: readonly TimeSpan[];
}

/** A colour of the theme, read when it is drawn: themes change without a new chart. */
export const token = (element: Element, name: string): string => getComputedStyle(element).getPropertyValue(name).trim();

const HATCH_PX = 8;

/** Draws below the lines: times without values hatched, so that an empty place is never taken for a flat line. */
export function drawUnder(u: uPlot, { holes, limits, shades }: Underlay): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { fromMs, toMs } of shades) {
    const left = u.valToPos(Math.max(fromMs, u.scales['x']?.min ?? fromMs), 'x', true);
    ctx.fillStyle = token(u.root, '--raised');
    ctx.fillRect(left, bbox.top, u.valToPos(toMs, 'x', true) - left, bbox.height);
  }
  for (const hole of holes) {
    const left = u.valToPos(hole.fromMs, 'x', true);
    const width = Math.max(2 * devicePixelRatio, u.valToPos(hole.toMs, 'x', true) - left);
    hatch(u, left, width, hole.why === 'standby' ? '--line-strong' : '--muted');
  }
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeStyle = token(u.root, '--muted');
  for (const span of limits) {
    for (const limit of [span.low, span.high]) if (limit !== null) level(u, span, limit);
  }
  ctx.restore();
}

function level(u: uPlot, { fromMs, toMs }: TimeSpan, limit: number): void {
  const y = u.valToPos(limit, 'y', true);
  u.ctx.beginPath();
  u.ctx.moveTo(u.valToPos(fromMs, 'x', true), y);
  u.ctx.lineTo(u.valToPos(toMs, 'x', true), y);
  u.ctx.stroke();
}

function hatch(u: uPlot, left: number, width: number, colour: string): void {
  const { ctx, bbox } = u;
  const step = HATCH_PX * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = token(u.root, colour);
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  // On lines of the whole chart, so that neighbours do not clash.
  const first = Math.floor((left - bbox.height) / step) * step;
  for (let x = first; x < left + width; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

const SIZE_PX = 6;

/** Draws above the lines: alarms by shape and colour, at the upper edge. */
export function drawOver(u: uPlot, { marks }: Underlay): void {
  const { ctx, bbox } = u;
  const size = SIZE_PX * devicePixelRatio;
  ctx.save();
  for (const { atMs, priority } of marks) {
    const x = u.valToPos(atMs, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.fillStyle = token(u.root, `--${priority}`);
    ctx.strokeStyle = token(u.root, '--text');
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    shape(ctx, priority, [x, bbox.top + size + 2], size);
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

function shape(ctx: CanvasRenderingContext2D, priority: Priority, [x, y]: readonly [number, number], r: number): void {
  if (priority === 'low') return ctx.arc(x, y, r * 0.9, 0, 2 * Math.PI);
  const corners: readonly (readonly [number, number])[] =
    priority === 'high' ? [[0, -r], [r, r], [-r, r]] : [[0, -r], [r, 0], [0, r], [-r, 0]]; // prettier-ignore
  for (const [i, [dx, dy]] of corners.entries()) {
    if (i === 0) ctx.moveTo(x + dx, y + dy);
    else ctx.lineTo(x + dx, y + dy);
  }
  ctx.closePath();
}
