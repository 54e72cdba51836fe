import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { SiteFileError } from './site-files.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Certificates that ended longer ago are forgotten. */
const KEPT_MS = 2 * 365 * DAY_MS;

/**
 * One certificate of a device. `from` says where its key was made: `here`, on the device (`request`), or elsewhere
 * together with the certificate (`given`).
 */
const IssuedCertificate = z.object({
  deviceId: z.string(),
  serial: z.string(),
  sha256: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  from: z.enum(['here', 'request', 'given']),
  revokedAtMs: z.number().nullable(),
});
export type IssuedCertificate = z.infer<typeof IssuedCertificate>;
export type IssuedList = readonly IssuedCertificate[];

/** @throws SiteFileError when the file is there and can't be used */
export function readIssued(file: string): IssuedList {
  if (!existsSync(file)) return [];
  try {
    return z.array(IssuedCertificate).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new SiteFileError(`${file} can't be read; restore it, or remove it: who may speak is in devices.json`);
  }
}

/** With a new one, and without what ended long ago. */
export function withIssued(list: IssuedList, one: IssuedCertificate, nowMs: number): IssuedList {
  return [...list.filter(({ toMs }) => toMs > nowMs - KEPT_MS), one];
}

export function withRevoked(list: IssuedList, sha256s: ReadonlySet<string>, nowMs: number): IssuedList {
  return list.map((one) => (sha256s.has(one.sha256) && one.revokedAtMs === null ? { ...one, revokedAtMs: nowMs } : one));
}

/** Two thirds of its life are over: time to renew. */
export const isDue = ({ fromMs, toMs }: Pick<IssuedCertificate, 'fromMs' | 'toMs'>, nowMs: number): boolean =>
  nowMs >= dueMs({ fromMs, toMs });

export const dueMs = ({ fromMs, toMs }: Pick<IssuedCertificate, 'fromMs' | 'toMs'>): number => fromMs + ((toMs - fromMs) * 2) / 3;
