import { plainText } from '../words/plain-text.js';
import { birthDateText } from './format.js';

/** A person as a dialog shows whom it writes about. */
export interface Who {
  /** Empty where it can't be read now. */
  readonly name: string;
  /** ISO; empty where it can't be read now. */
  readonly birthDate: string;
  /** Null where this screen doesn't know it. */
  readonly mrn: string | null;
}

/** `TESTMAN, Tim`, on one line whatever it is made of. */
export const personName = (who: { readonly familyName: string; readonly givenName: string }): string =>
  [plainText(who.familyName).toUpperCase(), plainText(who.givenName)].filter(Boolean).join(', ');

const letters = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/**
 * Whether what was typed or scanned is an identifier of this person: the record number as on the wristband, or the date of birth
 * with the year first, or in a form in which day and month can't be taken for each other. The name is none: it is on the screen.
 */
export function identifies(typed: string, { birthDate, mrn }: Who): boolean {
  const said = letters(typed);
  if (said === '') return false;
  if (mrn !== null && letters(mrn) !== '' && said === letters(mrn)) return true;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return false;
  return said === letters(birthDate) || said === letters(birthDateText(birthDate));
}

/** Something on the wristband can be compared with what this screen knows. */
export const canBeIdentified = ({ birthDate, mrn }: Who): boolean => (mrn !== null && mrn !== '') || birthDate !== '';

/** Others of the unit with the same family name: "another SMITH on this unit". */
export function sameName<T extends { readonly bedId: string; readonly name: string; readonly birthDate: string }>(
  who: Pick<Who, 'name' | 'birthDate'>,
  others: readonly T[],
): readonly T[] {
  const family = familyOf(who.name);
  if (family === '') return [];
  return others.filter(
    (other) => familyOf(other.name) === family && !(other.name === who.name && other.birthDate === who.birthDate),
  );
}

const familyOf = (name: string): string =>
  (name.split(',')[0] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** What a keyboard wedge types of a barcode: without blanks around it, in the form of our ids. Null for what is none. */
export function scannedDevice(text: string): string | null {
  const id = text.trim().toLowerCase();
  return /^[a-z0-9][a-z0-9-]{0,47}$/.test(id) ? id : null;
}
