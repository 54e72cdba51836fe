import { AuditEvent, PatientId } from '@vigil/contracts';
import * as fc from 'fast-check';
import { type AuditEntry, auditEntry } from '../ports/audit-trail.js';
import { auditRowOf, contentOf, parseAuditContent, toAuditEvent } from './audit-event.js';
import { auditFactsOf, DISPOSE, disposedObject } from './audit-facts.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const entry = (more: Partial<AuditEntry> = {}): AuditEntry =>
  auditEntry({
    actor: 'amy',
    roles: ['nurse'],
    action: 'patient.read',
    object: 'patient:pat-1',
    outcome: 'allowed',
    patientIds: [PatientId.parse('pat-1')],
    ip: '192.0.2.7',
    sessionRef: '0123456789abcdef',
    purpose: 'treatment',
    ...more,
  });

/** FHIR R4 (4.0.1), AuditEvent: what must be there, and codes of the required and extensible value sets that we use. */
const DCM_EVENTS = new Set(['110100', '110101', '110106', '110113', '110114']);
const DCM_SUBTYPES = new Set(['110122', '110123', '110127', '110131', '110136', '110137', '110138']);
const INTERACTIONS = new Set(['read', 'search-type', 'create', 'update', 'delete', 'operation']);

function expectR4(event: AuditEvent): void {
  expect(AuditEvent.parse(event)).toEqual(event);
  expect(event.resourceType).toBe('AuditEvent');
  const isRest = event.type.system === 'http://terminology.hl7.org/CodeSystem/audit-event-type' && event.type.code === 'rest';
  const isDicom = event.type.system === 'http://dicom.nema.org/resources/ontology/DCM' && DCM_EVENTS.has(event.type.code);
  expect(isRest || isDicom).toBe(true);
  for (const { system, code } of event.subtype) {
    if (system === 'http://hl7.org/fhir/restful-interaction') expect(INTERACTIONS).toContain(code);
    if (system === 'http://dicom.nema.org/resources/ontology/DCM') expect(DCM_SUBTYPES).toContain(code);
  }
  expect(event.recorded).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  // Exactly one agent asked; each says whether it did.
  expect(event.agent.filter((agent) => agent.requestor)).toHaveLength(1);
  for (const agent of event.agent) expect(typeof agent.requestor).toBe('boolean');
  expect(event.source.observer.identifier.value).toBe('platform');
}

