import { z } from 'zod';

/** What the environment says is wrong; one line that names the setting and what to do. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** One setting: how it is read, and what the README says of it. */
export interface Row<T extends z.ZodType = z.ZodType> {
  /** Taken where the environment has nothing; null where there is none. */
  readonly fallback: string | null;
  readonly meaning: string;
  readonly form: T;
}

/** What was read, by the names of the rows; null where there is neither a value nor a fallback. */
export type ReadOf<Rows extends Readonly<Record<string, Row>>> = {
  readonly [Name in keyof Rows]: z.infer<Rows[Name]['form']> | null;
};

export function row<T extends z.ZodType>(fallback: string | null, meaning: string, form: T): Row<T> {
  return { fallback, meaning, form };
}

/** @throws SettingsError with one line for the first setting that is wrong */
export function readRows<Rows extends Readonly<Record<string, Row>>>(
  rows: Rows,
  env: Readonly<Record<string, string | undefined>>,
): ReadOf<Rows> {
  const entries = Object.entries(rows).map(([name, { fallback, form }]) => {
    const given = env[name];
    const text = given === undefined || given === '' ? fallback : given;
    if (text === null) return [name, null];
    const parsed = form.safeParse(text);
    // The value itself is left out: it may be a secret that was put under the wrong name.
    if (!parsed.success) throw new SettingsError(`${name}: ${parsed.error.issues[0]?.message ?? 'not understood'}`);
    return [name, parsed.data];
  });
  return Object.fromEntries(entries) as ReadOf<Rows>;
}

export const port = z.coerce.number().int().min(0).max(65_535);
export const filled = z.string().min(1);
export const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Https, or http on this machine; without a query or a name in it. */
export function isSafeUrl(url: string): boolean {
  const { protocol, hostname, search, hash, username } = new URL(url);
  const isLocal = protocol === 'http:' && isLoopbackName(hostname);
  return (protocol === 'https:' || isLocal) && search === '' && hash === '' && username === '';
}

export const isLoopbackName = (hostname: string): boolean => LOOPBACK.has(hostname.replace(/^\[|\]$/g, ''));
