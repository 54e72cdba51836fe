import { language } from '../words/words.js';
import { display } from './display.js';

/** Dates and times as the language of the screen writes them, on the clock of the site. */
const format = (options: Intl.DateTimeFormatOptions) => {
  let made: { readonly key: string; readonly format: Intl.DateTimeFormat } | null = null;
  return (ms: number): string => {
    const [tag, clock] = [language(), display.get().clock];
    const key = `${tag} ${clock}`;
    const hourCycle = clock === '12h' ? 'h12' : 'h23';
    if (made?.key !== key)
      made = { key, format: new Intl.DateTimeFormat(tag, { numberingSystem: 'latn', hourCycle, ...options }) };
    return made.format.format(ms);
  };
};

/** `13:47`. */
export const minuteText = format({ hour: '2-digit', minute: '2-digit' });
/** `13:47:10`. */
export const secondText = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
/** `21 Nov`. */
export const dayText = format({ day: '2-digit', month: 'short' });
/** `21 Nov, 13:47`. */
export const dayMinuteText = format({ day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit' });
/** `21 Nov 2026, 13:47:10`. */
export const momentText = format({
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `Europe/Berlin`, for what is printed. */
export const timeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

const DAY_MS = 86_400_000;

/** Both on one day of the clock on the wall. */
export const isOneDay = (fromMs: number, toMs: number): boolean => dayText(fromMs) === dayText(toMs - 1);

/** As short as the span allows without doubt about the day. */
export function atText(ms: number, spanMs: number): string {
  return spanMs > DAY_MS / 2 ? dayMinuteText(ms) : secondText(ms);
}

/** The step of an axis or bucket in words of the language: `1 min`, `15 sec`. */
export function stepText(ms: number): string {
  const [value, unit] =
    ms >= 3_600_000 ? [ms / 3_600_000, 'hour'] : ms >= 60_000 ? [ms / 60_000, 'minute'] : [ms / 1_000, 'second'];
  return new Intl.NumberFormat(language(), {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(value as number);
}
