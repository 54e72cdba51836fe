import { CareUnitId, GatewayId, PatientId, Role } from '@vigil/contracts';
import fc from 'fast-check';
import {
  type Action,
  type Actor,
  may,
  mayAnywhere,
  NOWHERE,
  type PatientFacts,
  READS_PATIENT,
  type Relation,
  RIGHTS,
  type Subject,
} from './index.js';

const icu = CareUnitId.parse('icu');
const ward = CareUnitId.parse('ward');
const person = (...roles: Role[]): Actor => ({ kind: 'person', id: 'amy', roles, careUnitIds: [icu] });
const at = (careUnitId: CareUnitId, more: Partial<PatientFacts> = {}): Subject => ({
  careUnitIds: [careUnitId],
  patient: { patientId: PatientId.parse('pat-1'), relation: null, breakGlass: false, ...more },
});

test.each<[Role, Action, Subject, boolean]>([
  ['nurse', 'alarm.accept', at(icu), true],
  ['nurse', 'alarm.accept', at(ward), false],
  ['nurse', 'alarm.accept', at(ward, { relation: 'paged for an escalation that runs' }), true],
  ['nurse', 'alarm.accept', { careUnitIds: [ward], paged: true }, true],
  ['nurse', 'encounter.admit', at(ward, { relation: 'paged for an escalation that runs' }), false],
  ['nurse', 'bed.read', at(ward, { breakGlass: true }), true],
  ['nurse', 'encounter.discharge', at(ward, { breakGlass: true }), false],
  ['nurse', 'assignment.create', at(icu), false],
  ['charge-nurse', 'assignment.create', at(icu), true],
  ['charge-nurse', 'assignment.create', at(ward), false],
  ['physician', 'bed.read', at(icu), true],
  ['physician', 'bed.read', at(ward), false],
  ['admin', 'patient.read', at(icu), false],
  ['admin', 'patient.read', at(icu, { relation: 'assigned to the bed', breakGlass: true }), false],
  ['admin', 'reject.read', NOWHERE, true],
  ['admin', 'patient.erase', NOWHERE, false],
  ['biomed', 'patient.read', at(icu), false],
  ['security-officer', 'audit.read', NOWHERE, true],
  ['security-officer', 'bed.read', at(icu, { breakGlass: true }), false],
  ['security-officer', 'break-glass.review', { careUnitIds: [], staffId: 'ben' }, true],
  ['security-officer', 'break-glass.review', { careUnitIds: [], staffId: 'amy' }, false],
  ['auditor', 'audit.export', NOWHERE, true],
  ['auditor', 'break-glass.review', { careUnitIds: [], staffId: 'ben' }, false],
])('%s, %s, %j: %s', (role, action, subject, allowed) => {
  expect(may(person(role), action, subject).allowed).toBe(allowed);
});

test('no role means no, with the reason', () => {
  expect(may(person(), 'bed.read', at(icu))).toEqual({
    allowed: false,
    reason: 'no role of the actor grants bed.read',
    underBreakGlass: false,
  });
});

test('break-glass is named only where nothing else allows it', () => {
  const subject = (careUnitId: CareUnitId) => at(careUnitId, { breakGlass: true });
  expect(may(person('nurse'), 'bed.read', subject(icu)).underBreakGlass).toBe(false);
  expect(may(person('nurse'), 'bed.read', subject(ward)).underBreakGlass).toBe(true);
});

describe('what is no person', () => {
  const station: Actor = { kind: 'station', id: 'station:1', roles: ['nurse'], careUnitIds: [icu] };
  const service: Actor = { kind: 'service', id: 'system:simulator', roles: ['service', 'nurse'], careUnitIds: [] };
  const gateway: Actor = { ...service, gatewayId: GatewayId.parse('gw-1') };
  const ofGateway = (id: string): Subject => ({ careUnitIds: [], gatewayId: GatewayId.parse(id) });

  test.each<[string, Actor, Action, Subject, boolean]>([
    ['a station looks at its care unit', station, 'bed.read', at(icu), true],
    ['a station looks at no other', station, 'bed.read', at(ward, { relation: 'assigned to the bed', breakGlass: true }), false],
    ['a station accepts nothing', station, 'alarm.accept', { ...at(icu), paged: true }, false],
    ['a service admits', service, 'encounter.admit', at(icu), true],
    ['a service accepts nothing', service, 'alarm.accept', at(icu), false],
    ['a service reads no audit', service, 'audit.read', NOWHERE, false],
    ['a gateway reads its own configuration', gateway, 'gateway.config', ofGateway('gw-1'), true],
    ['a gateway reads no other', gateway, 'gateway.config', ofGateway('gw-2'), false],
    ['a gateway admits nobody', gateway, 'encounter.admit', at(icu), false],
    ['a service that is no gateway reads no configuration', service, 'gateway.config', ofGateway('gw-1'), false],
  ])('%s', (_what, actor, action, subject, allowed) => {
    expect(may(actor, action, subject).allowed).toBe(allowed);
  });

  test('a program that reads history reads it of its care units and has nothing else, whatever roles it claims', () => {
    const reader: Actor = { ...service, roles: ['service', 'physician'], careUnitIds: [icu], readsHistory: true };
    expect(may(reader, 'history.machine-read', at(icu)).allowed).toBe(true);
    expect(may({ ...reader, careUnitIds: [] }, 'history.machine-read', at(icu)).allowed).toBe(false);
    expect(may(reader, 'history.read', at(icu)).allowed).toBe(false);
    expect(mayAnywhere(reader, 'patient.read').allowed).toBe(false);
    expect(mayAnywhere({ ...reader, kind: 'person' }, 'history.machine-read').allowed).toBe(false);
  });

  test('a person with the role of a service has nothing from it', () => {
    expect(mayAnywhere(person('service'), 'patient.create').allowed).toBe(false);
  });
});

