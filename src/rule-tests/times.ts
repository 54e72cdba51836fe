const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** `90`, `1:30`, `1:02:03` or `12.5`: ms since the start of the case; null for anything else. */
export function readTime(text: string): number | null {
  const parts = /^(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,7}(?:\.\d{1,3})?)$/.exec(text.trim());
  if (parts === null) return null;
  const [, hours, minutes, seconds] = parts;
  if (minutes !== undefined && Number(seconds) >= 60) return null;
  if (hours !== undefined && Number(minutes) >= 60) return null;
  return Math.round(Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds) * 1_000);
}

/** `15 s`, `5 min`, `2 h` or `500 ms`, in ms; null for anything else. */
export function readDuration(text: string): number | null {
  const parts = /^(\d{1,7}(?:\.\d{1,3})?) ?(ms|s|min|h)$/.exec(text.trim());
  return parts === null ? null : Math.round(Number(parts[1]) * UNIT_MS[parts[2]!]!);
}

/** As `readTime` reads it: `1:02:03`, or `2:03` within the first hour. */
export function printTime(ms: number): string {
  const seconds = ms / 1_000;
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = Math.round((seconds % 60) * 1_000) / 1_000;
  const [whole, part] = String(rest).split('.');
  const end = `${whole!.padStart(2, '0')}${part === undefined ? '' : `.${part}`}`;
  return hours === 0 ? `${minutes}:${end}` : `${hours}:${String(minutes).padStart(2, '0')}:${end}`;
}
