import { randomBytes, randomInt } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';

/** No letters that are taken for digits, or for one another. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 3;
const GROUP_LENGTH = 4;

const Kept = z.object({
  v: z.literal(1),
  /** What people type at the screen of the unit: 12 signs, 58 bits. */
  code: z.string().regex(/^[2-9A-HJKMNP-TV-Z]{4}(-[2-9A-HJKMNP-TV-Z]{4}){2}$/),
  /** Signs the cookies. */
  secret: z.base64(),
});

export interface StationCode {
  readonly code: string;
  readonly secret: Buffer;
}

/** The file can't be used. The message says what to do. */
export class StationCodeError extends Error {
  override readonly name = 'StationCodeError';
}

/**
 * The station code of this gateway's page, from a file of mode 0600; made when there is none. Removing the file before a
 * start gives a new code and signs every screen out.
 *
 * @throws StationCodeError for a file that is not one; whatever the disk says otherwise
 */
export async function stationCode(file: string): Promise<StationCode> {
  const known = await read(file);
  if (known !== null) return known;
  const group = (): string => Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const code = Array.from({ length: GROUPS }, group).join('-');
  const secret = randomBytes(32);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ v: 1, code, secret: secret.toString('base64') })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { code, secret };
}

async function read(file: string): Promise<StationCode | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { code, secret } = Kept.parse(JSON.parse(text));
    return { code, secret: Buffer.from(secret, 'base64') };
  } catch {
    throw new StationCodeError(`${file} holds no station code; remove it, and the next start makes a new one`);
  }
}
