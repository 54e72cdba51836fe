import type { Site } from '@vigil/contracts';

/** Invented. Nobody is called "Demo"; the numbers belong to no hospital. */
const FAMILY = ['Birch', 'Cedar', 'Elm', 'Hazel', 'Juniper', 'Larch', 'Maple', 'Rowan', 'Spruce', 'Willow'];
const GIVEN = ['Alder', 'Bryony', 'Clover', 'Fern', 'Heath', 'Ivy', 'Linden', 'Myrtle', 'Reed', 'Sage', 'Sorrel'];
const SEXES = ['female', 'male'] as const;

type Raw = Record<string, unknown>;

/** A clearly invented adult for bed `n` (from 1). The same every time. */
export function demoPatient(n: number): Raw {
  const year = 1936 + ((n * 7) % 60);
  const month = String(1 + ((n * 5) % 12)).padStart(2, '0');
  const day = String(1 + ((n * 11) % 28)).padStart(2, '0');
  return {
    patientId: `demo-${n}`,
    mrn: `DEMO-${String(n).padStart(4, '0')}`,
    familyName: `Demo-${FAMILY[n % FAMILY.length]}`,
    givenName: GIVEN[n % GIVEN.length],
    birthDate: `${year}-${month}-${day}`,
    sex: SEXES[n % 2],
  };
}

/** At least one account for each role that works in a demo. `.example` is reserved: no mail can leave. */
export const DEMO_STAFF: Site['staff'] = [
  ['amy', 'Amy Adler', 'nurse'],
  ['ben', 'Ben Brook', 'nurse'],
  ['carol', 'Carol Chase', 'charge-nurse'],
  ['dan', 'Dan Doyle', 'admin'],
  ['eve', 'Eve Ellis', 'security-officer'],
  ['fay', 'Fay Frost', 'physician'],
  ['gil', 'Gil Grant', 'biomed'],
  ['hana', 'Hana Hart', 'auditor'],
  ['bea', 'Bea Bloom', 'nurse'],
  ['ned', 'Ned North', 'physician'],
  ['rae', 'Rae Reed', 'on-call'],
].map(([username, name, role]) => ({
  staffId: username as Site['staff'][number]['staffId'],
  username: username!,
  name: name!,
  roles: [role!],
  email: `${username}@vigil.example`,
}));

/** Whom a real site begins with: makes the accounts of everybody else. */
export const FIRST_ADMIN: Site['staff'][number] = {
  staffId: 'admin' as Site['staff'][number]['staffId'],
  username: 'admin',
  name: 'First administrator',
  roles: ['admin'],
};
