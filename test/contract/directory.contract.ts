import { BedId, EncounterId, Patient, PatientId, StaffId } from '@vigil/contracts';
import { auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import type { Directory, Who } from '../../src/ports/directory.js';
import type { LogRelay } from '../../src/ports/log-relay.js';

export interface DirectoryUnderTest {
  readonly directory: Directory;
  readonly logRelay: LogRelay;
  readonly auditTrail: AuditTrail;
  /** Seeds the same site again. */
  seed(): Promise<void>;
  nowMs(): number;
  end(): Promise<void>;
}

const icu1 = BedId.parse('icu-1');
const icu2 = BedId.parse('icu-2');
const enc = (n: number) => EncounterId.parse(`enc-${n}`);
const pat = (n: number) => PatientId.parse(`pat-${n}`);

/** Promises of `Directory` on the site of `sql-fixture.ts`: pat-1 lies in icu-1 as enc-1. */
export function directoryContract(open: () => Promise<DirectoryUnderTest>): void {
  let t: DirectoryUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const who = (): Who => ({
    audit: auditEntry({ actor: 'carol', roles: ['charge-nurse'], action: 'test', object: '', outcome: 'allowed' }),
    nowMs: t.nowMs(),
    wallMs: t.nowMs(),
  });
  const admit = (n: number, patient: number, bedId: BedId) =>
    t.directory.admit({ encounterId: enc(n), patientId: pat(patient), bedId, atMs: t.nowMs() + n }, who());
  const events = async () => (await t.logRelay.next(1_000)).map((r) => r.event);
  const auditRows = async () => (await t.auditTrail.list({ limit: 500 })).items.length;

  test('the rules are the first that the log hears of a site, on every partition', async () => {
    const [first, ...rest] = await t.logRelay.next(1_000);
    expect(first).toMatchObject({ everyPartition: true, event: { kind: 'ruleSetActivated', rate: 1 } });
    expect(rest.every((r) => !r.everyPartition)).toBe(true);
    const kinds = rest.map((r) => r.event.kind);
    expect(kinds.filter((k) => k === 'deviceAssigned')).toHaveLength(3);
    expect(kinds.filter((k) => k === 'admit')).toHaveLength(1);
    expect(kinds.filter((k) => k === 'staffAssigned')).toHaveLength(3);
    expect(rest.every((r) => r.event.id.startsWith('seed/'))).toBe(true);
  });

  test('names never reach the log', async () => {
    expect(JSON.stringify(await events())).not.toMatch(/TESTMAN|Paula|1960|Amy|M1/);
  });

  test('seeding again adds nothing', async () => {
    const before = [await events(), await t.directory.beds(), await t.directory.staff()];
    await t.seed();
    expect([await events(), await t.directory.beds(), await t.directory.staff()]).toEqual(before);
  });

  test('a bed is shown with who lies there, what is attached and who is on duty', async () => {
    expect(await t.directory.bed(icu1)).toMatchObject({
      careUnitId: 'icu',
      label: 'ICU 1',
      devices: [{ deviceId: 'sim-icu-1', intervalsMs: { heartRate: 1_000 } }],
      encounter: { encounterId: 'enc-1', patient: { familyName: 'TESTMAN' } },
      nurses: [
        { staffId: 'amy', role: 'primary' },
        { staffId: 'carol', role: 'charge' },
      ],
    });
    expect((await t.directory.beds('icu' as never)).map((b) => b.bedId)).toEqual(['icu-1', 'icu-2']);
    expect(await t.directory.bed('nowhere' as never)).toBeNull();
  });

  test('a gateway is told the bed of each of its devices and what its own watch needs, and nothing of persons', async () => {
    const config = (await t.directory.gatewayConfig('gw-1', 60))!;
    const stands = { fromMs: expect.any(Number) as number, intervalsMs: { heartRate: 1_000 } };
    expect(config).toMatchObject({
      v: 1,
      gatewayId: 'gw-1',
      rate: 60,
      devices: [
        { deviceId: 'sim-icu-1', bedId: 'icu-1', ...stands },
        { deviceId: 'sim-icu-2', bedId: 'icu-2', ...stands },
        { deviceId: 'sim-imc-1', bedId: 'imc-1', ...stands },
      ],
    });
    const { watch } = config;
    expect(watch!.ruleSetHash).toMatch(/^[0-9a-f]{64}$/);
    expect(watch!.beds.map(({ bedId, encounter }) => [bedId, encounter?.encounterId ?? null])).toEqual([
      ['icu-1', 'enc-1'],
      ['icu-2', null],
      ['imc-1', null],
    ]);
    expect(watch!.beds[0]).toMatchObject({ careUnitId: 'icu', label: 'ICU 1', limits: [] });
    expect(JSON.stringify(config)).not.toMatch(/TESTMAN|familyName|mrn/i);
    await admit(2, 2, icu2);
    expect((await t.directory.gatewayConfig('gw-1', 60))!.watch!.beds[1]!.encounter).toEqual({
      encounterId: 'enc-2',
      patientId: 'pat-2',
      sinceMs: t.nowMs() + 2,
      ageGroup: 'adult',
    });
    expect(await t.directory.gatewayConfig('gw-2', 1)).toMatchObject({ devices: [], watch: { beds: [] } });
    expect(await t.directory.gatewayConfig('gw-9', 1)).toBeNull();
  });

  test('the time at which a configuration was issued stays with its content and never goes back', async () => {
    const issue = (digest: string, wallMs: number, anew = false): Promise<number> =>
      t.directory.issueGatewayConfig({ gatewayId: 'gw-1', digest, wallMs, anew });
    expect(await issue('a', 1_000)).toBe(1_000);
    expect(await issue('a', 9_000)).toBe(1_000);
    expect(await issue('b', 500)).toBe(1_001);
    expect(await issue('a', 500)).toBe(1_002);
    expect(await issue('a', 500, true)).toBe(1_003);
    expect(await issue('a', 5_000, true)).toBe(5_000);
    expect(await t.directory.issueGatewayConfig({ gatewayId: 'gw-2', digest: 'a', wallMs: 7, anew: false })).toBe(7);
  });

  test('an admission takes the bed and tells log, audit trail and listeners, once', async () => {
    const told: string[] = [];
    t.directory.onChange((beds) => told.push(...beds));
    const rows = await auditRows();
    const admitted = await admit(2, 2, icu2);
    expect(admitted).toEqual({
      encounterId: 'enc-2',
      patientId: 'pat-2',
      bedId: 'icu-2',
      admittedMs: t.nowMs() + 2,
      dischargedMs: null,
      ageGroup: 'adult',
      source: 'person',
      rev: 1,
    });
    expect((await t.directory.bed(icu2))!.encounter).toMatchObject({ encounterId: 'enc-2' });
    expect((await events()).at(-1)).toMatchObject({
      kind: 'admit',
      id: 'admit/enc-2',
      key: 'bed:icu-2',
      patientId: 'pat-2',
      ageGroup: 'adult',
      careUnitId: 'icu',
    });
    expect(await auditRows()).toBe(rows + 1);
    expect(told).toEqual(['icu-2']);
    const count = (await events()).length;
    expect(await admit(2, 2, icu2)).toEqual(admitted);
    expect(await events()).toHaveLength(count);
  });

  test('lists hold those who may be seen, in full pages', async () => {
    await admit(2, 2, icu2);
    const all = { careUnitIds: [], patientIds: [PatientId.parse('pat-1'), PatientId.parse('pat-2')] };
    const encounters = async (visible: Parameters<Directory['encounters']>[0]['visible'], more = {}) =>
      (await t.directory.encounters({ limit: 50, visible, ...more })).items.map((e) => e.encounterId);
    expect(await encounters({ careUnitIds: ['icu' as never], patientIds: [] })).toEqual(['enc-2', 'enc-1']);
    expect(await encounters({ careUnitIds: ['imc' as never], patientIds: [] })).toEqual([]);
    expect(await encounters({ careUnitIds: [], patientIds: [] })).toEqual([]);
    const first = await t.directory.encounters({ limit: 1, visible: all });
    expect([first.items.map((e) => e.encounterId), first.next === null]).toEqual([['enc-2'], false]);
    expect(await encounters(all, { cursor: first.next! })).toEqual(['enc-1']);
    await t.directory.discharge(EncounterId.parse('enc-2'), t.nowMs() + 2, who());
    expect(await encounters({ careUnitIds: ['icu' as never], patientIds: [] })).toEqual(['enc-1']);
    expect(await encounters({ careUnitIds: [], patientIds: [PatientId.parse('pat-2')] })).toEqual(['enc-2']);
    const patients = async (patientIds: readonly PatientId[], more = {}) =>
      await t.directory.patients({ limit: 1, patientIds, ...more });
    expect((await patients([])).items).toEqual([]);
    const one = await patients(all.patientIds);
    expect([one.items.map((p) => p.patientId), one.next === null]).toEqual([['pat-1'], false]);
    const rest = await patients(all.patientIds, { cursor: one.next! });
    expect([rest.items.map((p) => p.patientId), rest.next]).toEqual([['pat-2'], null]);
    expect((await patients([PatientId.parse('pat-2')])).items.map((p) => p.patientId)).toEqual(['pat-2']);
  });

  test('a taken bed, a patient elsewhere, a used id and an unknown patient are refused, and nothing stays behind', async () => {
    const before = [await events(), await auditRows()];
    const there = { encounterId: 'enc-1', bedId: 'icu-1', fromMs: t.nowMs(), toMs: null };
    const conflicts = (kind: string) => ({ code: 'assignment-conflict', conflicts: [{ kind, ...there }] });
    await expect(admit(2, 2, icu1)).rejects.toMatchObject(conflicts('bed-taken'));
    await expect(admit(2, 1, icu2)).rejects.toMatchObject(conflicts('patient-elsewhere'));
    await expect(admit(1, 2, icu2)).rejects.toMatchObject({ code: 'conflict' });
    await expect(admit(2, 9, icu2)).rejects.toMatchObject({ code: 'not-found' });
    await expect(admit(2, 2, BedId.parse('nowhere'))).rejects.toMatchObject({ code: 'not-found' });
    expect([await events(), await auditRows()]).toEqual(before);
  });

  test('of two admissions to one bed at the same time, one is refused', async () => {
    await t.directory.discharge(enc(1), t.nowMs(), who());
    const outcomes = await Promise.allSettled([admit(2, 1, icu1), admit(3, 2, icu1)]);
    expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('a transfer moves the stay, tells the old bed, and keeps who lay where', async () => {
    const move = (n: number, bedId: BedId, atMs: number) => t.directory.transfer({ encounterId: enc(n), bedId, atMs }, who());
    await expect(move(9, icu2, t.nowMs() + 1)).rejects.toMatchObject({ code: 'not-found' });
    await expect(move(1, BedId.parse('nowhere'), t.nowMs() + 1)).rejects.toMatchObject({ code: 'not-found' });
    await expect(move(1, icu2, t.nowMs())).rejects.toMatchObject({ conflicts: [{ kind: 'overlap', bedId: 'icu-1' }] });
    const moved = await move(1, icu2, t.nowMs() + 5);
    expect(moved).toMatchObject({ encounterId: 'enc-1', bedId: 'icu-2', admittedMs: t.nowMs() });
    const there = (await t.directory.beds()).find(({ bedId }) => bedId === icu2);
    expect(there?.encounter).toMatchObject({ admittedMs: t.nowMs(), inBedSinceMs: t.nowMs() + 5 });
    expect((await events()).at(-1)).toMatchObject({
      ...{ kind: 'transferOut', key: 'bed:icu-1', bedId: 'icu-1', toBedId: 'icu-2', encounterId: 'enc-1', atMs: t.nowMs() + 5 },
    });
    const count = (await events()).length;
    expect(await move(1, icu2, t.nowMs() + 9)).toEqual(moved);
    expect(await events()).toHaveLength(count);
    // The bed that is free now is not free at a time at which the patient still lay there.
    expect(await admit(2, 2, icu1)).toMatchObject({ bedId: 'icu-1', admittedMs: t.nowMs() + 5 });
    await expect(move(1, icu1, t.nowMs() + 20)).rejects.toMatchObject({
      conflicts: [{ kind: 'bed-taken', encounterId: 'enc-2' }],
    });
    await expect(t.directory.discharge(enc(1), t.nowMs() + 4, who())).rejects.toMatchObject({ code: 'conflict' });
    await t.directory.discharge(enc(1), t.nowMs() + 30, who());
    expect((await events()).at(-1)).toMatchObject({ kind: 'discharge', key: 'bed:icu-2' });
    await expect(move(1, icu1, t.nowMs() + 40)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a discharge frees bed and patient, and is the same when it comes again', async () => {
    await expect(t.directory.discharge(enc(9), t.nowMs(), who())).rejects.toMatchObject({ code: 'not-found' });
    await expect(t.directory.discharge(enc(1), t.nowMs() - 1, who())).rejects.toMatchObject({ code: 'conflict' });
    const discharged = await t.directory.discharge(enc(1), t.nowMs() + 5, who());
    expect(discharged.dischargedMs).toBe(t.nowMs() + 5);
    expect((await events()).at(-1)).toMatchObject({ kind: 'discharge', id: 'discharge/enc-1', encounterId: 'enc-1' });
    const count = (await events()).length;
    expect(await t.directory.discharge(enc(1), t.nowMs() + 99, who())).toEqual(discharged);
    expect(await events()).toHaveLength(count);
    expect(await admit(2, 1, icu1)).toMatchObject({ bedId: 'icu-1', admittedMs: t.nowMs() + 5 });
    expect((await t.directory.encounters({ bed: icu1, open: true, limit: 5 })).items.map((e) => e.encounterId)).toEqual([
      'enc-2',
    ]);
    expect((await t.directory.encounters({ bed: icu1, limit: 5 })).items).toHaveLength(2);
  });

  test('a patient is created once; the same id or record number for another is refused', async () => {
    const anna = { patientId: 'pat-3', mrn: 'M3', familyName: 'NEW', givenName: 'Anna', birthDate: '1970-01-01', sex: 'female' };
    const create = (more: Record<string, unknown> = {}) => t.directory.createPatient(Patient.parse({ ...anna, ...more }), who());
    expect(await create()).toEqual(anna);
    expect(await create()).toEqual(anna);
    await expect(create({ givenName: 'Other' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(create({ patientId: 'pat-4' })).rejects.toMatchObject({ code: 'conflict' });
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await t.directory.patients({ limit: 2, cursor });
      seen.push(...page.items.map((p) => p.patientId));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(seen).toEqual(['pat-1', 'pat-2', 'pat-3']);
  });

  test('an assignment puts a person on duty for its time', async () => {
    const told: string[] = [];
    t.directory.onChange((beds) => told.push(...beds));
    const wanted = { staffId: StaffId.parse('ben'), careUnitId: 'icu' as never, bedId: null, role: 'charge' as const };
    const assigned = await t.directory.assign({ ...wanted, fromMs: t.nowMs() as never, toMs: null }, who());
    expect((await t.directory.bed(icu1))!.nurses.map((n) => n.staffId)).toContain('ben');
    expect((await events()).at(-1)).toMatchObject({ kind: 'staffAssigned', id: `staff/${assigned.assignmentId}`, bedId: null });
    expect(told).toEqual(['icu-1', 'icu-2']);
    await t.directory.assign({ ...wanted, staffId: StaffId.parse('dan'), fromMs: 0 as never, toMs: t.nowMs() as never }, who());
    expect((await t.directory.bed(icu1))!.nurses.map((n) => n.staffId)).not.toContain('dan');
    const elsewhere = { ...wanted, bedId: BedId.parse('imc-1'), fromMs: 0 as never, toMs: null };
    await expect(t.directory.assign(elsewhere, who())).rejects.toMatchObject({ code: 'not-found' });
    expect((await t.directory.assignments({ careUnitId: 'icu' as never, limit: 50 })).items).toHaveLength(5);
  });
}
