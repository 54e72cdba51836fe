import { en } from './en.js';

export type PagerWords = { readonly [Key in keyof typeof en]: string } & Readonly<Record<string, string>>;
type Key = keyof typeof en;
/** Keys that have a form for each plural of the language. */
type Counted = Key extends infer K ? (K extends `${infer Stem}_other` ? Stem : never) : never;

interface Tongue {
  readonly tag: string;
  readonly dir: 'ltr' | 'rtl';
  readonly words: PagerWords;
}

/** English comes with the page: a phone that can fetch nothing more says all it has to. */
const ENGLISH: Tongue = { tag: 'en', dir: 'ltr', words: en };
let tongue = ENGLISH;

const MORE: Readonly<Record<string, { readonly dir: 'ltr' | 'rtl'; readonly load: () => Promise<PagerWords> }>> = {
  de: { dir: 'ltr', load: async () => (await import('./de.js')).de },
  ar: { dir: 'rtl', load: async () => (await import('./ar.js')).ar },
};

/** The language of the phone, where we have it; a fetch that fails leaves English. */
export async function speakAs(wanted: readonly string[]): Promise<void> {
  const tag = wanted.map((each) => each.toLowerCase().split('-')[0] ?? '').find((each) => each === 'en' || each in MORE) ?? 'en';
  const more = MORE[tag];
  tongue = more ? { tag, dir: more.dir, words: await more.load() } : ENGLISH;
}

export const spoken = (): Pick<Tongue, 'tag' | 'dir'> => tongue;

/** Direction marks of a name would turn the sentence round it; where directions differ it stands apart. */
function apart(text: string): string {
  const plain = text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  return tongue.dir === 'rtl' ? `\u2068${plain}\u2069` : plain;
}

/** Made of words of ours, with what comes from outside standing apart in it already. */
export interface Made {
  readonly made: string;
}
/** Of a place or a person as it came from outside, or made here. */
type Value = string | Made;
const partOf = (value: Value): string => (typeof value === 'string' ? apart(value) : value.made);

/** "Bea Bloom and Carol Chase", in the language of the phone. */
export const listed = (names: readonly Value[]): Made => ({
  made: new Intl.ListFormat(tongue.tag, { type: 'conjunction' }).format(names.map(partOf)),
});

export function say(key: Key, values: Readonly<Record<string, Value>> = {}): string {
  return (tongue.words[key] ?? '').replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : partOf(value);
  });
}

/** The form for `count` in the language of the phone. */
export function sayCounted(key: Counted, count: number, values: Readonly<Record<string, Value>> = {}): string {
  const form = `${key}_${new Intl.PluralRules(tongue.tag).select(count)}`;
  return say((form in tongue.words ? form : `${key}_other`) as Key, { ...values, count: count.toLocaleString(tongue.tag) });
}
