import { z } from 'zod';
import { filled, isSafeUrl, readRows, type ReadOf, row, SettingsError } from './setting-row.js';

/** Settings of where readings are kept over time. */
export const INFLUX_ROWS = {
  INFLUX_URL: row(
    null,
    'InfluxDB 2 for history; https, or http on this machine. Unset: history is a file of the data folder.',
    z.url({ protocol: /^https?$/ }),
  ),
  INFLUX_TOKEN: row(null, 'Its token: may read and write buckets and tasks of INFLUX_ORG. Needed with INFLUX_URL.', filled),
  INFLUX_ORG: row('vigil', 'Organisation there.', filled),
  INFLUX_BUCKET: row(
    'vigil',
    'Bucket of single readings; `_1m`, `_1h` and `_state` are added for the other three. Made where it is missing.',
    z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'letters, digits, dots, hyphens and underscores, at most 64'),
  ),
} as const;

type Read = ReadOf<typeof INFLUX_ROWS>;

/** InfluxDB as the settings say; null: history is a file. */
export interface InfluxHistorySettings {
  readonly influx: {
    readonly url: string;
    readonly token: string;
    readonly org: string;
    readonly bucket: string;
  } | null;
}

/** @throws SettingsError with one line */
export function influxOf(read: Read): InfluxHistorySettings {
  const { INFLUX_URL: url, INFLUX_TOKEN: token } = read;
  if (url === null) {
    if (token !== null) throw new SettingsError('INFLUX_TOKEN needs INFLUX_URL: set it, or leave both out');
    return { influx: null };
  }
  if (token === null) throw new SettingsError('INFLUX_URL needs INFLUX_TOKEN: make one in InfluxDB (docs/history-influxdb.md)');
  if (!isSafeUrl(url))
    throw new SettingsError('INFLUX_URL must be https (http for this machine only), without a query or a name in it');
  return { influx: { url: url.replace(/\/+$/, ''), token, org: read.INFLUX_ORG!, bucket: read.INFLUX_BUCKET! } };
}

/** For a command that needs nothing else of the settings. @throws SettingsError with one line */
export function readInfluxSettings(env: Readonly<Record<string, string | undefined>>): InfluxHistorySettings {
  return influxOf(readRows(INFLUX_ROWS, env));
}
