import type { PatientSearch } from '@vigil/contracts';
import type { Fields } from './fields.js';

/** Blind indexes of `patient`. A name is for ever: another one is another key, and every row would need it anew. */
export const MRN_INDEX = 'patient-mrn';
export const NAME_BIRTH_INDEX = 'patient-name-birth';
export const PERSON_INDEXES = [MRN_INDEX, NAME_BIRTH_INDEX] as const;

export interface PersonIndexes {
  readonly mrn_index: string;
  readonly name_birth_index: string;
}

/**
 * What record numbers that are one number have in common: form (NFKC, so full width and ligatures are folded), case, and
 * no spaces or punctuation. `DEMO-0001` and `demo 0001` are one patient's, `0001` and `1` are not. A number of nothing
 * but punctuation stays as it is.
 */
export function normalisedMrn(mrn: string): string {
  const folded = caseFolded(mrn);
  const bare = folded.replace(/[^\p{L}\p{N}\p{M}]/gu, '');
  return bare === '' ? folded : bare;
}

/** Form, case and runs of spaces are folded. Accents, hyphens and apostrophes stay: MÜLLER is not MULLER. */
export function normalisedName(name: string): string {
  return caseFolded(name).replace(/\s+/gu, ' ').trim();
}

/** Upper, then lower case: STRASSE finds Straße, and a final sigma is a sigma. */
function caseFolded(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

export function mrnIndex(fields: Fields, mrn: string): Promise<string> {
  return fields.blindIndex(MRN_INDEX, normalisedMrn(mrn));
}

/** A birth date has ten characters, so the two parts can't be told two ways. */
export function nameBirthIndex(fields: Fields, familyName: string, birthDate: string): Promise<string> {
  return fields.blindIndex(NAME_BIRTH_INDEX, `${birthDate} ${normalisedName(familyName)}`);
}

export async function personIndexes(
  fields: Fields,
  person: { readonly mrn: string; readonly familyName: string; readonly birthDate: string },
): Promise<PersonIndexes> {
  return {
    mrn_index: await mrnIndex(fields, person.mrn),
    name_birth_index: await nameBirthIndex(fields, person.familyName, person.birthDate),
  };
}

/** The column to look in, and for what. */
export async function searchBy(
  fields: Fields,
  wanted: PatientSearch,
): Promise<{ readonly column: keyof PersonIndexes; readonly index: string }> {
  if ('mrn' in wanted) return { column: 'mrn_index', index: await mrnIndex(fields, wanted.mrn) };
  return { column: 'name_birth_index', index: await nameBirthIndex(fields, wanted.familyName, wanted.birthDate) };
}
