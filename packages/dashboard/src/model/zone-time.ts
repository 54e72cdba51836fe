import { language } from '../words/words.js';

/** Times on the clock of one time zone, which need not be that of the screen: a schedule has its own. */

const DAY_MS = 86_400_000;
const two = (n: number): string => String(n).padStart(2, '0');

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${tag} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(tag, { numberingSystem: 'latn', ...options });
  formats.set(key, format);
  return format;
}

/** What the clock shows there, as if it were UTC. */
function wallOf(ms: number, timeZone: string): number {
  const parts = formatOf('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(ms);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/** `2026-03-29`. */
export function localDate(ms: number, timeZone: string): string {
  return new Date(wallOf(ms, timeZone)).toISOString().slice(0, 10);
}

/** `07:00`, for an input. */
export function localTime(ms: number, timeZone: string): string {
  const wall = new Date(wallOf(ms, timeZone));
  return `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}`;
}

/** A local time that happens twice is its first; one that a change of the clock skips is as much after the change. */
export function atLocal(date: string, time: string, timeZone: string): number {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((ms) => wallOf(ms, timeZone) - ms);
  const found = offsets.map((offset) => wanted - offset).filter((ms) => wallOf(ms, timeZone) === wanted);
  return found.length > 0 ? Math.min(...found) : wanted - offsets[0]!;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The Monday of the week (ISO 8601) in which a day lies. */
export function mondayOf(date: string): string {
  const weekday = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(date, -weekday);
}

export interface LocalDay {
  readonly date: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** 23 or 25 where the clock changes. */
  readonly hours: number;
}

/** Days on the clock there, from the beginning of `date` on. */
export function localDays(date: string, count: number, timeZone: string): readonly LocalDay[] {
  return Array.from({ length: count }, (_, i) => {
    const day = addDays(date, i);
    const [fromMs, toMs] = [atLocal(day, '00:00', timeZone), atLocal(addDays(day, 1), '00:00', timeZone)];
    return { date: day, fromMs, toMs, hours: (toMs - fromMs) / 3_600_000 };
  });
}

const tag = (): string => language() ?? 'en-GB';

/** `Thu`. */
export const weekdayIn = (ms: number, timeZone: string): string => formatOf(tag(), { timeZone, weekday: 'short' }).format(ms);
/** `26 Mar`. */
export const dayIn = (ms: number, timeZone: string): string =>
  formatOf(tag(), { timeZone, day: 'numeric', month: 'short' }).format(ms);
/** `07:00`. */
export const minuteIn = (ms: number, timeZone: string): string =>
  formatOf(tag(), { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' }).format(ms);
/** As `minuteIn`, of an end: midnight is 24:00 of the day that it ends. */
export const endIn = (ms: number, timeZone: string): string =>
  localTime(ms, timeZone) === '00:00' ? '24:00' : minuteIn(ms, timeZone);

/** `Thu 26 Mar 02:00–04:00`; the end names its day where it is another one. The end of a day is 24:00 of it, as people say it. */
export function spanIn({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }, timeZone: string): string {
  const begin = `${weekdayIn(fromMs, timeZone)} ${dayIn(fromMs, timeZone)} ${minuteIn(fromMs, timeZone)}`;
  const from = localDate(fromMs, timeZone);
  if (localDate(toMs, timeZone) === from) return `${begin}–${minuteIn(toMs, timeZone)}`;
  if (localDate(toMs - 1, timeZone) === from && localTime(toMs, timeZone) === '00:00') return `${begin}–24:00`;
  return `${begin} – ${weekdayIn(toMs, timeZone)} ${dayIn(toMs, timeZone)} ${minuteIn(toMs, timeZone)}`;
}
