import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';

/**
 * Argon2id parameters of new hashes: 19 MiB, two passes, one lane.
 *
 * Source: OWASP Password Storage Cheat Sheet, "Argon2id", the minimum configuration m=19456, t=2, p=1.
 */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Most that a stored hash may ask for, so that a row that was tampered with can't exhaust the machine. */
const MEMORY_KIB_MAX = 262_144;
const PASSES_MAX = 10;
const LANES_MAX = 8;

/** A hash that no password matches; verifying against it takes as long as against a real one. */
export const UNKNOWN_ACCOUNT_HASH = phc(MEMORY_KIB, PASSES, LANES, Buffer.alloc(SALT_BYTES, 7), Buffer.alloc(TAG_BYTES, 7));

/** Answers a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. The work runs off the event loop. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive(password, { salt, memoryKib: MEMORY_KIB, passes: PASSES, lanes: LANES, tagBytes: TAG_BYTES });
  return phc(MEMORY_KIB, PASSES, LANES, salt, tag);
}

/**
 * True when `password` is the one behind `stored`. A string that is no Argon2id hash, or that asks for more than the
 * bounds above, matches nothing. The comparison takes the same time wherever the bytes differ.
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const parsed = parsePhc(stored);
  if (parsed === null) return false;
  const tag = await derive(password, { ...parsed, tagBytes: parsed.tag.length });
  return timingSafeEqual(tag, parsed.tag);
}

/** Made with other parameters than a hash made now: worth making anew while the password is at hand. */
export function needsRehash(stored: string): boolean {
  return !stored.startsWith(`$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`);
}

interface Derivation {
  readonly salt: Buffer;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  readonly tagBytes: number;
}

function derive(password: string, { salt, memoryKib, passes, lanes, tagBytes }: Derivation): Promise<Buffer> {
  const parameters: Argon2Parameters = {
    // The same letters typed on two keyboards may differ in form; NFKC makes them one (RFC 8265).
    message: Buffer.from(password.normalize('NFKC'), 'utf8'),
    nonce: salt,
    parallelism: lanes,
    tagLength: tagBytes,
    memory: memoryKib,
    passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
}

function phc(memoryKib: number, passes: number, lanes: number, salt: Buffer, tag: Buffer): string {
  const bare = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${bare(salt)}$${bare(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,128})$/;

function parsePhc(stored: string): (Omit<Derivation, 'tagBytes'> & { readonly tag: Buffer }) | null {
  const match = PHC.exec(stored);
  if (match === null) return null;
  const [memoryKib, passes, lanes] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (memoryKib > MEMORY_KIB_MAX || passes > PASSES_MAX || passes < 1 || lanes > LANES_MAX || lanes < 1) return null;
  if (memoryKib < 8 * lanes) return null;
  return { memoryKib, passes, lanes, salt: Buffer.from(match[4]!, 'base64'), tag: Buffer.from(match[5]!, 'base64') };
}