test('a read of one patient follows the pattern PatientRead', () => {
  const event = toAuditEvent(entry(), 7, AT_MS);
  expectR4(event);
  expect(event).toMatchObject({
    id: '7',
    meta: { profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead'] },
    type: { code: 'rest' },
    action: 'R',
    recorded: '2026-01-02T03:04:05.678Z',
    outcome: '0',
  });
  expect(event.subtype.map(({ code }) => code)).toEqual(['read', 'patient.read']);
  // The user has no network; the client is the destination of a read, the server its source.
  expect(event.agent.map((a) => [a.type.coding[0]!.code, a.requestor, a.network?.address])).toEqual([
    ['IRCP', true, undefined],
    ['110152', false, '192.0.2.7'],
    ['110153', false, 'urn:vigil:platform'],
  ]);
  expect(event.entity.map((e) => [e.type.code, e.role?.code, e.what?.identifier.value])).toEqual([
    ['2', '4', 'patient:pat-1'],
    ['1', '1', 'pat-1'],
  ]);
});

test('a list follows the pattern Query, names every patient once, and says what was asked for', () => {
  const patientIds = ['pat-1', 'pat-2'].map((id) => PatientId.parse(id));
  const event = toAuditEvent(entry({ action: 'bed.read', object: 'careUnit:icu', patientIds }), 1, AT_MS);
  expectR4(event);
  expect(event.meta?.profile[0]).toMatch(/IHE\.BasicAudit\.Query$/);
  expect([event.action, event.subtype[0]!.code]).toEqual(['E', 'search-type']);
  expect(event.agent.map((a) => a.type.coding[0]!.code)).toEqual(['IRCP', '110153', '110152']);
  expect(event.entity[0]).toMatchObject({ role: { code: '24' }, query: Buffer.from('careUnit:icu').toString('base64') });
  expect(event.entity.slice(1).map((e) => e.what?.identifier.value)).toEqual(patientIds);
});

test.each([
  ['session.login', 'staff:amy', '110114', '110122', 'E'],
  ['session.logout', 'staff:amy', '110114', '110123', 'E'],
  ['audit.read', 'audit', '110101', 'audit.read', 'R'],
  ['audit.export', 'audit', '110106', 'audit.export', 'R'],
  ['break-glass.use', 'patient:pat-1', '110113', '110127', 'E'],
  ['assignment.create', 'staff:ben', '110113', '110136', 'U'],
  ['account.manage', 'staff:ben', '110113', '110137', 'U'],
  ['station.manage', 'station:s1', '110113', '110131', 'U'],
  ['key.rotate', 'keys', '110113', '110131', 'U'],
  ['encounter.admit', 'encounter:e', 'rest', 'create', 'C'],
  ['encounter.discharge', 'encounter:e', 'rest', 'update', 'U'],
  ['encounter.transfer', 'encounter:e', 'rest', 'update', 'U'],
  ['alarm.accept', 'alarm:a', 'rest', 'update', 'U'],
  ['patient.erase', 'patient:pat-1', 'rest', 'delete', 'D'],
  ['history.erase', 'patient:pat-1', 'rest', 'delete', 'D'],
  ['page.queue', 'alarm:a', '110100', 'page.queue', 'E'],
  ['GET /x', 'route:GET /x', 'rest', 'operation', 'E'],
] as const)('%s of %s is written as %s %s %s', (action, object, type, subtype, code) => {
  const event = toAuditEvent(entry({ action, object }), 1, AT_MS);
  expectR4(event);
  expect([event.type.code, event.subtype[0]!.code, event.action]).toEqual([type, subtype, code]);
});

test('what was done under a break-glass grant says so, with the grant', () => {
  const event = toAuditEvent(entry({ purpose: 'emergency', grantId: 'grant-1' }), 1, AT_MS);
  expectR4(event);
  expect(event.purposeOfEvent?.[0]?.coding[0]?.code).toBe('BTG');
  expect(event.agent[0]!.policy).toEqual(['urn:vigil:break-glass:grant-1']);
});

test('what was refused or failed is no success, and claims no pattern of one', () => {
  for (const [outcome, code] of [
    ['refused', '4'],
    ['failed', '8'],
  ] as const) {
    const event = toAuditEvent(entry({ outcome, detail: 'forbidden' }), 1, AT_MS);
    expectR4(event);
    expect([event.outcome, event.outcomeDesc, event.meta]).toEqual([code, 'forbidden', undefined]);
  }
});

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map((s) => s.toWellFormed());
const entries: fc.Arbitrary<AuditEntry> = fc
  .record({
    actor: fc.constantFrom('amy', 'system:escalation', 'station:desk-1', 'anonymous'),
    roles: fc.uniqueArray(fc.constantFrom('nurse' as const, 'admin' as const), { maxLength: 2 }),
    action: fc.constantFrom('bed.read', 'alarm.accept', 'session.login', 'audit.dispose', 'page.queue', 'x'),
    object: words,
    outcome: fc.constantFrom('allowed' as const, 'refused' as const, 'failed' as const),
    patientIds: fc.uniqueArray(
      fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,9}$/).map((id) => PatientId.parse(id)),
      { maxLength: 5 },
    ),
    detail: fc.oneof(fc.constant(''), words),
    ip: fc.constantFrom(null, '192.0.2.1', '2001:db8::1'),
    stationId: fc.constantFrom(null, 'desk-1'),
    sessionRef: fc.constantFrom(null, 'abc'),
    purpose: fc.constantFrom(null, 'treatment' as const, 'emergency' as const, 'operations' as const),
    grantId: fc.constantFrom(null, 'g-1'),
    entryId: fc.constantFrom(null, '0b9d7e7c-0000-4000-8000-000000000001'),
  })
  .map((known) => auditEntry(known));

test('nothing of an entry is lost in its AuditEvent, and nothing added', () => {
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 2 ** 50 }), (given, seq) => {
      expectR4(toAuditEvent(given, seq, AT_MS));
      expect(parseAuditContent(contentOf(given, seq, AT_MS))).toEqual({ entry: given, seq, wallMs: AT_MS });
    }),
  );
});

test('an entry of half characters and empty words still has a canonical form', () => {
  const content = contentOf(entry({ object: '', detail: `x\ud800${'y'.repeat(5_000)}` }), 1, AT_MS);
  const { entry: read } = parseAuditContent(content);
  expect([read.object, read.detail.length]).toEqual(['none', 2_000]);
  expect(content.isWellFormed()).toBe(true);
});

test('a search shows an entry that somebody made unreadable as that', () => {
  expect(auditRowOf(3, '{"half')).toMatchObject({ seq: 3, action: 'unreadable', outcome: 'failed' });
  expect(auditRowOf(3, '{}')).toMatchObject({ seq: 3, action: 'unreadable' });
});

test('the verifier gets the number, the columns and the disposal from the content', () => {
  const patientIds = ['pat-2', 'pat-1'].map((id) => PatientId.parse(id));
  expect(auditFactsOf(Buffer.from(contentOf(entry({ patientIds }), 9, AT_MS)))).toEqual({
    seq: 9,
    columns: {
      at_wall_ms: AT_MS,
      actor: 'amy',
      action: 'patient.read',
      object: 'patient:pat-1',
      outcome: 'allowed',
      entry_id: null,
      patients: 'pat-1 pat-2',
    },
    disposedTo: null,
  });
  const disposal = entry({ action: DISPOSE, object: disposedObject(41) });
  expect(auditFactsOf(Buffer.from(contentOf(disposal, 50, AT_MS)))?.disposedTo).toBe(41);
  expect(auditFactsOf(Buffer.from('not json'))).toBeNull();
});
