import type { HistoryRetention } from '../../ports/history-retention.js';
import type { InfluxSettings } from './influx-server.js';

const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** One resolution of history and its bucket. */
export interface Level {
  readonly bucket: string;
  /** Width of what it keeps; 0: single samples. */
  readonly widthMs: number;
  /** Null: for ever. */
  readonly keptMs: number | null;
}

export interface Levels {
  readonly raw: Level;
  readonly minute: Level;
  readonly hour: Level;
  /** Positions and gaps, for ever. */
  readonly stateBucket: string;
}

export function levelsOf({ bucket }: Pick<InfluxSettings, 'bucket'>, retention: HistoryRetention): Levels {
  const keptMs = (days: number): number | null => (days === 0 ? null : days * DAY_MS);
  return {
    raw: { bucket, widthMs: 0, keptMs: keptMs(retention.rawDays) },
    minute: { bucket: `${bucket}_1m`, widthMs: MINUTE_MS, keptMs: keptMs(retention.minuteDays) },
    hour: { bucket: `${bucket}_1h`, widthMs: HOUR_MS, keptMs: keptMs(retention.hourDays) },
    stateBucket: `${bucket}_state`,
  };
}

export interface Piece {
  readonly level: Level;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Which level answers for which part of [fromMs, toMs), oldest first: the finest that still has it. A level answers from the first
 * whole hour that its retention leaves.
 * @param wallMs the server judges retention by the wall
 */
export function piecesOf({ raw, minute, hour }: Levels, fromMs: number, toMs: number, wallMs: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let endMs = toMs;
  for (const level of [raw, minute, hour]) {
    const startMs = level === hour ? fromMs : Math.max(fromMs, oldestOf(level, wallMs));
    if (startMs >= endMs) continue;
    pieces.unshift({ level, fromMs: startMs, toMs: endMs });
    endMs = startMs;
  }
  return pieces;
}

function oldestOf({ keptMs }: Level, wallMs: number): number {
  return keptMs === null ? 0 : Math.ceil((wallMs - keptMs) / HOUR_MS) * HOUR_MS;
}