describe('of whatever actor, action and subject', () => {
  const ROLES = Role.options;
  const RELATIONS: readonly (Relation | null)[] = [
    null,
    'assigned to the bed',
    'covers the care unit',
    'accepted an alarm of this stay within 12 h',
    'paged for an escalation that runs',
    'treated the patient until discharge, within 24 h',
  ];
  const ACTIONS = [...new Set(Object.values(RIGHTS).flatMap((rights) => Object.keys(rights)))] as Action[];
  const units = fc.subarray([icu, ward]);
  const anyActor: fc.Arbitrary<Actor> = fc.record({
    kind: fc.constantFrom('person', 'service', 'station'),
    id: fc.constantFrom('amy', 'ben'),
    roles: fc.subarray([...ROLES]),
    careUnitIds: units,
    gatewayId: fc.constantFrom(null, GatewayId.parse('gw-1')),
  });
  const anySubject: fc.Arbitrary<Subject> = fc.record({
    careUnitIds: units,
    patient: fc.option(
      fc.record({
        patientId: fc.constant(PatientId.parse('pat-1')),
        relation: fc.constantFrom(...RELATIONS),
        breakGlass: fc.boolean(),
      }),
      { nil: null },
    ),
    paged: fc.boolean(),
    gatewayId: fc.constantFrom(GatewayId.parse('gw-1'), GatewayId.parse('gw-2')),
    staffId: fc.constant('carl'),
  });
  const anyAction = fc.constantFrom(...ACTIONS);
  const all = fc.tuple(anyActor, anyAction, anySubject);
  const runs = { numRuns: 5_000 };

  test('there is a decision, with a reason', () => {
    fc.assert(
      fc.property(all, ([actor, action, subject]) => {
        const { allowed, reason } = may(actor, action, subject);
        expect(typeof allowed).toBe('boolean');
        expect(reason).toMatch(/^[a-z][a-z :,.0-9-]{4,}$/i);
      }),
      runs,
    );
  });

  test('fewer roles, care units or facts never add a right', () => {
    fc.assert(
      fc.property(all, fc.nat(9), ([actor, action, subject], n) => {
        const { allowed } = may(actor, action, subject);
        const without = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== n % Math.max(1, list.length));
        const fewer = [
          may({ ...actor, roles: without(actor.roles) }, action, subject),
          may({ ...actor, careUnitIds: without(actor.careUnitIds) }, action, subject),
          may(actor, action, { ...subject, careUnitIds: without(subject.careUnitIds) }),
          may(actor, action, { ...subject, patient: null }),
          may(actor, action, { ...subject, patient: subject.patient ? { ...subject.patient, relation: null } : null }),
          may(actor, action, { ...subject, patient: subject.patient ? { ...subject.patient, breakGlass: false } : null }),
          may(actor, action, { ...subject, paged: false }),
        ];
        for (const decision of fewer) expect(!decision.allowed || allowed).toBe(true);
      }),
      runs,
    );
  });

  test('a station and a service never have more than their row', () => {
    fc.assert(
      fc.property(all, ([actor, action, subject]) => {
        const { allowed } = may(actor, action, subject);
        if (!allowed) return;
        if (actor.kind === 'station') expect(['bed.read', 'alarm.read']).toContain(action);
        if (actor.kind === 'service') expect(Object.keys({ ...RIGHTS.service, ...RIGHTS.gateway })).toContain(action);
      }),
      runs,
    );
  });

  test('who may do it to something may do it somewhere', () => {
    fc.assert(
      fc.property(all, ([actor, action, subject]) => {
        if (may(actor, action, subject).allowed) expect(mayAnywhere(actor, action).allowed).toBe(true);
      }),
      runs,
    );
  });

  test('whoever runs the house sees no patient, whatever the facts', () => {
    const house: readonly Role[] = ['biomed', 'admin', 'security-officer', 'auditor'];
    fc.assert(
      fc.property(fc.subarray([...house]), anySubject, fc.constantFrom(...READS_PATIENT), (roles, subject, action) => {
        expect(may({ kind: 'person', id: 'eve', roles, careUnitIds: [icu, ward] }, action, subject).allowed).toBe(false);
      }),
      runs,
    );
  });
});
