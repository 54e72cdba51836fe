import { BedId, type ChangeReason, EncounterId, PatientId } from '@vigil/contracts';
import type { AuditTrail } from '../../src/ports/audit-trail.js';
import type { CareRelations } from '../../src/ports/care-relations.js';
import type { Corrections } from '../../src/ports/corrections.js';
import type { DeviceAssignments } from '../../src/ports/device-assignments.js';
import type { Directory } from '../../src/ports/directory.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import type { RecordKeys } from '../../src/ports/record-keys.js';
import type { StandbyStore } from '../../src/ports/standby.js';
import type { StayLimitStore } from '../../src/ports/stay-limits.js';
import { changeAt } from './device-assignments.contract.js';

export interface StayChangesUnderTest {
  readonly corrections: Corrections;
  readonly deviceAssignments: DeviceAssignments;
  readonly directory: Directory;
  readonly careRelations: CareRelations;
  readonly standby: StandbyStore;
  readonly stayLimits: StayLimitStore;
  readonly recordKeys: RecordKeys;
  readonly logRelay: LogRelay;
  readonly auditTrail: AuditTrail;
  readonly clock: { nowMs(): number; advance(ms: number): Promise<void> };
  end(): Promise<void>;
}

const bed = (id: string) => BedId.parse(id);
const enc = (n: number | string) => EncounterId.parse(`enc-${n}`);
const pat = (n: number) => PatientId.parse(`pat-${n}`);
const MINUTE = 60_000;

