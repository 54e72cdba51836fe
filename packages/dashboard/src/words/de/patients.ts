import type { Words } from '../words.js';

/** German. Not yet read by a clinical translator. */
export const patients: Words['patients'] = {
  fromWristband: 'Vom Armband',
  mrn: 'Patientennummer',
  or: 'oder',
  familyName: 'Familienname',
  birthDate: 'Geburtsdatum',
  find: 'Suchen',
  looking: 'Wird gesucht…',
  what: 'Geben Sie die Patientennummer ein, oder Familienname und Geburtsdatum.',
  nobody: 'Niemand gefunden. Prüfen Sie auf Tippfehler: es wird genau gesucht.',
  found: 'Gefunden',
  foundOne: '{{family}}, {{given}} – {{birthDate}} – {{mrn}}',
  notMine: 'Ein Patient, den Sie nicht behandeln ({{number}})',
  theRecord: 'Die Akte',
  record: 'die Akte',
  patient: 'Patient',
  admit: 'Patienten aufnehmen',
};
