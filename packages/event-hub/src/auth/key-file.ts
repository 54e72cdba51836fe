import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.js';
import { LogError } from '../log/log-error.js';

export const RIGHTS = ['Send', 'Listen', 'Manage'] as const;
export type Right = (typeof RIGHTS)[number];

/** As many as the service allows for each namespace; this file holds the keys of all hubs. */
export const KEYS_MAX = 120;

const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const SharedAccessKey = z.object({
  name: Name,
  /** Manage includes the other two, as at the service. */
  rights: z.array(z.enum(RIGHTS)).min(1),
  /** Hubs that the key is limited to; absent for a key of the whole namespace. Names compare without case. */
  hubs: z.array(Name).min(1).optional(),
  /** Either is accepted, so that one can be replaced while the other is in use. */
  primary: z.string().min(32).max(256),
  secondary: z.string().min(32).max(256),
});
export type SharedAccessKey = z.infer<typeof SharedAccessKey>;

const KeyFile = z.object({
  keys: z
    .array(SharedAccessKey)
    .min(1)
    .max(KEYS_MAX)
    .refine((keys) => new Set(keys.map((key) => key.name)).size === keys.length),
});

/** Who may do what on a new hub. Least privilege: the gateway can't read, and only `admin` may change what there is. */
const DEFAULTS: readonly Pick<SharedAccessKey, 'name' | 'rights'>[] = [
  { name: 'gateway', rights: ['Send'] },
  { name: 'platform', rights: ['Send', 'Listen'] },
  { name: 'watchdog', rights: ['Send', 'Listen'] },
  { name: 'admin', rights: ['Manage'] },
];

/** 256 random bits, in the form in which the service prints its keys. */
export const newSecret = (): string => randomBytes(32).toString('base64');

/** Makes the keys of a new hub. Keys that somebody removed later are not made again. */
export const defaultKeys = (): SharedAccessKey[] =>
  DEFAULTS.map((key) => ({ ...key, primary: newSecret(), secondary: newSecret() }));

/**
 * Reads the shared access keys; null when there is no such file.
 *
 * @throws LogError `config` when others may read the file or it is no key file, with what to do
 */
export async function readKeyFile(path: string): Promise<SharedAccessKey[] | null> {
  let text: string;
  try {
    const mode = (await stat(path)).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new LogError('config', `${path} has mode ${mode.toString(8)}, others may read the keys; run: chmod 600 ${path}`);
    }
    text = await readFile(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
  try {
    return KeyFile.parse(JSON.parse(text)).keys;
  } catch {
    throw new LogError('config', `${path} is not a key file; restore it, or remove it to get new keys`);
  }
}

/** Replaces the key file, mode 0600; a hub that runs takes the new keys within seconds. */
export async function writeKeyFile(path: string, keys: readonly SharedAccessKey[]): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify({ keys }, null, 2)}\n`);
}
