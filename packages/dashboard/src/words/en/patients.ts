/** Finding a patient by what is on the wristband. */
export const patients = {
  fromWristband: 'From the wristband',
  mrn: 'Record number',
  or: 'or',
  familyName: 'Family name',
  birthDate: 'Date of birth',
  find: 'Find',
  looking: 'Looking…',
  what: 'Enter the record number, or the family name and the date of birth.',
  nobody: 'Nobody was found. Look for a slip of the pen: the search is exact.',
  found: 'Found',
  foundOne: '{{family}}, {{given}} – {{birthDate}} – {{mrn}}',
  notMine: 'A patient whom you do not treat ({{number}})',
  theRecord: 'The record',
  record: 'the record',
  patient: 'Patient',
  admit: 'Admit a patient',
} as const;
