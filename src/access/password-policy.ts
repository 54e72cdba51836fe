import { commonPasswords } from './common-passwords.js';

/** Lengths in characters after NFKC. Source: NIST SP 800-63B, 3.1.1.2: length is what counts, no rules of composition. */
export const PASSWORD_CHARS_MIN = 12;
export const PASSWORD_CHARS_MAX = 256;
/** Fewer parts than this can be guessed: `password2024!` has three. */
const PARTS_MIN = 4;

const SEQUENCES = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm'];
/** What everybody who attacks this site tries. */
const SITE_WORDS = ['vigil', 'patient', 'monitor', 'hospital', 'clinic', 'nurse', 'doctor', 'welcome'];
const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};
const WORD_CHARS_MAX = 24;
/** A shorter text that comes again and again is soon found, whatever it is made of. */
const REPEATED_CHARS_MIN = 8;

export interface PasswordOwner {
  readonly username: string;
  readonly name: string;
  /** Host name of the site and the like. */
  readonly siteWords: readonly string[];
}

/**
 * Why this may not be a password, in words for the person who chose it; null when it may. Refused beside what is too
 * short: passwords of the bundled list, and what is made of so few parts of such a list, of the person's own name, of
 * words of this site, of sequences and of repetitions that it is guessed soon.
 */
export async function passwordProblem(password: string, owner: PasswordOwner): Promise<string | null> {
  const text = password.normalize('NFKC');
  const chars = [...text].length;
  if (chars < PASSWORD_CHARS_MIN) return `too short: at least ${PASSWORD_CHARS_MIN} characters, and a few words are easy to keep`;
  if (chars > PASSWORD_CHARS_MAX) return `too long: at most ${PASSWORD_CHARS_MAX} characters`;
  const common = await commonPasswords();
  const lower = text.toLowerCase();
  if (common.has(lower)) return 'this is one of the passwords that are tried first; choose another';
  const own = wordsOf([owner.username, owner.name]);
  const site = new Set([...SITE_WORDS, ...wordsOf(owner.siteWords)]);
  const parts = fewestParts(lower, { own, site, common });
  return parts.count >= PARTS_MIN ? null : `too easy to guess: it is little more than ${parts.made}`;
}

type Kind = 'own' | 'site' | 'common' | 'sequence' | 'repetition' | 'year';

const MADE_OF: Readonly<Record<Kind, string>> = {
  own: 'your own name',
  site: 'words that belong to this site',
  common: 'words that are tried first',
  sequence: 'a sequence of keys',
  repetition: 'a repetition',
  year: 'a year',
};

interface Words {
  readonly own: ReadonlySet<string>;
  readonly site: ReadonlySet<string>;
  readonly common: ReadonlySet<string>;
}

interface Split {
  /** Parts from the beginning to here. */
  readonly count: number;
  /** Where the last of them starts, and what it is; null for a single character. */
  readonly start: number;
  readonly kind: Kind | null;
}

/**
 * How many different parts the text is put together from, at the least, and the kind of the longest: a word that comes
 * again adds nothing to guess.
 */
function fewestParts(text: string, words: Words): { readonly count: number; readonly made: string } {
  const block = repeatedBlock(text);
  if (block !== null && block.length < REPEATED_CHARS_MIN) return { count: PARTS_MIN - 1, made: MADE_OF.repetition };
  const best: Split[] = [{ count: 0, start: 0, kind: null }];
  for (let end = 1; end <= text.length; end += 1) {
    let found: Split = { count: best[end - 1]!.count + 1, start: end - 1, kind: null };
    for (let start = Math.max(0, end - WORD_CHARS_MAX); start <= end - 3; start += 1) {
      const count = best[start]!.count + 1;
      const kind = count < found.count ? kindOf(text.slice(start, end), words) : null;
      if (kind !== null) found = { count, start, kind };
    }
    best.push(found);
  }
  const parts = new Set<string>();
  let longest: { readonly chars: number; readonly kind: Kind } = { chars: 0, kind: 'repetition' };
  for (let end = text.length; end > 0; end = best[end]!.start) {
    const { start, kind } = best[end]!;
    parts.add(text.slice(start, end));
    if (kind !== null && end - start > longest.chars) longest = { chars: end - start, kind };
  }
  return { count: parts.size, made: MADE_OF[longest.kind] };
}

function kindOf(part: string, words: Words): Kind | null {
  if (/^(.)\1+$/u.test(part)) return 'repetition';
  if (/^(19|20)\d\d$/.test(part)) return 'year';
  if (isSequence(part)) return 'sequence';
  return wordKind(part, words) ?? wordKind([...part].map((char) => LEET[char] ?? char).join(''), words);
}

function wordKind(word: string, { own, site, common }: Words): Kind | null {
  if (own.has(word)) return 'own';
  if (site.has(word)) return 'site';
  return word.length >= 4 && common.has(word) ? 'common' : null;
}

function isSequence(part: string): boolean {
  const backwards = [...part].reverse().join('');
  return SEQUENCES.some((row) => row.includes(part) || row.includes(backwards));
}

/** `abcabcabc` gives `abc`; null for a text that is no repetition. */
function repeatedBlock(text: string): string | null {
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (text.length % length !== 0) continue;
    const block = text.slice(0, length);
    if (block.repeat(text.length / length) === text) return block;
  }
  return null;
}

function wordsOf(texts: readonly string[]): ReadonlySet<string> {
  const whole = texts.map((text) => text.normalize('NFKC').toLowerCase());
  const parts = whole.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u));
  return new Set([...whole, ...parts].filter((word) => word.length >= 3));
}
