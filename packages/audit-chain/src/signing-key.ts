import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Checkpoint, checkpointText } from './checkpoint.js';
import { makeFolder, writeWhole } from './files.js';
import { type NoteKey, noteKeyLine, parseNoteKey, signatureLine } from './signed-note.js';

const OWNER_ONLY = 0o600;
const FORMAT = 1;

interface StoredKey {
  /** PKCS #8, DER, base64. */
  readonly privateKey: string;
  readonly publicKey: string;
}

interface SigningKeyFile {
  readonly format: typeof FORMAT;
  readonly origin: string;
  readonly current: StoredKey;
  /** Signs as soon as a checkpoint signed by `current` has announced it. */
  readonly next: StoredKey | null;
  /** Public lines of keys that signed before; their private halves are gone. */
  readonly retired: readonly string[];
  /** The note that announced `current`; absent where it was the first key. */
  readonly announcement?: string;
}

/** The file of the signing key can't be used; the message says what to do. Never carries key material. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

/** What a checkpoint says; the signer adds the log's name and the announcement of a new key. */
export type CheckpointBody = Pick<Checkpoint, 'size' | 'root' | 'head' | 'timeMs'>;

/** Signs checkpoints with an Ed25519 key that no SQL role can read. */
export interface Signer {
  /** The log's name, in every checkpoint. */
  readonly origin: string;
  /** Every public key that this log has signed with, the present one first. */
  readonly publicKeys: readonly NoteKey[];
  /** True between `rotate` and `announced`. */
  readonly isRotating: boolean;
  /** A signed note. While the key rotates it carries the new key and both signatures. */
  sign(body: CheckpointBody): string;
  /** Makes a new key. Nothing signs with it alone until a checkpoint has announced it. */
  rotate(): void;
  /** The note that announced the present key, kept for those who have missed it; null without one. */
  readonly announcement: string | null;
  /** `note`, which `sign` made while rotating, is stored: from here on the new key signs, and the old one is destroyed. */
  announced(note: string): void;
}

/**
 * Opens `path`, a JSON file with mode 0600, and writes its public keys beside it (`public-keys.txt`), for verifiers.
 *
 * Whoever copies this file can sign a false log; whoever loses it needs a new log name, which every verifier reports.
 *
 * @throws SigningKeyError when it is missing and `create` is not set, others may read it, or it is malformed
 */
export function openSigningKeyFile(
  path: string,
  options: { readonly create?: boolean; readonly publicKeysPath?: string } = {},
): Signer {
  const publicPath = options.publicKeysPath ?? path.replace(/[^/\\]*$/, 'public-keys.txt');
  if (!existsSync(path)) {
    if (options.create !== true) throw new SigningKeyError(`${path} is missing; restore it from its backup`);
    makeFolder(dirname(path));
    const origin = `vigil-audit-${randomBytes(6).toString('hex')}`;
    writeFile(path, { format: FORMAT, origin, current: newKey(origin), next: null, retired: [] });
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new SigningKeyError(`${path} may be read by others; run: chmod 600 ${path}`);
  }
  return new FileSigner(path, publicPath, readFile(path));
}

class FileSigner implements Signer {
  constructor(
    private readonly path: string,
    private readonly publicPath: string,
    private file: SigningKeyFile,
  ) {
    this.writePublicKeys();
  }

  get origin(): string {
    return this.file.origin;
  }

  get publicKeys(): readonly NoteKey[] {
    const { current, next, retired } = this.file;
    return [current.publicKey, ...(next === null ? [] : [next.publicKey]), ...retired].map((line) =>
      publicKeyOf(this.path, line),
    );
  }

  get isRotating(): boolean {
    return this.file.next !== null;
  }

  sign(body: CheckpointBody): string {
    const { origin, current, next } = this.file;
    const text = checkpointText({ ...body, origin, nextKey: next === null ? null : publicKeyOf(this.path, next.publicKey) });
    return [current, ...(next === null ? [] : [next])].reduce((note, key) => note + this.signature(text, key), `${text}\n`);
  }

  rotate(): void {
    if (this.file.next !== null) return;
    this.store({ ...this.file, next: newKey(this.file.origin) });
  }

  get announcement(): string | null {
    return this.file.announcement ?? null;
  }

  announced(note: string): void {
    const { current, next, retired } = this.file;
    if (next === null) return;
    this.store({ ...this.file, current: next, next: null, retired: [current.publicKey, ...retired], announcement: note });
  }

  private signature(text: string, key: StoredKey): string {
    return signatureLine(publicKeyOf(this.path, key.publicKey), sign(null, Buffer.from(text), privateKeyOf(this.path, key)));
  }

  private store(file: SigningKeyFile): void {
    writeFile(this.path, file);
    this.file = file;
    this.writePublicKeys();
  }

  private writePublicKeys(): void {
    const lines = this.publicKeys.map((key) => `${key.line}\n`).join('');
    const text = `# Public keys of the audit log ${this.origin}, the present one first. Keep a copy where Vigil can't write.\n${lines}`;
    if (existsSync(this.publicPath) && readFileSync(this.publicPath, 'utf8') === text) return;
    writeWhole(this.publicPath, text, 0o644);
  }
}

function newKey(origin: string): StoredKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: noteKeyLine(origin, raw),
  };
}

function writeFile(path: string, file: SigningKeyFile): void {
  writeWhole(path, `${JSON.stringify(file, null, 2)}\n`, OWNER_ONLY);
  chmodSync(path, OWNER_ONLY);
}

function readFile(path: string): SigningKeyFile {
  const malformed = (why: string): SigningKeyError => new SigningKeyError(`${path}: ${why}; restore it from its backup`);
  let file: SigningKeyFile;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as SigningKeyFile;
  } catch (error) {
    throw malformed((error as NodeJS.ErrnoException).code ?? 'not JSON');
  }
  if (file.format !== FORMAT) throw malformed('unknown format');
  if (typeof file.origin !== 'string' || !Array.isArray(file.retired)) throw malformed('origin or retired keys missing');
  for (const key of [file.current, ...(file.next === null ? [] : [file.next])]) {
    publicKeyOf(path, key?.publicKey);
    privateKeyOf(path, key);
  }
  for (const line of file.retired) publicKeyOf(path, line);
  if (file.announcement !== undefined && typeof file.announcement !== 'string') throw malformed('the announcement is no text');
  return file;
}

function publicKeyOf(path: string, line: unknown): NoteKey {
  const key = typeof line === 'string' ? parseNoteKey(line) : null;
  if (key === null) throw new SigningKeyError(`${path}: a public key is malformed; restore the file from its backup`);
  return key;
}

function privateKeyOf(path: string, key: StoredKey): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(key.privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    throw new SigningKeyError(`${path}: a private key is malformed; restore the file from its backup`);
  }
}
