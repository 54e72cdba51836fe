import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/**
 * Signed notes as the transparency logs of Go modules, Sigstore and others write them: text, a blank line, signatures.
 *
 * A public key is one line, `name+hash+key`, and a signature names the key that made it, so a note can be mailed,
 * printed and appended to a file, and still be checked. Source: C2SP signed-note (c2sp.org/signed-note), Ed25519.
 */

const ED25519 = 0x01;
const KEY_HASH_BYTES = 4;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Longest note that is looked at: ours are below 1 KiB. */
export const NOTE_BYTES_MAX = 4096;
const SIGNATURES_MAX = 16;
/** In front of a raw Ed25519 public key in its SubjectPublicKeyInfo. Source: RFC 8410 §4. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** A key that signatures are checked with, from its line `name+hash+key`. */
export interface NoteKey {
  /** The line itself. */
  readonly line: string;
  readonly name: string;
  /** First four bytes of the key's hash, in hex. */
  readonly hash: string;
  readonly key: KeyObject;
}

/** The line of a public key. @param raw the 32 bytes of the Ed25519 key */
export function noteKeyLine(name: string, raw: Buffer): string {
  const typed = Buffer.concat([Buffer.of(ED25519), raw]);
  return `${name}+${keyHash(name, typed).toString('hex')}+${typed.toString('base64')}`;
}

/** Reads one public-key line; null when it is not one, or its hash is not that of name and key. */
export function parseNoteKey(line: string): NoteKey | null {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(line.trim());
  if (match === null) return null;
  const [, name = '', hash = '', encoded = ''] = match;
  const typed = Buffer.from(encoded, 'base64');
  if (typed.length !== 1 + KEY_BYTES || typed[0] !== ED25519 || keyHash(name, typed).toString('hex') !== hash) return null;
  const key = createPublicKey({ key: Buffer.concat([SPKI, typed.subarray(1)]), format: 'der', type: 'spki' });
  return { line: line.trim(), name, hash, key };
}

/** The public keys of a file, one a line; empty lines and lines that begin with `#` are left out. */
export function parseNoteKeys(text: string): readonly NoteKey[] {
  return text.split('\n').flatMap((line) => {
    const key = line.trim() === '' || line.startsWith('#') ? null : parseNoteKey(line);
    return key === null ? [] : [key];
  });
}

/** Why a note counts for nothing. */
export type NoteFault = 'malformed' | 'key-unknown' | 'signature-wrong';

export type OpenedNote =
  { readonly ok: true; readonly text: string; readonly signedBy: NoteKey } | { readonly ok: false; readonly fault: NoteFault };

/**
 * The text of a note that one of the keys signed.
 *
 * Signatures of unknown keys are passed over; a wrong signature under a known key condemns the whole note.
 */
export function openNote(note: string, keys: readonly NoteKey[]): OpenedNote {
  const parts = splitNote(note);
  if (parts === null) return { ok: false, fault: 'malformed' };
  let signedBy: NoteKey | null = null;
  for (const { name, hash, signature } of parts.signatures) {
    const known = keys.find((key) => key.name === name && key.hash === hash);
    if (known === undefined) continue;
    if (!verify(null, Buffer.from(parts.text), known.key, signature)) return { ok: false, fault: 'signature-wrong' };
    signedBy ??= known;
  }
  return signedBy === null ? { ok: false, fault: 'key-unknown' } : { ok: true, text: parts.text, signedBy };
}

/** The note's line of one signature. */
export function signatureLine(key: Pick<NoteKey, 'name' | 'hash'>, signature: Buffer): string {
  return `— ${key.name} ${Buffer.concat([Buffer.from(key.hash, 'hex'), signature]).toString('base64')}\n`;
}

interface NoteParts {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly hash: string; readonly signature: Buffer }[];
}

/** Text and signatures, unchecked; null when the note is not of the form. */
function splitNote(note: string): NoteParts | null {
  const at = note.lastIndexOf('\n\n');
  if (at < 1 || !note.endsWith('\n') || Buffer.byteLength(note) > NOTE_BYTES_MAX) return null;
  const lines = note.slice(at + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) return null;
  const signatures = lines.map((line) => {
    const match = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    const bytes = Buffer.from(match?.[2] ?? '', 'base64');
    if (bytes.length !== KEY_HASH_BYTES + SIGNATURE_BYTES) return null;
    const hash = bytes.subarray(0, KEY_HASH_BYTES).toString('hex');
    return { name: match?.[1] ?? '', hash, signature: bytes.subarray(KEY_HASH_BYTES) };
  });
  const whole = signatures.filter((signature) => signature !== null);
  return whole.length === signatures.length ? { text: note.slice(0, at + 1), signatures: whole } : null;
}

function keyHash(name: string, typed: Buffer): Buffer {
  return createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, KEY_HASH_BYTES);
}
