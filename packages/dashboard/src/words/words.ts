import type { EnFirst } from './en/first.js';
import type { EnRest } from './en/rest.js';
import { type Direction, type Language, LANGUAGES } from './languages.js';
import { plainText } from './plain-text.js';

type English = EnFirst & EnRest;
type Plural = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';
/** What every language has to say: of a plural `_other`, and which other forms it has. */
type Needed<Key extends string> = Key extends `${string}_${Exclude<Plural, 'other'>}` ? never : Key;
type InLanguage<T> = {
  readonly [Area in keyof T]: Readonly<Record<Needed<keyof T[Area] & string>, string>> & Readonly<Record<string, string>>;
};

/** The words of one language: the areas of English, each with the same keys; plural forms as the language has them. */
export type Words = InLanguage<English>;
/** What the live picture and its alarms say: with the first picture. */
export type FirstWords = InLanguage<EnFirst>;
/** What all other screens say: with the first of them, or while nothing else is to do. */
export type RestWords = InLanguage<EnRest>;

type Said<Key extends string> = Key extends `${infer Base}_${Plural}` ? Base : Key;
type Keys<Key extends string> = Key | Said<Key>;
/** `area:key`. A key that has plural forms is named without them. */
export type WordKey = { [Area in keyof English]: `${Area}:${Keys<keyof English[Area] & string>}` }[keyof English];
export type WordValues = Readonly<Record<string, string | number>>;

let said: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
let tag = 'en';
let dir: Direction = 'ltr';
let plurals = new Intl.PluralRules(tag);

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

function apart(value: string | number): string {
  const text = plainText(String(value));
  const isOther = dir === 'rtl' ? !/^[\d\s.,:+-]*$/.test(text) : RIGHT_TO_LEFT.test(text);
  return isOther ? `\u2068${text}\u2069` : text;
}

/** Which way lines run, for parts that want to be told. */
export const direction = (): Direction => dir;

/** Numbers with a sign between them, which would turn round in a line that runs from right to left: `≤ 40` is never `40 ≥`. */
export const leftToRight = (text: string): string => (dir === 'rtl' && text !== '' ? `\u2066${text}\u2069` : text);

function formOf(words: Readonly<Record<string, string>>, key: string, count: unknown): string | undefined {
  if (typeof count !== 'number') return words[key];
  const none = count === 0 ? words[`${key}_zero`] : undefined;
  return none ?? words[`${key}_${plurals.select(count)}`] ?? words[`${key}_other`] ?? words[key];
}

/** The words of a key that may have none, as one that is made of a code; null where it has none. */
export function wordsOf(areaAndKey: string, values: WordValues = {}): string | null {
  const at = areaAndKey.indexOf(':');
  const words = said[areaAndKey.slice(0, at)];
  const text = words && formOf(words, areaAndKey.slice(at + 1), values['count']);
  return text?.replace(/\{\{(\w+)\}\}/g, (_, name: string) => apart(values[name] ?? '')) ?? null;
}

/**
 * Says something in the language of the screen: `t('alarms:accept')`, `t('beds:more', { count })`. Reads no state of React:
 * when the language changes, the page starts anew.
 *
 * What is put into a sentence loses characters that turn the direction of text round, and stands apart from it where the
 * directions differ: a name can't rearrange the words around it.
 */
export const t = (key: WordKey, values?: WordValues): string => wordsOf(key, values) ?? key;

/** BCP 47, for `Intl`. */
export const language = (): string => tag;

/**
 * Takes these words from now on. Synchronous, so that tests of words need no waiting.
 *
 * @param as another tag, for tests of how numbers and dates look elsewhere
 */
export function speak(code: Language, words: FirstWords & Partial<RestWords>, as: string = LANGUAGES[code].tag): void {
  said = words;
  tag = as;
  dir = LANGUAGES[code].dir;
  plurals = new Intl.PluralRules(tag);
}

let code: Language = 'en';
let rest: Promise<void> | null = null;

/** Fetches the words of the first picture and makes the page say so. */
export async function startWords(wanted: Language, root: { lang: string; dir: string }): Promise<void> {
  const { first } = LANGUAGES[wanted];
  speak(wanted, await first());
  code = wanted;
  root.lang = tag;
  root.dir = dir;
}

/** The words of the screens that come after the first picture; asked for again when they could not be fetched. */
export function restOfWords(): Promise<void> {
  rest ??= LANGUAGES[code].rest().then(
    (more) => void (said = { ...said, ...more }),
    (why: unknown) => {
      rest = null;
      throw why;
    },
  );
  return rest;
}