/** Promises of `Corrections`, and of what `Directory` says of stays, on the site of `sql-fixture.ts`: pat-1 lies in icu-1 as enc-1. */
export function stayChangesContract(open: () => Promise<StayChangesUnderTest>): void {
  let t: StayChangesUnderTest;
  let t0: number;
  beforeEach(async () => {
    t = await open();
    t0 = t.clock.nowMs();
    await t.clock.advance(10 * MINUTE);
  });
  afterEach(() => t.end());

  const now = () => t.clock.nowMs();
  const change = () => changeAt(now());
  const why = { reason: 'wrong-patient' as ChangeReason, note: 'Testman lies in the other bed' };
  const events = async () => (await t.logRelay.next(1_000)).map(({ event }) => event);
  const after = async (count: number) => (await events()).slice(count);
  const admit = (n: number, patient: number, bedId: string, atMs = now()) =>
    t.directory.admit({ encounterId: enc(n), patientId: pat(patient), bedId: bed(bedId), atMs }, change());
  const move = (n: number, bedId: string, atMs = now()) =>
    t.directory.transfer({ encounterId: enc(n), bedId: bed(bedId), atMs }, change());
  const leave = (n: number) => t.directory.discharge(enc(n), now(), change());
  /** Who lay in a bed when: `[patient, from, to]`. */
  const stays = async (bedId: string) =>
    (await t.careRelations.staysIn(bed(bedId), 0, now() + 1)).map((s) => [s.patientId, s.admittedMs, s.dischargedMs]);
  const shown = async (bedId: string) => (await t.directory.bed(bed(bedId)))!.encounter?.encounterId ?? null;

  test('an admission says who made it, and a visit is kept sealed', async () => {
    const request = { encounterId: enc(2), patientId: pat(2), bedId: bed('icu-2'), atMs: now() };
    const visit = { system: 'hl7:ADT', value: 'V-4711' };
    const from = { ...change(), source: 'hl7', sourceRef: 'm-1', by: null } as const;
    expect(await t.directory.admit({ ...request, visit }, from)).toMatchObject({ source: 'hl7', rev: 1 });
    expect((await events()).at(-1)).toMatchObject({ kind: 'admit', by: null, source: 'hl7', sourceRef: 'm-1' });
    expect(JSON.stringify(await events())).not.toContain('4711');
  });

  test('a patient who has just left the bed lies elsewhere, and is not admitted to it a second time', async () => {
    await move(1, 'icu-2');
    await expect(admit(2, 1, 'icu-1', now() - 1)).rejects.toMatchObject({
      conflicts: [
        { kind: 'bed-taken', bedId: 'icu-1', encounterId: 'enc-1', toMs: now() },
        { kind: 'patient-elsewhere', bedId: 'icu-2', encounterId: 'enc-1', toMs: null },
      ],
    });
  });

  test('an admission that was none is in no answer any more, and the bed is free', async () => {
    await t.standby.set(
      { encounterId: enc(1), place: 'imaging', toMs: now() + MINUTE, latestMs: now() + MINUTE, note: null },
      change(),
    );
    const count = (await events()).length;
    const once = change();
    const voided = await t.corrections.voidStay(enc(1), now(), once);
    expect([voided.value.encounterId, voided.repeated]).toEqual(['enc-1', false]);
    expect(await after(count)).toMatchObject([
      { kind: 'discharge', id: 'void/enc-1', key: 'bed:icu-1', voided: true, atMs: now(), reason: 'cancelled-at-source' },
    ]);
    expect((await t.corrections.voidStay(enc(1), now(), once)).repeated).toBe(true);
    await t.corrections.voidStay(enc(1), now(), change());
    expect(await after(count)).toHaveLength(1);
    const found = [
      await t.directory.encounter(enc(1)),
      await shown('icu-1'),
      (await t.directory.encounters({ limit: 9 })).items,
      await stays('icu-1'),
      await t.careRelations.bedOf(pat(1)),
      await t.careRelations.patientsOf([enc(1)]),
      (await t.directory.gatewayConfig('gw-1', 1))!.watch!.beds[0]!.encounter,
      await t.standby.inForce({ nowMs: now() }),
    ];
    expect(found).toEqual([null, null, [], [], null, [], null, []]);
    expect(await t.corrections.since(0, 9)).toMatchObject([
      { is: 'stay', bedId: 'icu-1', wrongEncounterId: 'enc-1', encounterId: null, fromMs: t0, toMs: null },
    ]);
    // Its id is never given again.
    await expect(admit(1, 1, 'icu-1')).rejects.toMatchObject({ code: 'conflict' });
    expect(await admit(3, 1, 'icu-1', t0 + 1)).toMatchObject({ admittedMs: t0 + 1 });
  });

  test('a discharge that was none is taken back, once nobody else lies there', async () => {
    await leave(1);
    const leftMs = now();
    await t.clock.advance(MINUTE);
    await admit(2, 2, 'icu-1');
    const reopen = (more = {}) => t.corrections.reopenStay(enc(1), { ...why, reason: 'cancelled-at-source', ...more }, change());
    await expect(reopen()).rejects.toMatchObject({ conflicts: [{ kind: 'bed-taken', encounterId: 'enc-2' }] });
    const { value } = await reopen({ bedId: bed('imc-1') });
    expect(value).toMatchObject({ bedId: 'imc-1', admittedMs: t0, dischargedMs: null, rev: 3 });
    expect((await events()).at(-1)).toMatchObject({ kind: 'admit', reopened: true, key: 'bed:imc-1', atMs: leftMs + 1 });
    expect([await stays('icu-1'), await stays('imc-1')]).toEqual([
      [
        ['pat-1', t0, leftMs],
        ['pat-2', now(), null],
      ],
      [['pat-1', leftMs, null]],
    ]);
    await expect(reopen()).rejects.toMatchObject({ code: 'conflict' });
    // It ends a second time: under an id that the log has not seen.
    await leave(1);
    expect((await events()).at(-1)).toMatchObject({ kind: 'discharge', id: 'discharge/enc-1/4' });
  });

  test('a transfer that was none is taken back: the stay has been in the bed before all the time', async () => {
    await t.clock.advance(MINUTE);
    await move(1, 'icu-2');
    const movedMs = now();
    await t.clock.advance(MINUTE);
    await move(1, 'imc-1');
    await t.clock.advance(MINUTE);
    const count = (await events()).length;
    const { value } = await t.corrections.cancelTransfer(enc(1), now(), change());
    expect(value).toMatchObject({ bedId: 'icu-2', rev: 4 });
    expect(await after(count)).toMatchObject([
      { kind: 'transferOut', id: `cancel/transfer/enc-1/${movedMs + MINUTE}`, bedId: 'imc-1', toBedId: 'icu-2', atMs: now() },
    ]);
    expect([await stays('icu-1'), await stays('icu-2'), await stays('imc-1')]).toEqual([
      [['pat-1', t0, movedMs]],
      [['pat-1', movedMs, null]],
      [],
    ]);
    await admit(2, 2, 'icu-1');
    const taken = t.corrections.cancelTransfer(enc(1), now(), change());
    await expect(taken).rejects.toMatchObject({ conflicts: [{ kind: 'bed-taken', bedId: 'icu-1', encounterId: 'enc-2' }] });
    await t.corrections.voidStay(enc(2), now(), change());
    await t.corrections.cancelTransfer(enc(1), now(), change());
    expect(await stays('icu-1')).toEqual([['pat-1', t0, null]]);
    await expect(t.corrections.cancelTransfer(enc(1), now(), change())).rejects.toMatchObject({ code: 'conflict' });
    // The same move at another time, and at the same time again: ids that the log has not seen.
    await move(1, 'icu-2', movedMs + 1);
    expect((await events()).at(-1)).toMatchObject({ id: `transfer/enc-1/${movedMs + 1}/6` });
  });

  test('another patient lies there: a stay of its own takes the place of the wrong one, in all of its beds', async () => {
    await move(1, 'icu-2', t0 + MINUTE);
    const once = change();
    const count = (await events()).length;
    const request = { ...why, patientId: pat(2), ifRev: 2 };
    const { value, repeated } = await t.corrections.correctStay(enc(1), request, once);
    const { encounter, correction } = value;
    expect(repeated).toBe(false);
    expect(encounter).toMatchObject({
      patientId: 'pat-2',
      bedId: 'icu-2',
      admittedMs: t0,
      dischargedMs: null,
      ageGroup: 'adult',
    });
    expect(correction).toMatchObject({ correctionId: once.commandId, reattribution: null, questioned: [] });
    expect(await after(count)).toMatchObject([
      {
        ...{ kind: 'stayCorrected', key: 'bed:icu-2', wrongEncounterId: 'enc-1', encounterId: encounter.encounterId },
        ...{ patientId: 'pat-2', sinceMs: t0 + MINUTE, careUnitId: 'icu', reason: 'wrong-patient', by: 'carol' },
      },
    ]);
    expect([await stays('icu-1'), await stays('icu-2')]).toEqual([[['pat-2', t0, t0 + MINUTE]], [['pat-2', t0 + MINUTE, null]]]);
    expect(await t.directory.encounter(enc(1))).toBeNull();
    expect(await t.corrections.since(0, 9)).toMatchObject([
      { bedId: 'icu-1', wrongEncounterId: 'enc-1', encounterId: encounter.encounterId, fromMs: t0, toMs: t0 + MINUTE },
      { bedId: 'icu-2', wrongEncounterId: 'enc-1', encounterId: encounter.encounterId, fromMs: t0 + MINUTE, toMs: null },
    ]);
    const [row] = (await t.auditTrail.list({ limit: 1 })).items;
    expect([row!.patientIds, JSON.stringify(row).includes('Testman')]).toEqual([['pat-1', 'pat-2'], false]);
    expect(await t.corrections.correctStay(enc(1), request, once)).toEqual({ value, repeated: true });
    expect(JSON.stringify(await events())).not.toContain('Testman');
    const gone = t.corrections.correctStay(enc(1), request, change());
    await expect(gone).rejects.toMatchObject({ code: 'not-found' });
  });

  test('it was another bed: over there, and begun here with what people have set', async () => {
    const count = (await events()).length;
    const { value } = await t.corrections.correctStay(enc(1), { ...why, bedId: bed('imc-1') }, change());
    expect(value.encounter).toMatchObject({ encounterId: 'enc-1', bedId: 'imc-1', admittedMs: t0, rev: 2 });
    expect(await after(count)).toMatchObject([
      { kind: 'discharge', key: 'bed:icu-1', voided: true, encounterId: 'enc-1' },
      { kind: 'admit', key: 'bed:imc-1', encounterId: 'enc-1', atMs: t0, careUnitId: 'imc' },
    ]);
    expect([await stays('icu-1'), await stays('imc-1')]).toEqual([[], [['pat-1', t0, null]]]);
    expect(await t.corrections.since(0, 9)).toMatchObject([{ bedId: 'icu-1', encounterId: null, fromMs: t0, toMs: null }]);
  });

  test('it was another time: only the interval changes, and what is lost of it is said', async () => {
    await move(1, 'icu-2', t0 + MINUTE);
    const count = (await events()).length;
    await t.corrections.correctStay(enc(1), { ...why, fromMs: (t0 + 2 * MINUTE) as never }, change());
    expect([await stays('icu-1'), await stays('icu-2')]).toEqual([
      [['pat-1', t0, t0 + 2 * MINUTE]],
      [['pat-1', t0 + 2 * MINUTE, null]],
    ]);
    expect(await after(count)).toEqual([]);
    expect(await t.corrections.since(0, 9)).toMatchObject([
      { bedId: 'icu-2', encounterId: null, fromMs: t0 + MINUTE, toMs: t0 + 2 * MINUTE },
    ]);
    const early = t.corrections.correctStay(enc(1), { ...why, fromMs: t0 as never }, change());
    await expect(early).rejects.toMatchObject({ conflicts: [{ kind: 'overlap', bedId: 'icu-2' }] });
  });

  test('what is refused of a correction changes nothing', async () => {
    await admit(2, 2, 'icu-2');
    const before = [(await events()).length, await stays('icu-1'), await stays('icu-2')];
    const correct = (request: object) => t.corrections.correctStay(enc(1), { ...why, ...request }, change());
    await expect(correct({ patientId: pat(2) })).rejects.toMatchObject({ conflicts: [{ kind: 'patient-elsewhere' }] });
    await expect(correct({ bedId: bed('icu-2') })).rejects.toMatchObject({ conflicts: [{ kind: 'bed-taken' }] });
    await expect(correct({ bedId: bed('icu-1') })).rejects.toMatchObject({ code: 'conflict' });
    await expect(correct({ bedId: bed('imc-1'), reason: 'routine' })).rejects.toMatchObject({ code: 'reason-required' });
    await expect(correct({ bedId: bed('imc-1'), ifRev: 4 })).rejects.toMatchObject({ code: 'revision-moved' });
    await expect(correct({ patientId: pat(9) })).rejects.toMatchObject({ code: 'not-found' });
    await expect(correct({ bedId: bed('nowhere') })).rejects.toMatchObject({ code: 'not-found' });
    expect([(await events()).length, await stays('icu-1'), await stays('icu-2')]).toEqual(before);
  });

  test('two records were one person: stays go over, the alarms of an open one are untouched, both ids stay readable', async () => {
    await t.corrections.merge(pat(1), pat(2), change());
    expect((await events()).at(-1)).toMatchObject({
      ...{ kind: 'patientMerged', key: 'bed:icu-1', encounterId: 'enc-1', fromPatientId: 'pat-1', patientId: 'pat-2' },
      reason: 'merged-at-source',
    });
    expect([await stays('icu-1'), (await t.directory.bed(bed('icu-1')))!.encounter?.patient?.familyName]).toEqual([
      [['pat-2', t0, null]],
      'PROBE',
    ]);
    expect(await t.directory.patient(pat(1))).toMatchObject({ familyName: 'TESTMAN' });
    const found = async (mrn: string) => (await t.directory.searchPatients({ mrn })).map((p) => p.patientId);
    expect([await found('M1'), await found('M2')]).toEqual([['pat-2'], ['pat-2']]);
    expect((await t.directory.patients({ limit: 9 })).items.map((p) => p.patientId)).toEqual(['pat-2']);
    const count = (await events()).length;
    await t.corrections.merge(pat(1), pat(2), change());
    expect(await after(count)).toEqual([]);
    await expect(t.corrections.merge(pat(2), pat(1), change())).rejects.toMatchObject({ code: 'conflict' });
    await expect(t.corrections.merge(pat(9), pat(1), change())).rejects.toMatchObject({ code: 'not-found' });
    await expect(admit(2, 1, 'icu-2')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('what was written of a merged record stays readable, and is told again where the stay begins anew', async () => {
    const own = {
      encounterId: enc(1),
      metric: 'heartRate' as const,
      low: 45,
      high: 120,
      reason: 'runs',
      toMs: (now() + MINUTE) as never,
    };
    await t.stayLimits.set({ ...own, ...change(), by: 'carol' as never, ifRev: 0 });
    await t.standby.set(
      { encounterId: enc(1), place: 'imaging', toMs: now() + MINUTE, latestMs: now() + MINUTE, note: 'MRI' },
      change(),
    );
    await t.corrections.merge(pat(1), pat(2), change());
    expect(await t.stayLimits.of(enc(1))).toMatchObject([{ reason: 'runs', low: 45 }]);
    expect(await t.standby.inForce({ nowMs: now() })).toMatchObject([{ note: 'MRI' }]);
    const count = (await events()).length;
    await t.corrections.correctStay(enc(1), { ...why, bedId: bed('imc-1') }, change());
    expect((await after(count)).map(({ kind, key }) => [kind, key])).toEqual([
      ['discharge', 'bed:icu-1'],
      ['admit', 'bed:imc-1'],
      ['limitsSet', 'bed:imc-1'],
      ['standbySet', 'bed:imc-1'],
    ]);
    expect(await t.standby.inForce({ nowMs: now() })).toMatchObject([{ bedId: 'imc-1' }]);
  });

  test('two records with an open stay each are not one person', async () => {
    await admit(2, 2, 'icu-2');
    const count = (await events()).length;
    await expect(t.corrections.merge(pat(1), pat(2), change())).rejects.toMatchObject({
      code: 'assignment-conflict',
      conflicts: [{ encounterId: 'enc-1' }, { encounterId: 'enc-2' }],
    });
    expect(await after(count)).toEqual([]);
  });

  test('erasing one record of a person reaches all of them', async () => {
    await t.corrections.merge(pat(1), pat(2), change());
    await expect(t.recordKeys.erasePatient(pat(1), change())).rejects.toMatchObject({ code: 'conflict' });
    await leave(1);
    expect(await t.recordKeys.erasePatient(pat(1), change())).toMatchObject({ state: 'destroyed' });
    expect([await t.directory.patient(pat(1)), await t.directory.patient(pat(2))]).toEqual([null, null]);
    expect((await t.auditTrail.list({ limit: 1 })).items[0]!.patientIds).toEqual(['pat-1', 'pat-2']);
  });

  test('a record is put right, and the age group of the stay follows', async () => {
    const once = change();
    const person = { familyName: 'TESTMANN', birthDate: '2020-05-06' } as const;
    expect(await t.directory.updatePatient(pat(1), person, once)).toMatchObject({ ...person, givenName: 'Tim', mrn: 'M1' });
    expect((await events()).at(-1)).toMatchObject({ kind: 'stayProfileSet', encounterId: 'enc-1', ageGroup: 'paediatric' });
    expect(await t.directory.encounter(enc(1))).toMatchObject({ ageGroup: 'paediatric' });
    const wanted = { familyName: 'testmann', birthDate: '2020-05-06' as never };
    expect(await t.directory.searchPatients(wanted)).toHaveLength(1);
    const count = (await events()).length;
    await t.directory.updatePatient(pat(1), person, once);
    expect(await after(count)).toEqual([]);
    expect(JSON.stringify(await events())).not.toMatch(/TESTMANN|2020-05/);
    await expect(t.directory.updatePatient(pat(9), person, change())).rejects.toMatchObject({ code: 'not-found' });
  });

  test('devices go along with a transfer, or are taken away with a discharge', async () => {
    const request = { encounterId: enc(1), bedId: bed('icu-2'), atMs: now(), deviceIds: ['sim-icu-1' as never] };
    await expect(t.directory.transfer({ ...request, deviceIds: ['sim-imc-1' as never] }, change())).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await shown('icu-1')).toBe('enc-1');
    const count = (await events()).length;
    await t.directory.transfer(request, change());
    expect((await after(count)).map(({ kind, key }) => [kind, key])).toEqual([
      ['transferOut', 'bed:icu-1'],
      ['deviceAssigned', 'bed:icu-1'],
      ['deviceAssigned', 'bed:icu-2'],
    ]);
    const at = async (bedId: string) => (await t.directory.bed(bed(bedId)))!.devices.map((d) => d.deviceId);
    expect([await at('icu-1'), await at('icu-2')]).toEqual([[], ['sim-icu-1', 'sim-icu-2']]);
    await t.clock.advance(MINUTE);
    await t.directory.discharge(enc(1), now(), change(), 'end');
    expect(await at('icu-2')).toEqual([]);
  });

  test('devices go at the time of a discharge or transfer that is told of late, and what came since stays', async () => {
    const leftMs = now() - 5 * MINUTE;
    const devices = t.deviceAssignments;
    const come = { deviceId: 'sim-imc-1' as never, bedId: bed('icu-1'), endOther: true, reason: 'routine' as const };
    const { value: since } = await devices.assign({ ...come, fromMs: now() as never }, change());
    await t.clock.advance(30_000);
    await t.directory.discharge(enc(1), leftMs, change(), 'end');
    expect((await devices.list({ deviceId: 'sim-icu-1' as never, limit: 1 })).items).toMatchObject([
      { bedId: 'icu-1', toMs: leftMs, reason: 'wrong-time', voided: false },
    ]);
    expect(await devices.find(since.assignmentId)).toMatchObject({ toMs: null, voided: false });
    await admit(2, 2, 'icu-2', now() - 4 * MINUTE);
    const late = { encounterId: enc(2), bedId: bed('imc-1'), atMs: now() - 3 * MINUTE, deviceIds: ['sim-icu-2' as never] };
    await t.directory.transfer(late, change());
    expect((await devices.list({ deviceId: 'sim-icu-2' as never, limit: 1 })).items).toMatchObject([
      { bedId: 'imc-1', fromMs: late.atMs, reason: 'wrong-time' },
    ]);
  });

  test('a duty ends or is taken over, by whoever saw its revision', async () => {
    const [duty] = (await t.directory.assignments({ staffId: 'amy' as never, limit: 9 })).items;
    expect(duty).toMatchObject({ staffId: 'amy', bedId: 'icu-1', source: 'site', rev: 1 });
    const target = { assignmentId: duty!.assignmentId, ifRev: 1 };
    const to = { staffId: 'ben' as never, fromMs: now(), reason: 'routine' as const };
    const once = change();
    const { value: next } = await t.directory.replaceAssignment(target, to, once);
    expect(next).toMatchObject({ staffId: 'ben', bedId: 'icu-1', fromMs: now(), toMs: null, source: 'person', rev: 1 });
    expect(await t.directory.replaceAssignment(target, to, once)).toEqual({ value: next, repeated: true });
    const later = t.directory.replaceAssignment(target, { ...to, fromMs: now() + 5 }, once);
    await expect(later).rejects.toMatchObject({ code: 'conflict' });
    expect(await t.directory.assignment(duty!.assignmentId)).toMatchObject({ toMs: now(), rev: 2 });
    const there = await t.directory.assignments({ bedId: bed('icu-1'), atWallMs: now(), limit: 9 });
    expect(there.items.map((each) => each.staffId)).toEqual(['ben']);
    const end = { toMs: now(), reason: 'routine' as const };
    await expect(t.directory.endAssignment(target, end, change())).rejects.toMatchObject({ code: 'revision-moved' });
    await expect(t.directory.endAssignment({ ...target, ifRev: 2 }, end, change())).rejects.toMatchObject({ code: 'conflict' });
    const { value: ended } = await t.directory.endAssignment({ assignmentId: next.assignmentId, ifRev: 1 }, end, change());
    expect(ended).toMatchObject({ toMs: now(), rev: 2 });
    expect((await events()).at(-1)).toMatchObject({ kind: 'staffAssigned', id: `staff/${next.assignmentId}/2`, by: 'carol' });
  });
}
