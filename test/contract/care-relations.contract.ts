import { type AlarmId, BedId, CareUnitId, CommandId, EncounterId, PatientId, StaffId } from '@vigil/contracts';
import { treatingRelation } from '@vigil/domain';
import type { AlarmState } from '../../src/ports/alarm-state.js';
import type { Alarms } from '../../src/ports/alarms.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { CareRelations } from '../../src/ports/care-relations.js';
import type { Corrections } from '../../src/ports/corrections.js';
import type { Directory } from '../../src/ports/directory.js';
import type { Escalations } from '../../src/ports/escalations.js';
import { alarmIdNo, batch, transition } from './alarm-fixtures.js';
import { changeAt } from './device-assignments.contract.js';

export interface CareRelationsUnderTest {
  readonly careRelations: CareRelations;
  readonly corrections: Corrections;
  readonly directory: Directory;
  readonly alarmState: AlarmState;
  readonly alarms: Alarms;
  readonly escalations: Escalations;
  readonly clock: { advance(ms: number): Promise<void>; nowMs(): number; wallMs(): number };
  end(): Promise<void>;
}

const HOUR = 3_600_000;
const [amy, ben, carol, dan] = ['amy', 'ben', 'carol', 'dan'].map((id) => StaffId.parse(id)) as [
  StaffId,
  StaffId,
  StaffId,
  StaffId,
];
const pat1 = PatientId.parse('pat-1');
const pat2 = PatientId.parse('pat-2');
const enc1 = EncounterId.parse('enc-1');
const icu1 = BedId.parse('icu-1');
const imc = CareUnitId.parse('imc');

