import type { PatientSearch } from '@vigil/contracts';
import { normalisedMrn, normalisedName } from '@vigil/domain';
import type { Fields } from './fields.js';

/** Blind indexes of `patient`. A name is for ever: another one is another key, and every row would need it anew. */
export const MRN_INDEX = 'patient-mrn';
export const NAME_BIRTH_INDEX = 'patient-name-birth';
export const PERSON_INDEXES = [MRN_INDEX, NAME_BIRTH_INDEX] as const;

export interface PersonIndexes {
  readonly mrn_index: string;
  readonly name_birth_index: string;
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
