/**
 * One file of a back-up: a header in clear, the site's signature under it, and a sealed body.
 *
 *     VIGILBK1 | length of the header (u32) | header, JSON | Ed25519 (64) | body: nonce (12) | AES-256-GCM | tag (16)
 *
 * The header has the hash of the body, so that anybody who has the site's public key can say that a file is whole and of this site
 * without being able to read it. A body is sealed for the recovery key, or with the repository key.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { z } from 'zod';
import { BackupError } from './backup-error.js';
import type { RecoveryKey, SiteKeys } from './recovery-key.js';

const MAGIC = Buffer.from('VIGILBK');
const VERSION = Buffer.from('1');
const PREFIX_BYTES = MAGIC.length + VERSION.length + 4;
const SIGNATURE_BYTES = 64;
const HEADER_BYTES_MAX = 16 * 1024 * 1024;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const PackFacts = z.object({ id: z.string().regex(/^[0-9A-Za-z-]{1,64}$/), bytes: z.number(), sha256: z.string() });
export type PackFacts = z.infer<typeof PackFacts>;

const Header = z.object({
  kind: z.enum(['keys', 'run', 'erased']),
  siteId: z.string(),
  runId: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
  atMs: z.number(),
  /** Of Vigil. */
  version: z.string(),
  /** Of a run: what has to be there for it. */
  packs: z.array(PackFacts).default([]),
  /** Of a run: it needs no pack of another run. */
  isFull: z.boolean().default(false),
  body: z.object({
    bytes: z.number(),
    sha256: z.string(),
    /** The recovery key that opens it, with the sender's half; null: the repository key does. */
    box: z.object({ recipientId: z.string(), ephemeral: z.string() }).nullable(),
  }),
});
export type Header = z.infer<typeof Header>;
export type About = Pick<Header, 'kind' | 'runId' | 'atMs' | 'version'> & Partial<Pick<Header, 'packs' | 'isFull'>>;

/** @param to `recovery`: only the recovery key opens it; `repository`: whoever has the keys part does */
export function sealContainer(keys: SiteKeys, about: About, body: Buffer, to: 'recovery' | 'repository'): Buffer {
  const { key, box } = to === 'recovery' ? boxFor(keys) : { key: repositoryKeyFor(keys.repositoryKey, about), box: null };
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aadOf(about.kind, keys.siteId, about.runId));
  const sealed = Buffer.concat([nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  const header: Header = {
    ...{ packs: [], isFull: false },
    ...about,
    siteId: keys.siteId,
    body: { bytes: sealed.length, sha256: createHash('sha256').update(sealed).digest('hex'), box },
  };
  const text = Buffer.from(JSON.stringify(header));
  const signed = Buffer.concat([MAGIC, VERSION, lengthOf(text), text]);
  return Buffer.concat([signed, sign(null, signed, keys.signer), sealed]);
}

/**
 * @param path for the message
 * @throws BackupError `damaged`, `newer-version`; `wrong-recovery-key` when another site signed it
 */
export function readHeader(bytes: Buffer, signer: KeyObject, path: string): { readonly header: Header; readonly body: Buffer } {
  const damaged = (why: string): BackupError =>
    new BackupError('damaged', `${path} is damaged (${why}); take another copy or an older back-up`);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged('it is no file of a back-up, or cut off');
  if (!bytes.subarray(MAGIC.length, MAGIC.length + 1).equals(VERSION)) {
    throw new BackupError('newer-version', `${path} was made by a later version of Vigil: restore it with that version`);
  }
  if (bytes.length < PREFIX_BYTES) throw damaged('it is cut off');
  const headerBytes = bytes.readUInt32BE(PREFIX_BYTES - 4);
  const bodyAt = PREFIX_BYTES + headerBytes + SIGNATURE_BYTES;
  if (headerBytes > HEADER_BYTES_MAX || bytes.length < bodyAt) throw damaged('it is cut off');
  const signed = bytes.subarray(0, PREFIX_BYTES + headerBytes);
  const header = headerOf(signed.subarray(PREFIX_BYTES));
  if (!verify(null, signed, signer, bytes.subarray(signed.length, bodyAt))) {
    if (header === null) throw damaged('its header');
    throw new BackupError(
      'wrong-recovery-key',
      `${path} is not signed by the site of this recovery key: it was changed, or it is of another site (${header.siteId})`,
    );
  }
  if (header === null)
    throw new BackupError('newer-version', `${path} has a header of a later version of Vigil: restore it with that version`);
  return { header, body: bytes.subarray(bodyAt) };
}

/** Whether the body is what was signed. @throws BackupError `damaged` */
export function requireBody({ header, body }: { readonly header: Header; readonly body: Buffer }, path: string): void {
  const isWhole = body.length === header.body.bytes && createHash('sha256').update(body).digest('hex') === header.body.sha256;
  if (!isWhole) throw new BackupError('damaged', `${path} is cut off or changed; take another copy or an older back-up`);
}

/** @throws BackupError `damaged`, `wrong-recovery-key` */
export function openContainer(
  read: { readonly header: Header; readonly body: Buffer },
  by: { readonly recovery: RecoveryKey } | { readonly repositoryKey: Buffer },
  path: string,
): Buffer {
  requireBody(read, path);
  const { header, body } = read;
  const { box } = header.body;
  const wrong = (): BackupError =>
    new BackupError('wrong-recovery-key', `${path} is sealed for ${box?.recipientId ?? 'other keys'}; this key does not open it`);
  if (box !== null && 'recovery' in by && box.recipientId !== by.recovery.recipientId) throw wrong();
  if ((box === null) === 'recovery' in by) throw wrong();
  const key =
    'recovery' in by
      ? boxKey(by.recovery.key, box!.ephemeral, header.body.box!.recipientId)
      : repositoryKeyFor(by.repositoryKey, header);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE_BYTES));
    decipher.setAAD(aadOf(header.kind, header.siteId, header.runId));
    decipher.setAuthTag(body.subarray(body.length - TAG_BYTES));
    return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, body.length - TAG_BYTES)), decipher.final()]);
  } catch {
    throw wrong();
  }
}

function headerOf(text: Buffer): Header | null {
  try {
    return Header.parse(JSON.parse(text.toString()));
  } catch {
    return null;
  }
}

function boxFor(keys: SiteKeys): { readonly key: Buffer; readonly box: NonNullable<Header['body']['box']> } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ephemeral = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const shared = diffieHellman({ privateKey, publicKey: keys.recipient });
  return { key: derived(shared, ephemeral, `box:${keys.recipientId}`), box: { recipientId: keys.recipientId, ephemeral } };
}

function boxKey(privateKey: KeyObject, ephemeral: string, recipientId: string): Buffer {
  const publicKey = createPublicKey({ key: Buffer.from(ephemeral, 'base64'), type: 'spki', format: 'der' });
  return derived(diffieHellman({ privateKey, publicKey }), ephemeral, `box:${recipientId}`);
}

function repositoryKeyFor(repositoryKey: Buffer, { kind, runId }: Pick<Header, 'kind' | 'runId'>): Buffer {
  return derived(repositoryKey, runId, `container:${kind}`);
}

export function derived(secret: Buffer, salt: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, `vigil-backup:${info}`, 32));
}

function aadOf(kind: string, siteId: string, runId: string): Buffer {
  return Buffer.from(JSON.stringify(['vigil-backup', kind, siteId, runId]));
}

function lengthOf(text: Buffer): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(text.length);
  return out;
}
