import type { Stack } from '../../support/stack.js';
import type { Answered, Probe } from './probe.js';

export const PATIENT = {
  patientId: 'p-0001',
  mrn: 'MRN-7749-Xylo/31',
  familyName: 'Quägmire-Zebedee',
  givenName: 'Wilhelmína-Óskara',
  birthDate: '1903-07-19',
  sex: 'female',
} as const;
export const BED = 'icu-2';
/** What somebody writes in a hurry: names, in the one place where free text is asked for. */
export const REASON_TEXT = 'collapsed on the stairs, niece of Obadiah-Thackeray';
export const REVIEW_NOTE = 'spoke with Philomena-Crabtree about it';

export function addPatient(probe: Probe): void {
  const { mrn, familyName, givenName, birthDate } = PATIENT;
  const { canaries } = probe;
  for (const form of [mrn, mrn.replace(/\W/g, '')]) canaries.add('record number', form);
  for (const [name, value] of Object.entries({ 'family name': familyName, 'given name': givenName })) canaries.add(name, value);
  for (const form of [birthDate, birthDate.replaceAll('-', ''), '19-Jul-1903', '19.07.1903', '07/19/1903']) {
    canaries.add('birth date', form);
  }
  canaries.add('reason of an emergency', 'Obadiah-Thackeray');
  canaries.add('note of a review', 'Philomena-Crabtree');
}

/** Made, admitted, found, and refused in every way in which that can be asked for wrongly. */
export async function admit(probe: Probe, stack: Stack, charge: string): Promise<string> {
  const post = (path: string, body: unknown): Promise<Answered> => probe.ask(stack, 'POST', path, { as: charge, body });
  const { mrn, familyName, birthDate } = PATIENT;
  await probe.done(stack, 'POST', '/api/v1/patients', { as: charge, body: PATIENT });
  // Again; with a record number that is taken; with each member wrong.
  await post('/api/v1/patients', PATIENT);
  await post('/api/v1/patients', { ...PATIENT, patientId: 'p-0002' });
  for (const member of Object.keys(PATIENT)) {
    await post('/api/v1/patients', { ...PATIENT, [member]: `${familyName}\r\n${mrn}`.repeat(9) });
    await post('/api/v1/patients', { ...PATIENT, [member]: { [mrn]: familyName } });
  }
  await post('/api/v1/patients', { ...PATIENT, [familyName]: mrn });
  await post('/api/v1/patients', `{"familyName":"${familyName}","mrn":"${mrn}`);
  await post('/api/v1/patients', `{"mrn":"${mrn}","mrn":"${mrn}"}`);
  const stay = { encounterId: 'e-0001', patientId: PATIENT.patientId, bedId: BED };
  const { encounterId } = await probe.done(stack, 'POST', '/api/v1/encounters', { as: charge, body: stay });
  await post('/api/v1/encounters', { ...stay, encounterId: 'e-0002' });
  await post('/api/v1/encounters', { ...stay, patientId: mrn });
  for (const body of [{ mrn }, { familyName, birthDate }, { familyName }, { mrn, familyName }, { mrn: `${mrn}x` }]) {
    await post('/api/v1/patients/search', body);
  }
  return encounterId as string;
}

/** Everything that somebody who treats the patient looks at. The answers hold the name, as they should. */
export async function readRecord(probe: Probe, stack: Stack, as: string, encounterId: string): Promise<void> {
  const record = await probe.done(stack, 'GET', `/api/v1/patients/${PATIENT.patientId}`, { as });
  if (record.familyName !== PATIENT.familyName) throw new Error('the record does not hold what it was made with');
  for (const path of ['/patients', '/encounters', `/encounters/${encounterId}`, '/beds?careUnit=icu', `/beds/${BED}`]) {
    await probe.done(stack, 'GET', `/api/v1${path}`, { as });
  }
  const alarms = await probe.done(stack, 'GET', `/api/v1/alarms?bed=${BED}`, { as, keep: true });
  await probe.done(stack, 'GET', `/api/v1/alarms/${alarms.items[0].alarmId}`, { as, keep: true });
  const history = `/api/v1/beds/${BED}/history?metric=heartRate&from=0&to=9999999999999`;
  await probe.done(stack, 'GET', history, { as, keep: true });
}

