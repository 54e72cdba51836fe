import { InvalidArgumentError } from 'commander';

const MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
type Entries<U> = readonly (readonly [U, number])[];

/** Reads `7d`, `12h`, `30m` or `90s` as milliseconds. */
export function durationOf(text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (match === null) throw new InvalidArgumentError('a duration is a number and s, m, h or d, e.g. 7d');
  return Number(match[1]) * MS[match[2] as keyof typeof MS];
}

/** Reads `10GiB`, `512MiB` or a number of bytes; `none` is no limit. */
export function bytesOf(text: string): number | null {
  if (text === 'none') return null;
  const match = /^(\d{1,15})(KiB|MiB|GiB|TiB)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('a size is a number and KiB, MiB, GiB or TiB, e.g. 10GiB, or none');
  return Number(match[1]) * (match[2] === undefined ? 1 : BYTES[match[2] as keyof typeof BYTES]);
}

/** Reads a number of throughput units. */
export function unitsOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1000) return Number(text);
  throw new InvalidArgumentError('throughput units are a number from 1 to 1000');
}

/** For people: the largest unit that divides it. */
export function durationText(ms: number): string {
  const units = (Object.entries(MS) as Entries<string>).toReversed();
  const [unit, size] = units.find(([, one]) => ms % one === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** For people: three digits. */
export function bytesText(bytes: number): string {
  const units = (Object.entries(BYTES) as Entries<string>).toReversed();
  const [unit, size] = units.find(([, one]) => bytes >= one) ?? ['B', 1];
  return `${Number((bytes / size).toPrecision(3))} ${unit}`;
}
