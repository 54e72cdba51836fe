import { pseudo } from './pseudo.js';
import type { Words } from './words.js';

export type Direction = 'ltr' | 'rtl';

interface LanguageRow {
  /** As its speakers call it. */
  readonly name: string;
  /** BCP 47: for `lang`, plural forms and `Intl`. */
  readonly tag: string;
  readonly dir: Direction;
  readonly load: () => Promise<Words>;
}

const english = async (): Promise<Words> => (await import('./en/index.js')).en;

/** The languages of the screens. `pseudo` is for tests: what is not marked in it was never handed to translators. */
export const LANGUAGES = {
  en: { name: 'English', tag: 'en-GB', dir: 'ltr', load: english },
  pseudo: { name: 'Pseudo', tag: 'en-XA', dir: 'ltr', load: async () => pseudo(await english()) },
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