/** Opened by somebody who does not treat the patient, and looked at by the security officer. */
export async function breakGlass(probe: Probe, stack: Stack, physician: string, officer: string): Promise<void> {
  const body = { patientId: PATIENT.patientId, reason: 'emergency', text: REASON_TEXT };
  await probe.ask(stack, 'POST', '/api/v1/break-glass', { as: physician, body: { ...body, text: REASON_TEXT.repeat(50) } });
  await probe.ask(stack, 'POST', '/api/v1/break-glass', { as: physician, body: { ...body, reason: REASON_TEXT } });
  const { grantId } = await probe.done(stack, 'POST', '/api/v1/break-glass', { as: physician, body });
  await probe.done(stack, 'GET', `/api/v1/patients/${PATIENT.patientId}`, { as: physician });
  await probe.done(stack, 'GET', '/api/v1/break-glass/mine', { as: physician });
  await probe.done(stack, 'DELETE', `/api/v1/break-glass/${grantId}`, { as: physician });
  const { items } = await probe.done(stack, 'GET', '/api/v1/break-glass', { as: officer });
  if (items[0].text !== REASON_TEXT) throw new Error('whoever reviews does not see why');
  const review = { outcome: 'justified', note: REVIEW_NOTE };
  await probe.done(stack, 'POST', `/api/v1/break-glass/${grantId}/review`, { as: officer, body: review });
}

/** What the security officer may see of everything above: ids only. */
export async function readTrail(probe: Probe, stack: Stack, officer: string): Promise<number> {
  const { patientId } = PATIENT;
  const paths = [
    '/api/v1/audit?limit=500',
    `/api/v1/audit?limit=500&patient=${patientId}`,
    '/api/v1/audit?limit=500&outcome=refused',
    `/api/v1/patients/${patientId}/access-report`,
    '/api/v1/fhir/AuditEvent?_count=500',
    `/api/v1/fhir/AuditEvent?patient=${patientId}`,
    '/api/v1/keys',
    '/api/v1/audit/holds',
  ];
  for (const path of paths) await probe.done(stack, 'GET', path, { as: officer, keep: true });
  const text = await probe.done(stack, 'GET', '/api/v1/audit/export', { as: officer, keep: true });
  return String(text).split('\n').length;
}

/** Sent home and erased. */
export async function erase(probe: Probe, stack: Stack, encounterId: string, charge: string, officer: string): Promise<void> {
  const { patientId, mrn, familyName, birthDate } = PATIENT;
  const path = `/api/v1/patients/${patientId}`;
  const body = { reason: 'patient-request' };
  await probe.ask(stack, 'POST', `${path}/erase`, { as: officer, body });
  await probe.done(stack, 'POST', `/api/v1/encounters/${encounterId}/discharge`, { as: charge, body: {} });
  await probe.ask(stack, 'POST', `${path}/erase`, { as: officer, body: { reason: familyName } });
  const { state } = await probe.done(stack, 'POST', `${path}/erase`, { as: officer, body });
  if (state !== 'destroyed') throw new Error(`erasing is ${state}`);
  // From here on no answer may hold anything, whatever its status.
  for (const ask of [path, '/api/v1/patients', '/api/v1/encounters', `/api/v1/encounters/${encounterId}`]) {
    await probe.ask(stack, 'GET', ask, { as: charge, keep: true });
  }
  for (const search of [{ mrn }, { familyName, birthDate }]) {
    await probe.ask(stack, 'POST', '/api/v1/patients/search', { as: charge, body: search, keep: true });
  }
}
