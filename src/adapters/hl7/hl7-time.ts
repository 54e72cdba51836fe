/** HL7 v2 time stamp: YYYY[MM[DD[HH[MM[SS[.SSSS]]]]]][+/-ZZZZ]. */
const STAMP = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(?:(\d{2})(?:\.(\d{1,4}))?)?)?([+-]\d{4})?$/;
const DAY_MS = 86_400_000;

/**
 * Event time of a time stamp, to the minute or finer. Null for what is coarser or no time, and for a local time that happened twice or
 * never when the clocks changed: which of the two is meant, nobody can say. @param timeZone of stamps without an offset
 */
export function momentOf(stamp: string, timeZone: string): number | null {
  const parts = STAMP.exec(stamp.trim());
  if (parts === null || parts[4] === undefined) return null;
  const [, year, month, day, hour, minute, second = '00', fraction = '0', offset] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const asUtcMs = Date.parse(iso);
  // `Date.parse` takes 24:00 and the 31st of a shorter month for the next day.
  if (Number.isNaN(asUtcMs) || new Date(asUtcMs).toISOString() !== iso) return null;
  if (offset !== undefined) return atOffset(asUtcMs, offset);
  const candidates = [asUtcMs - DAY_MS, asUtcMs + DAY_MS].map((aroundMs) => asUtcMs - offsetMs(aroundMs, timeZone));
  const real = new Set(candidates.filter((candidate) => candidate + offsetMs(candidate, timeZone) === asUtcMs));
  return real.size === 1 ? [...real][0]! : null;
}

/** Day of birth as `YYYY-MM-DD`; null for what is coarser or no day. */
export function dayOf(stamp: string): string | null {
  const parts = /^(\d{4})(\d{2})(\d{2})/.exec(stamp.trim());
  if (parts === null) return null;
  const day = `${parts[1]}-${parts[2]}-${parts[3]}`;
  const ms = Date.parse(`${day}T00:00:00.000Z`);
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(day) ? null : day;
}

function atOffset(asUtcMs: number, offset: string): number | null {
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3))];
  if (hours > 14 || minutes > 59) return null;
  return asUtcMs - (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** How far the clocks of the zone are ahead of UTC at that moment. */
function offsetMs(atMs: number, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(atMs);
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((each) => each.type === type)!.value);
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - Math.floor(atMs / 1_000) * 1_000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** One for each zone; a platform has one zone. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = 'numeric' as const;
  const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', { ...fields, timeZone, hourCycle: 'h23' });
  formats.set(timeZone, format);
  return format;
}
