import type { ChartItem, DeviceMessage, LogEventOf, ScoreRule } from '@vigil/contracts';
import type { Holds, Remembered } from './answers.js';
import type { Said } from './measures.js';

interface Value {
  readonly input: string;
  /** As a chart shows it: whole numbers, tenths of a degree. */
  readonly value: number | string;
  readonly atMs: number;
  readonly untilMs: number;
  readonly isCharted: boolean;
}

/** What one part of the score adds: exactly that, or anything in between. */
interface Part {
  readonly min: number;
  readonly max: number;
}
export interface Estimate {
  readonly parts: readonly Part[];
  readonly min: number;
  readonly max: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** docs/clinical.md, "A part counts this long". */
const LASTS_MS: Readonly<Record<string, readonly [device: number, charted: number]>> = {
  heartRate: [5 * MINUTE_MS, HOUR_MS],
  pulseRate: [5 * MINUTE_MS, HOUR_MS],
  spo2: [5 * MINUTE_MS, HOUR_MS],
  respirationRate: [5 * MINUTE_MS, HOUR_MS],
  nibpSystolic: [HOUR_MS, HOUR_MS],
  temperature: [6 * HOUR_MS, 6 * HOUR_MS],
  consciousness: [12 * HOUR_MS, 12 * HOUR_MS],
  supplementalOxygen: [12 * HOUR_MS, 12 * HOUR_MS],
};

/** Points by the highest value that still scores them (RCP 2017, chart 1), typed apart from the engine's. */
const BANDS = {
  respirationRate: [8, 3, 11, 1, 20, 0, 24, 2, Infinity, 3],
  spo2: [91, 3, 93, 2, 95, 1, Infinity, 0],
  spo2Air: [83, 3, 85, 2, 87, 1, Infinity, 0],
  spo2Oxygen: [83, 3, 85, 2, 87, 1, 92, 0, 94, 1, 96, 2, Infinity, 3],
  systolic: [90, 3, 100, 2, 110, 1, 219, 0, Infinity, 3],
  pulse: [40, 3, 50, 1, 90, 0, 110, 1, 130, 2, Infinity, 3],
  temperature: [35, 3, 36, 1, 38, 0, 39, 1, Infinity, 2],
};
const pointsOf = (bands: readonly number[], value: number): number =>
  bands[bands.findIndex((edge, i) => i % 2 === 0 && value <= edge) + 1]!;
const exactly = (points: number): Part => ({ min: points, max: points });

function shown(input: string, value: number | string): number | string {
  if (typeof value === 'string') return value;
  const perUnit = input === 'temperature' ? 10 : 1;
  return Math.floor(value * perUnit + 0.5 + 1e-9) / perUnit;
}

/** All that devices and people have said of one stay that NEWS2 is made of, and the score as it was last worked out. */
export class News2 {
  private said: Value[] = [];
  private scale: 1 | 2 = 1;
  private isAdult = true;
  estimate: Estimate | null = null;
  charted: { readonly total: number; readonly isSingle: boolean; readonly atMs: number; readonly untilMs: number } | null = null;

  message({ readings, atMs }: DeviceMessage): void {
    for (const { metric, value, quality } of readings) {
      if (value !== null && (quality === 'valid' || quality === 'questionable')) this.say(metric, value, atMs, false);
    }
  }

  chart({ items, atMs, validated }: LogEventOf<'charted'>): void {
    const set = new News2();
    set.scale = this.scale;
    for (const each of [set, this]) for (const item of items) each.item(item, atMs);
    const alone = set.derive(atMs);
    if (!validated || alone.min !== alone.max || (this.charted !== null && atMs < this.charted.atMs)) return;
    const isSingle = alone.parts.some(({ min }) => min >= 3);
    const hours = alone.min >= 5 || isSingle ? 1 : alone.min === 0 ? 12 : 6;
    this.charted = { total: alone.min, isSingle, atMs, untilMs: atMs + hours * HOUR_MS };
  }

  setScale(scale: 1 | 2): void {
    this.scale = scale;
  }

  /** Works the estimate out; only adults have one, and only once anything was known of it. */
  settle(nowMs: number, isAdult: boolean): void {
    if (this.isAdult !== isAdult) this.estimate = null;
    this.isAdult = isAdult;
    if (!isAdult || (this.estimate === null && !this.isAnythingKnown(nowMs))) return;
    this.estimate = this.derive(nowMs);
  }

  private item(item: ChartItem, atMs: number): void {
    if (item.item === 'number') this.say(item.metric, item.value, atMs, true);
    else if (item.item !== 'code') this.say(item.item, item.value, atMs, true);
  }

  private say(input: string, value: number | string, atMs: number, isCharted: boolean): void {
    const lasts = LASTS_MS[input];
    if (lasts === undefined) return;
    this.said.push({ input, value: shown(input, value), atMs, untilMs: atMs + lasts[isCharted ? 1 : 0], isCharted });
  }

