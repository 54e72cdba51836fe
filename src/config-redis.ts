import { z } from 'zod';
import { type ReadOf, row } from './setting-row.js';

/** What carries hints between the processes of a site. */
export const REDIS_ROWS = {
  REDIS_URL: row(
    null,
    'Redis 6 or newer between processes of one site: `rediss://user:password@host:6379?cacert=/path/ca.pem`, or `redis://` on this machine.',
    z.string().regex(/^rediss?:\/\//, 'it starts with rediss:// or redis://'),
  ),
} as const;

export interface RedisSettings {
  /** With a password in it: for nobody's eyes. Null: processes hear of each other by the store alone. */
  readonly redisUrl: string | null;
}

export const redisOf = (read: ReadOf<typeof REDIS_ROWS>): RedisSettings => ({ redisUrl: read.REDIS_URL });
