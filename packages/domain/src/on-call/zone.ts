const DAY_MS = 86_400_000;
const ZONES_MAX = 100;
const DAYS_MAX = 2_000;

/** What the clocks of a zone show for a stretch of time: from each `fromMs` on, local time is UTC plus `offsetMs`. */
export interface ZoneSpans {
  readonly fromMs: number;
  readonly toMs: number;
  /** In order; the first begins at `fromMs`. */
  readonly spans: readonly { readonly fromMs: number; readonly offsetMs: number }[];
}

interface KnownZone {
  readonly format: Intl.DateTimeFormat;
  /** Offsets at the beginning of days of UTC. */
  readonly byDay: Map<number, number>;
}

/** What has been asked of zones before; bounded, and dropped whole when it is full. */
const known = new Map<string, KnownZone>();

/**
 * The changes of the clock in `[fromMs, toMs)`. One day of UTC knows one change at most; there has been no other since 1970.
 *
 * @param zone an IANA name that the runtime knows (`TimeZoneName`)
 */
export function zoneSpans(zone: string, fromMs: number, toMs: number): ZoneSpans {
  const ofZone = zoneOf(zone);
  const startMs = Math.floor(fromMs / DAY_MS) * DAY_MS;
  const spans = [{ fromMs: startMs, offsetMs: offsetOfDay(ofZone, startMs) }];
  for (let atMs = startMs; atMs < toMs; atMs += DAY_MS) {
    const before = offsetOfDay(ofZone, atMs);
    const after = offsetOfDay(ofZone, atMs + DAY_MS);
    if (before !== after) spans.push({ fromMs: changeBetween(ofZone, atMs, atMs + DAY_MS), offsetMs: after });
  }
  return { fromMs: startMs, toMs, spans };
}

/**
 * The first instant at which the clocks show this local time or a later one: of a local time that happens twice its first, of one
 * that is skipped the change of the clock. Before the spans it is their beginning, after them their end.
 *
 * @param localMs a local date and time, written as if it were UTC
 */
export function instantOf({ spans, toMs }: ZoneSpans, localMs: number): number {
  for (const [i, { fromMs, offsetMs }] of spans.entries()) {
    const atMs = Math.max(fromMs, localMs - offsetMs);
    if (atMs < (spans[i + 1]?.fromMs ?? toMs)) return atMs;
  }
  return toMs;
}

function zoneOf(zone: string): KnownZone {
  const found = known.get(zone);
  if (found !== undefined) return found;
  if (known.size >= ZONES_MAX) known.clear();
  const digits = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, calendar: 'gregory', hourCycle: 'h23', ...digits });
  const made: KnownZone = { format, byDay: new Map() };
  known.set(zone, made);
  return made;
}

function offsetOfDay(zone: KnownZone, dayMs: number): number {
  const found = zone.byDay.get(dayMs);
  if (found !== undefined) return found;
  if (zone.byDay.size >= DAYS_MAX) zone.byDay.clear();
  const offsetMs = offsetAt(zone, dayMs);
  zone.byDay.set(dayMs, offsetMs);
  return offsetMs;
}

/** At a whole second. */
function offsetAt({ format }: KnownZone, atMs: number): number {
  const [month, day, year, hour, minute, second] = format.format(atMs).split(/\D+/).map(Number) as [
    ...[number, number, number, number, number, number],
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second) - atMs;
}

/** The second from which on the offset is that of `untilMs`. */
function changeBetween(zone: KnownZone, sinceMs: number, untilMs: number): number {
  const before = offsetAt(zone, sinceMs);
  let [low, high] = [sinceMs / 1_000, untilMs / 1_000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1_000) === before) low = middle;
    else high = middle;
  }
  return high * 1_000;
}
