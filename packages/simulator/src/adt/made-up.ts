import type { z } from 'zod';
import type { NewPatient } from '@vigil/contracts';
import { hash32, unit } from '../physiology/random.js';

/** Made up; the numbers belong to no hospital. */
const FAMILY = ['Ash', 'Bramble', 'Clary', 'Dogwood', 'Elder', 'Foxglove', 'Gorse', 'Hawthorn', 'Ilex', 'Jasmine'] as const;
const GIVEN = ['Aldo', 'Bess', 'Cora', 'Dario', 'Edda', 'Fritz', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kaya', 'Leif'] as const;
const SEXES = ['female', 'male', 'other'] as const;
const YEAR_FIRST = 1931;
const YEARS = 70;

export type MadeUpPatient = z.input<typeof NewPatient> & { readonly patientId: string };

/** A person for one subject of the recording, who has nothing of that subject but the moves. The same for the same seed and number. */
export function madeUpPatient(seed: number, person: number): MadeUpPatient {
  const stream = hash32(`person/${seed}/${person}`);
  const of = <T>(list: readonly T[], step: number): T => list[Math.floor(unit(stream, step) * list.length)]!;
  const day = new Date(Date.UTC(YEAR_FIRST + Math.floor(unit(stream, 3) * YEARS), 0, 1 + Math.floor(unit(stream, 4) * 364)));
  return {
    patientId: `adt-${seed}-${person}`,
    mrn: `ADT-${seed}-${String(person).padStart(4, '0')}`,
    familyName: `Sim-${of(FAMILY, 0)}`,
    givenName: of(GIVEN, 1),
    birthDate: day.toISOString().slice(0, 10),
    sex: of(SEXES, 2),
  };
}
