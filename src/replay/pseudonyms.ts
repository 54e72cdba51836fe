import { createHash } from 'node:crypto';

/** Kinds of names that may stand for somebody or some place. */
export type NameKind =
  'bed' | 'device' | 'gateway' | 'patient' | 'stay' | 'staff' | 'unit' | 'boot' | 'command' | 'ref' | 'alarm' | 'rules';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * New names for old ones. A new name is drawn from the seed by its turn and not made of the old one, so nobody who knows the
 * seed can try old names. The same seed and the same order of names give the same new names.
 */
export class Pseudonyms {
  private readonly names = new Map<string, string>();

  constructor(private readonly seed: string) {}

  /** The new name; of the first kind under which this one was met. */
  of(kind: NameKind, original: string): string {
    const known = this.names.get(original);
    if (known !== undefined) return known;
    const drawn = draw(kind, createHash('sha256').update(`${this.seed}\n${this.names.size}`).digest());
    this.names.set(original, drawn);
    return drawn;
  }

  /** For a name that is made of other new ones (the id of an alarm). */
  set(original: string, name: string): void {
    this.names.set(original, name);
  }

  known(original: string): string | undefined {
    return this.names.get(original);
  }

  originals(): readonly string[] {
    return [...this.names.keys()];
  }
}

/** Of the form that names of this kind have on the log. */
function draw(kind: NameKind, digest: Buffer): string {
  const hex = digest.toString('hex');
  if (kind === 'rules') return hex;
  if (kind === 'command' || kind === 'boot') {
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
  const letters = [...digest].map((byte) => BASE32[byte & 31]!).join('');
  return kind === 'alarm' ? letters.slice(0, 26) : `${kind}-${letters.slice(0, 8)}`;
}
