import { ar as arPager } from '../pager/words/ar.js';
import { de as dePager } from '../pager/words/de.js';
import { en as enPager } from '../pager/words/en.js';
import { ar } from './ar/index.js';
import { de } from './de/index.js';
import { en } from './en/index.js';
import { LANGUAGES } from './languages.js';

type Area = Readonly<Record<string, string>>;
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** The keys that have plural forms: `beds` of `beds_one`, `beds_other`. */
const counted = (area: Area): string[] =>
  Object.keys(area)
    .filter((key) => key.endsWith('_other') && `${key.slice(0, -6)}_one` in area)
    .map((key) => key.slice(0, -6));
const isForm = (area: Area, key: string): boolean => PLURAL.test(key) && counted(area).includes(key.replace(PLURAL, ''));
const plain = (area: Area): string[] => Object.keys(area).filter((key) => !isForm(area, key));
/** Names in braces and elements, in any order. */
const marks = (text: string): string =>
  [...text.matchAll(/\{\{?\w+\}?\}|<\/?\w+>/g)]
    .map(([mark]) => mark)
    .sort()
    .join(' ');
const withoutCount = (text: string): string => marks(text.replace(/\{\{?count\}?\}/g, ''));

/** What is the same in German: words that both languages have, and names of things. */
const SAME_IN_GERMAN = new Set(
  [
    'Vigil LIVE SIM TEST STANDBY NEWS2 ACVPU SpO₂ PaCO₂ FiO₂ etCO₂ NIBP ART sys dia Temp UDI ms min max',
    'System Hub Gateway Gateways Filter Name Person Version Code Passkeys Push SMS Webhook Median App Runbook Signal Rotation',
    'Patient Trends Parameter Routine Standby Transport Test National Early Warning Score NEWS Royal College of Physicians 2017 in',
  ].flatMap((words) => words.split(' ')),
);
/** What an Arabic screen says in Latin letters, as monitors there do. */
const LATIN = /^[\sA-Za-z0-9₂.,:;()/%°©+-]*$/;
const LATIN_KEYS =
  /^(short\.|credit$|product$|toScores$|part\.(spo2|paCO2)$|total$|parameter\.|channel\.webhook$|way_webhook$|protocolScore$|udi$)/;

const apps: [string, string, Readonly<Record<string, Area>>, Readonly<Record<string, Area>>][] = [
  ['German', LANGUAGES.de.tag, de, en],
  ['Arabic', LANGUAGES.ar.tag, ar, en],
  ['German on a phone', LANGUAGES.de.tag, { pager: dePager }, { pager: enPager }],
  ['Arabic on a phone', LANGUAGES.ar.tag, { pager: arPager }, { pager: enPager }],
];

describe.each(apps)('%s', (_, tag, words, english) => {
  const areas = Object.keys(english).map((name) => ({ name, said: words[name] ?? {}, meant: english[name] ?? {} }));
  const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;

  it('says all that English says, and nothing else', () => {
    for (const { name, said, meant } of areas)
      expect([name, plain(said).sort(), counted(said).sort()]).toEqual([name, plain(meant).sort(), counted(meant).sort()]);
  });

  it('has each plural form of the language', () => {
    for (const { name, said, meant } of areas)
      for (const key of counted(meant))
        for (const form of forms)
          expect([name, `${key}_${form}`, said[`${key}_${form}`]]).toEqual([name, expect.anything(), expect.stringMatching(/./)]);
  });

  it('keeps every name in braces and every element', () => {
    for (const { name, said, meant } of areas) {
      for (const key of plain(meant)) expect([name, key, marks(said[key] ?? '')]).toEqual([name, key, marks(meant[key] ?? '')]);
      for (const key of counted(meant))
        for (const form of forms)
          expect([name, key, form, withoutCount(said[`${key}_${form}`] ?? '')]).toEqual([
            name,
            key,
            form,
            withoutCount(meant[`${key}_other`] ?? ''),
          ]);
    }
  });

  it('says how many where it is not one, two or none', () => {
    for (const { name, said, meant } of areas)
      for (const key of counted(meant).filter((each) => /\{\{?count/.test(meant[`${each}_other`] ?? '')))
        for (const form of forms.filter((each) => !['zero', 'one', 'two'].includes(each)))
          expect([name, key, form, said[`${key}_${form}`]]).toEqual([name, key, form, expect.stringContaining('count}')]);
  });

  it('leaves nothing in English', () => {
    const left = areas.flatMap(({ name, said, meant }) =>
      Object.entries(said)
        .map(([key, text]) => ({ key, text, bare: text.replace(/\{\{?\w+\}?\}/g, '').replace(/<\/?\w+>/g, '') }))
        .filter(({ bare }) => /[A-Za-z]{2}/.test(bare))
        .filter(({ key, text, bare }) =>
          tag.startsWith('ar')
            ? LATIN.test(bare) && !LATIN_KEYS.test(key)
            : text === meant[key] &&
              !bare.split(/[^A-Za-zÀ-ž₂0-9]+/).every((word) => word.length < 2 || SAME_IN_GERMAN.has(word)),
        )
        .map(({ key, text }) => `${name}:${key} ${text}`),
    );
    expect(left).toEqual([]);
  });
});
