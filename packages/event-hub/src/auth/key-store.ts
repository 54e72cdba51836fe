import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.js';
import { LogError } from '../log/log-error.js';

export const RIGHTS = ['Send', 'Listen', 'Manage'] as const;
export type Right = (typeof RIGHTS)[number];

const SharedAccessKey = z.object({
  name: z.string().min(1).max(128),
  rights: z.array(z.enum(RIGHTS)).min(1),
  /** Either is accepted, so that one can be replaced while the other is in use. */
  primary: z.string().min(32),
  secondary: z.string().min(32),
});
export type SharedAccessKey = z.infer<typeof SharedAccessKey>;
const KeyFile = z.object({ keys: z.array(SharedAccessKey).min(1) });

/** Who may do what on a new hub. Least privilege: the gateway can't read. */
const DEFAULTS: readonly { name: string; rights: Right[] }[] = [
  { name: 'gateway', rights: ['Send'] },
  { name: 'platform', rights: ['Send', 'Listen'] },
  { name: 'watchdog', rights: ['Send', 'Listen'] },
];

/** Reads the shared access keys in `path` (mode 0600), making them on first start. @throws LogError `config` */
export async function openKeyStore(path: string): Promise<ReadonlyMap<string, SharedAccessKey>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
    const secret = (): string => randomBytes(32).toString('base64');
    const keys = DEFAULTS.map((key) => ({ ...key, primary: secret(), secondary: secret() }));
    text = `${JSON.stringify({ keys }, null, 2)}\n`;
    await writeFileAtomically(path, text);
  }
  const mode = (await stat(path)).mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new LogError('config', `${path} has mode ${mode.toString(8)}, others may read the keys; run: chmod 600 ${path}`);
  }
  try {
    return new Map(KeyFile.parse(JSON.parse(text)).keys.map((key) => [key.name, key]));
  } catch {
    throw new LogError('config', `${path} is not a key file; restore it, or remove it to get new keys`);
  }
}