  /** The newest; of one moment, what a person charted last. */
  private newest(input: string, nowMs: number): Value | null {
    let newest: Value | null = null;
    for (const each of this.said) {
      if (each.input !== input) continue;
      if (newest === null || each.atMs > newest.atMs || (each.atMs === newest.atMs && each.isCharted)) newest = each;
    }
    return newest === null || nowMs >= newest.untilMs ? null : newest;
  }

  private isAnythingKnown(nowMs: number): boolean {
    return Object.keys(LASTS_MS).some((input) => this.newest(input, nowMs) !== null);
  }

  private derive(nowMs: number): Estimate {
    const banded = (known: Value | null, bands: readonly number[]): Part =>
      known === null ? { min: 0, max: 3 } : exactly(pointsOf(bands, known.value as number));
    const [heart, other] = [this.newest('heartRate', nowMs), this.newest('pulseRate', nowMs)];
    const isOther = heart === null || (other !== null && other.atMs - heart.atMs > MINUTE_MS);
    const oxygen = this.newest('supplementalOxygen', nowMs);
    const alert = this.newest('consciousness', nowMs);
    const parts = [
      banded(this.newest('respirationRate', nowMs), BANDS.respirationRate),
      this.saturation(this.newest('spo2', nowMs), oxygen),
      oxygen === null ? { min: 0, max: 2 } : exactly(oxygen.value === 'oxygen' ? 2 : 0),
      banded(this.newest('nibpSystolic', nowMs), BANDS.systolic),
      banded(isOther ? other : heart, BANDS.pulse),
      alert === null ? { min: 0, max: 3 } : exactly(alert.value === 'A' ? 0 : 3),
      banded(this.newest('temperature', nowMs), BANDS.temperature),
    ];
    const sum = (of: (part: Part) => number): number => parts.reduce((total, part) => total + of(part), 0);
    return { parts, min: sum(({ min }) => min), max: sum(({ max }) => max) };
  }

  /** On scale 2 it depends on the oxygen. */
  private saturation(known: Value | null, oxygen: Value | null): Part {
    if (known === null) return { min: 0, max: 3 };
    const value = known.value as number;
    if (this.scale === 1) return exactly(pointsOf(BANDS.spo2, value));
    const [air, more] = [pointsOf(BANDS.spo2Air, value), pointsOf(BANDS.spo2Oxygen, value)];
    if (oxygen !== null) return exactly(oxygen.value === 'air' ? air : more);
    return { min: air, max: more };
  }
}

/**
 * What a rule says of the score (docs/adr/0042): the least of an estimate is compared. Once it has held, a part that falls away
 * counts with the points that it had last, for the alarm and for its levels: nobody knows that they are over.
 */
export function scoreSays(rule: ScoreRule, memory: Remembered, score: News2, nowMs: number): Said {
  const isReached = (total: number, isSingle: boolean): boolean =>
    total >= rule.atLeast || (rule.singleParameter === true && isSingle);
  const say = (holds: Holds, value: number | null, withGone = 0): Said => ({
    ...{ holds, value },
    levels: (rule.levels ?? []).map(({ limit }) => {
      if (limit === undefined) return null;
      if (value === null) return holds === 'no' ? 'no' : 'unknown';
      const at = Math.max(limit, rule.atLeast);
      return value >= at ? 'yes' : withGone >= at ? 'unknown' : 'no';
    }),
  });
  if (rule.basis === 'charted') {
    const { charted } = score;
    if (charted === null || nowMs >= charted.untilMs) return say('unknown', null);
    return say(isReached(charted.total, charted.isSingle) ? 'yes' : 'no', charted.total);
  }
  const { estimate } = score;
  if (estimate === null) return say('unknown', null);
  const { parts, min, max } = estimate;
  const isReachedNow = isReached(
    min,
    parts.some((part) => part.min >= 3),
  );
  if (!isReachedNow && memory.lastPoints === undefined) {
    return say(isReached(max, max > min) ? 'unknown' : 'no', min);
  }
  const before = memory.lastPoints ?? [];
  const isKnown = ({ min: least, max: most }: Part): boolean => least === most;
  const last = parts.map((part, i) => (isKnown(part) ? part.min : (before[i] ?? null)));
  memory.lastPoints = last;
  const gone = parts.map((part, i) => (isKnown(part) ? 0 : (last[i] ?? 0)));
  const withGone = min + gone.reduce((total, points) => total + points, 0);
  if (isReachedNow) return say('yes', min, withGone);
  const isHeld = isReached(
    withGone,
    [...gone, ...parts.map((part) => part.min)].some((points) => points >= 3),
  );
  return say(isHeld ? 'unknown' : 'no', min, withGone);
}
