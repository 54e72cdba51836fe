/**
 * How offsets look. To clients they are opaque text: they come with events, are kept in checkpoints, and are handed back
 * to say where to go on. The service writes numbers in most namespaces and something else in some.
 *
 * - `decimal`: the sequence number, because one official client types offsets as numbers.
 * - `opaque`: letters that are neither a number nor in order, to find code that reads more into offsets than there is.
 */
export type OffsetForm = 'decimal' | 'opaque';

export interface Offsets {
  /** The offset of the event with this sequence number; `-1`, which is no event, stays as it is. */
  write(sequence: number): string;
  /** The sequence number that an offset stands for; null for text that is none. */
  read(offset: string): number | null;
}

const DIGITS_MAX = 16;
/** By digit. */
const LETTERS = 'kqzhtwbnvf';

const DECIMAL: Offsets = {
  write: String,
  read: (offset) => (/^\d{1,16}$/.test(offset) ? Number(offset) : null),
};

/** The digits from the last to the first as letters, so that neighbours lie far apart. */
const OPAQUE: Offsets = {
  write: (sequence) => {
    if (sequence < 0) return String(sequence);
    let text = '~';
    for (const digit of [...String(sequence)].reverse()) text += LETTERS[Number(digit)]!;
    return text;
  },
  read: (offset) => {
    if (!/^~[kqzhtwbnvf]+$/.test(offset) || offset.length > DIGITS_MAX + 1) return null;
    return Number(
      [...offset.slice(1)]
        .reverse()
        .map((letter) => LETTERS.indexOf(letter))
        .join(''),
    );
  },
};

export const offsetsOf = (form: OffsetForm = 'decimal'): Offsets => (form === 'opaque' ? OPAQUE : DECIMAL);
