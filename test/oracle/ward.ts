import type { MetricName, RuleSet } from '@vigil/contracts';
import { type Dice, EPOCH_MS } from './dice.js';

export const UNITS: readonly string[] = ['icu', 'imc', 'ward'];

export interface Device {
  readonly deviceId: string;
  readonly bedId: string;
  readonly metrics: readonly MetricName[];
  readonly aheadMs: number;
  readonly everyS: number;
  bootId: string;
  seq: number;
  silentUntilS: number;
  /** Told with a name: a device may then be here at several times. Without channels it brings all that nobody names. */
  readonly isNamed: boolean;
  readonly channels: readonly MetricName[];
  spans: number;
  rev: number;
}

export interface Ward {
  readonly dice: Dice;
  readonly rate: number;
  readonly ruleSets: readonly [RuleSet, RuleSet];
  readonly beds: readonly [string, string];
  readonly devices: readonly Device[];
  /** Stays that were told of, by bed, newest last. */
  readonly stays: Map<string, string[]>;
}

export const timeMs = (atS: number, rate: number): number => EPOCH_MS + atS * 1_000 * rate;
export const base = (bedId: string, id: string, atMs: number): object => ({
  v: 1,
  id,
  key: `bed:${bedId}`,
  origin: 'test',
  atMs,
});

/** A time of the device at its bed; named ones have the number of the span and a revision. */
export function spanOf(device: Device, atMs: number, fromMs: number, toMs: number | null, more: object = {}): object {
  const { deviceId, bedId, isNamed, channels, spans, rev } = device;
  const name = { assignmentId: `${deviceId}-${spans}`, rev, ...(channels.length === 0 ? {} : { channels }) };
  return {
    ...base(bedId, `assign/${deviceId}/${spans}/${rev}`, atMs),
    ...{ kind: 'deviceAssigned', deviceId, bedId, fromMs, toMs, intervalsMs: {}, ...(isNamed ? name : {}), ...more },
  };
}

/** Mostly the one that was told of last. */
export function stayIn({ dice, stays }: Pick<Ward, 'dice' | 'stays'>, bedId: string): string {
  const known = stays.get(bedId)!;
  return dice.chance(0.7) ? known.at(-1)! : dice.of(known);
}