/** Promises of `CareRelations`: pat-1 lies in icu-1, which amy nurses; ben nurses icu-2, carol is in charge of `icu`. */
export function careRelationsContract(open: () => Promise<CareRelationsUnderTest>): void {
  let t: CareRelationsUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const who = () => ({
    audit: auditEntry({ actor: 'dan', action: 'test', object: 'test', outcome: 'allowed' }),
    nowMs: t.clock.nowMs(),
    wallMs: t.clock.wallMs(),
  });
  const relation = async (staffId: StaffId, patientId = pat1) =>
    treatingRelation(await t.careRelations.between(staffId, patientId), ['nurse'], t.clock.wallMs());
  const around = async (staffId: StaffId) =>
    (await t.careRelations.around(staffId)).flatMap((facts) =>
      treatingRelation(facts, ['nurse'], t.clock.wallMs()) === null ? [] : [facts.patientId],
    );
  const raise = () => t.alarmState.commit(batch([transition({ onsetMs: t.clock.nowMs(), atMs: t.clock.nowMs() })]));
  const accept = (by: StaffId, alarmId: AlarmId = alarmIdNo(1)) =>
    t.alarms.accept({ commandId: CommandId.parse(crypto.randomUUID()), alarmId, by, ifRev: null, ...who() });
  const page = async (staffId: StaffId) => {
    const due = (await t.escalations.due(t.clock.wallMs() + HOUR, 10))[0]!;
    const step = { escalation: { ...due.escalation, rev: due.escalation.rev + 1 }, pages: [], skipped: [], exhausted: false };
    const one = {
      pageId: `page-${staffId}`,
      staffId,
      channel: 'smtp' as const,
      address: 'a@hospital.test',
      step: 0,
      reason: 'test',
      subject: 'TEST',
      text: 'TEST',
      tokenHash: `hash-${staffId}`,
      expiresAtMs: t.clock.wallMs() + HOUR,
      test: true,
    };
    expect(await t.escalations.advance(due, step as never, [one as never], t.clock.nowMs(), t.clock.wallMs())).toBe(true);
  };

  test('the nurse of the bed treats the patient, the one of the next bed does not, whoever has the care unit does', async () => {
    expect([await relation(amy), await relation(ben), await relation(carol), await relation(dan)]).toEqual([
      'assigned to the bed',
      null,
      'covers the care unit',
      null,
    ]);
    expect([await around(amy), await around(ben), await around(carol), await around(dan)]).toEqual([[pat1], [], [pat1], []]);
    expect([await relation(amy, pat2), await relation(amy, PatientId.parse('nobody'))]).toEqual([null, null]);
  });

  test('after the discharge it is those who treated the patient until then, for a day', async () => {
    await t.clock.advance(HOUR);
    await t.directory.discharge(enc1, t.clock.nowMs(), who());
    expect([await relation(amy), await relation(ben)]).toEqual(['treated the patient until discharge, within 24 h', null]);
    await t.directory.assign(
      {
        staffId: ben,
        careUnitId: CareUnitId.parse('icu'),
        bedId: icu1,
        role: 'primary',
        fromMs: t.clock.wallMs() + 1,
        toMs: null,
      } as never,
      who(),
    );
    await t.clock.advance(HOUR);
    expect([await relation(ben), await around(ben), await around(amy)]).toEqual([null, [], [pat1]]);
    await t.clock.advance(23 * HOUR);
    expect([await relation(amy), await around(amy)]).toEqual([null, []]);
  });

  test('whoever accepts an alarm treats the patient for twelve hours', async () => {
    await raise();
    await accept(dan);
    expect([await relation(dan), await around(dan)]).toEqual(['accepted an alarm of this stay within 12 h', [pat1]]);
    expect(await relation(dan, pat2)).toBeNull();
    await t.clock.advance(12 * HOUR);
    expect([await relation(dan), await around(dan)]).toEqual([null, []]);
  });

  test('who was taken for another patient is treated by nobody for that, and whoever lies there by those who treat the bed', async () => {
    await raise();
    await accept(dan);
    await t.clock.advance(HOUR);
    const right = { patientId: pat2, reason: 'wrong-patient', note: 'n' } as const;
    const { value } = await t.corrections.correctStay(enc1, right as never, changeAt(t.clock.nowMs()));
    expect([await relation(amy), await relation(carol), await relation(dan), await around(dan)]).toEqual([null, null, null, []]);
    expect([await relation(amy, pat2), await around(carol)]).toEqual(['assigned to the bed', [pat2]]);
    const elsewhere = { bedId: BedId.parse('imc-1'), reason: 'wrong-bed', note: 'n' } as const;
    await t.corrections.correctStay(value.encounter.encounterId, elsewhere as never, changeAt(t.clock.nowMs()));
    expect([await relation(amy, pat2), await around(carol)]).toEqual([null, []]);
    await t.corrections.voidStay(value.encounter.encounterId, t.clock.nowMs(), changeAt(t.clock.nowMs()));
    expect(await t.careRelations.bedOf(pat2)).toBeNull();
  });

  test('relations go over to the record that is left of two, and none to the other is kept', async () => {
    await raise();
    await accept(dan);
    await t.corrections.merge(pat1, pat2, changeAt(t.clock.nowMs()));
    expect([await relation(amy), await relation(dan), await around(amy)]).toEqual([null, null, [pat2]]);
    expect(await relation(dan, pat2)).toBe('accepted an alarm of this stay within 12 h');
    expect((await t.careRelations.subjectOf(alarmIdNo(1))).patientId).toBe(pat2);
  });

  test('a page names a person for its alarm and its patient, as long as the escalation runs', async () => {
    await raise();
    expect(await t.careRelations.isPagedFor(dan, alarmIdNo(1))).toBe(false);
    await page(dan);
    expect([await relation(dan), await around(dan)]).toEqual(['paged for an escalation that runs', [pat1]]);
    expect(await t.careRelations.isPagedFor(dan, alarmIdNo(1))).toBe(true);
    expect(await t.careRelations.isPagedFor(ben, alarmIdNo(1))).toBe(false);
    await accept(amy);
    expect([await relation(dan), await t.careRelations.isPagedFor(dan, alarmIdNo(1))]).toEqual([null, false]);
  });

  test('whoever accepts the alarm of their page stays named by it', async () => {
    await raise();
    await page(dan);
    await accept(dan);
    expect(await t.careRelations.isPagedFor(dan, alarmIdNo(1))).toBe(true);
  });

  test('an alarm is about the patient of its stay, and shows in its care units', async () => {
    await raise();
    expect(await t.careRelations.subjectOf(alarmIdNo(1))).toEqual({ careUnitIds: ['icu'], patientId: pat1 });
    expect(await t.careRelations.subjectOf(alarmIdNo(9))).toEqual({ careUnitIds: [], patientId: null });
    expect(await t.careRelations.patientsOf([enc1, enc1, EncounterId.parse('none')])).toEqual([pat1]);
    expect(await t.careRelations.patientsOf([])).toEqual([]);
  });

  test('a patient lies in one bed, and a bed knows who lay there when', async () => {
    const admittedMs = t.clock.nowMs();
    expect(await t.careRelations.bedOf(pat1)).toEqual({ bedId: 'icu-1', careUnitId: 'icu' });
    expect(await t.careRelations.careUnitOf(BedId.parse('imc-1'))).toBe(imc);
    expect(await t.careRelations.careUnitOf(BedId.parse('none'))).toBeNull();
    await t.clock.advance(HOUR);
    await t.directory.discharge(enc1, t.clock.nowMs(), who());
    expect(await t.careRelations.bedOf(pat1)).toBeNull();
    const stay = { encounterId: enc1, patientId: pat1, admittedMs, dischargedMs: admittedMs + HOUR };
    expect(await t.careRelations.staysIn(icu1, admittedMs, admittedMs + 1)).toEqual([stay]);
    expect(await t.careRelations.staysIn(icu1, 0, admittedMs)).toEqual([]);
    expect(await t.careRelations.staysIn(icu1, admittedMs + HOUR, admittedMs + 2 * HOUR)).toEqual([]);
  });
}
