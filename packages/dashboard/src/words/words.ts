import i18next from 'i18next';
import type { en } from './en/index.js';
import { type Direction, type Language, LANGUAGES } from './languages.js';
import { plainText } from './plain-text.js';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof en;
    /** Keys are flat: condition codes are keys, and have dots. */
    keySeparator: false;
  }
}

/** The words of one language: the areas of `en`, each with the same keys; plural forms as the language has them. */
export type Words = { readonly [Area in keyof typeof en]: Readonly<Record<string, string>> };

/**
 * Says something in the language of the screen: `t('alarms:accept')`, `t('beds:more', { count })`. Reads no state of React:
 * when the language changes, the page starts anew.
 *
 * What is put into a sentence loses characters that turn the direction of text round, and stands apart from it where the
 * directions differ: a name can't rearrange the words around it.
 */
export const t = i18next.t;

/** BCP 47, for `Intl`. */
export const language = (): string => i18next.language;

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

function apart(value: string): string {
  const text = plainText(value);
  const isOther = i18next.dir() === 'rtl' ? !/^[\d\s.,:+-]*$/.test(text) : RIGHT_TO_LEFT.test(text);
  return isOther ? `\u2068${text}\u2069` : text;
}

/** Takes these words from now on. Synchronous, so that tests of words need no waiting. */
export function speak(code: Language, words: Words): void {
  void i18next.init({
    lng: LANGUAGES[code].tag,
    initAsync: false,
    resources: { [LANGUAGES[code].tag]: words },
    fallbackLng: false,
    keySeparator: false,
    returnNull: false,
    interpolation: { escape: apart, escapeValue: true },
  });
}

/** Fetches the words and makes the page say so. */
export async function startWords(code: Language, root: HTMLElement): Promise<void> {
  const { load, tag, dir } = LANGUAGES[code];
  speak(code, await load());
  root.lang = tag;
  root.dir = dir satisfies Direction;
}
