import { SealError } from './seal-error.js';

/**
 * Where a sealed value lives. All of it is bound to the ciphertext, so a value that was moved to another row, column or
 * subject does not open. None of it is secret: use opaque ids only.
 */
export interface FieldPlace {
  /** What the key is for, e.g. `patient`, `page`: lower-case letters, digits and hyphens. */
  readonly purpose: string;
  /** Whose value it is, e.g. a patient's id: what `Keyring.erase` destroys at once. `SITE` where it is nobody's. */
  readonly subject: string;
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/** The subject of what belongs to no patient: staff contacts, page texts, one-time-code secrets, rejects. */
export const SITE = 'site';

const NAME_BYTES_MAX = 255;
const SIZE_BYTES = 4;
const PURPOSE = /^[a-z][a-z0-9-]{0,63}$/;

/** @throws SealError `place-malformed`: a bug of the caller, never bad input */
export function checkPurpose(purpose: string): void {
  if (!PURPOSE.test(purpose))
    throw new SealError('place-malformed', `"${purpose}" is no purpose: a-z, 0-9 and hyphens, 64 at most`);
}

/** @throws SealError `place-malformed` */
export function checkSubject(subject: string): void {
  const bytes = Buffer.byteLength(subject);
  if (bytes === 0 || bytes > NAME_BYTES_MAX)
    throw new SealError('place-malformed', `a subject takes 1 to ${NAME_BYTES_MAX} bytes`);
}

/** Each part with its length in front: no two places have the same bytes. */
export function lengthPrefixed(parts: readonly (string | Buffer)[]): Buffer {
  const sizes = parts.map((part) => (typeof part === 'string' ? Buffer.byteLength(part) : part.length));
  const out = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + SIZE_BYTES + size, 0));
  let at = 0;
  parts.forEach((part, i) => {
    at = out.writeUInt32BE(sizes[i]!, at);
    at += typeof part === 'string' ? out.write(part, at) : part.copy(out, at);
  });
  return out;
}

/** What the ciphertext of a field is bound to. */
export function fieldAad(place: FieldPlace, header: Buffer): Buffer {
  return lengthPrefixed(['vigil-field', header, place.purpose, place.subject, place.table, place.row, place.column]);
}
