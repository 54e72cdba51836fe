import { pseudo } from './pseudo.js';
import type { FirstWords, RestWords } from './words.js';

export type Direction = 'ltr' | 'rtl';

interface LanguageRow {
  /** As its speakers call it. */
  readonly name: string;
  /** BCP 47: for `lang`, plural forms and `Intl`. */
  readonly tag: string;
  readonly dir: Direction;
  readonly first: () => Promise<FirstWords>;
  readonly rest: () => Promise<RestWords>;
}

const english = async (): Promise<FirstWords> => (await import('./en/first.js')).first;
const englishRest = async (): Promise<RestWords> => (await import('./en/rest.js')).rest;

/** The languages of the screens. `pseudo` is for tests: what is not marked in it was never handed to translators. */
export const LANGUAGES = {
  en: { name: 'English', tag: 'en-GB', dir: 'ltr', first: english, rest: englishRest },
  de: {
    name: 'Deutsch',
    tag: 'de-DE',
    dir: 'ltr',
    first: async () => (await import('./de/first.js')).first,
    rest: async () => (await import('./de/rest.js')).rest,
  },
  // Latin digits: what a monitor and a chart show are these.
  ar: {
    name: 'العربية',
    tag: 'ar-u-nu-latn',
    dir: 'rtl',
    first: async () => (await import('./ar/first.js')).first,
    rest: async () => (await import('./ar/rest.js')).rest,
  },
  pseudo: {
    name: 'Pseudo',
    tag: 'en-XA',
    dir: 'ltr',
    first: async () => pseudo(await english()),
    rest: async () => pseudo(await englishRest()),
  },
} as const satisfies Record<string, LanguageRow>;

export type Language = keyof typeof LANGUAGES;

const isLanguage = (code: string): code is Language => Object.hasOwn(LANGUAGES, code);

/**
 * The first that we have of those wanted, each by its language alone: `de-AT` is `de`. English where there is none.
 *
 * @param wanted BCP 47 tags, the most wanted first
 */
export function languageOf(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find(isLanguage) ?? 'en';
}
