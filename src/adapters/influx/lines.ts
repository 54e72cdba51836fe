import type { HistorySample } from '../../ports/observation-store.js';

/** Measurement of readings, in all three resolutions. Tags: bed, device, metric, quality; opaque ids, no names. */
export const OBSERVATION = 'observation';

/** In place of a bed, for what is nobody's: no bed's name, which has no colon. */
export const NOBODYS = 'device:';

export type FieldValue = number | string | boolean;

/** One reading in line protocol, time in ms. The same reading is the same line: written again it changes nothing. */
export function sampleLine({ bedId, deviceId, metric, quality, atMs, value }: HistorySample): string {
  const tags = `bed=${tag(bedId)},device=${tag(deviceId)},metric=${tag(metric)},quality=${tag(quality)}`;
  return `${OBSERVATION},${tags} value=${value} ${atMs}`;
}

/** @param fields at least one */
export function line(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  fields: readonly (readonly [string, FieldValue])[],
  atMs: number,
): string {
  const named = Object.entries(tags).map(([name, value]) => `,${name}=${tag(value)}`);
  const said = fields.map(([name, value]) => `${name}=${field(value)}`);
  return `${measurement}${named.join('')} ${said.join(',')} ${atMs}`;
}

/** Ids are slugs; what reaches this from elsewhere must not become another tag, or another line. */
export function tag(value: string): string {
  if (isPlain(value)) return value;
  return value.replace(/[\n\r\t\\]/g, '_').replace(/[ ,=]/g, '\\$&');
}

/** For a predicate or a query: a quoted string. */
export function quoted(value: string): string {
  return `"${value.replace(/[\n\r]/g, '_').replace(/[\\"$]/g, '\\$&')}"`;
}

const isPlain = (value: string): boolean => /^[\w:.-]+$/.test(value);

function field(value: FieldValue): string {
  return typeof value === 'string' ? `"${value.replace(/[\n\r]/g, '_').replace(/[\\"]/g, '\\$&')}"` : String(value);
}
