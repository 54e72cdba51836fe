import { randomUUID } from 'node:crypto';
import { AssignDevice, BedId, type ChangeReason, CommandId, DeviceId, type EpochMs, StaffId } from '@vigil/contracts';
import { attribute } from '@vigil/domain';
import type { AlarmState } from '../../src/ports/alarm-state.js';
import type { Alarms } from '../../src/ports/alarms.js';
import { auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import type { Change } from '../../src/ports/change.js';
import type { Corrections } from '../../src/ports/corrections.js';
import type { DeviceAssignments } from '../../src/ports/device-assignments.js';
import type { Directory } from '../../src/ports/directory.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import { alarmIdNo, batch, transition } from './alarm-fixtures.js';

export interface DeviceAssignmentsUnderTest {
  readonly deviceAssignments: DeviceAssignments;
  readonly corrections: Corrections;
  readonly directory: Directory;
  readonly logRelay: LogRelay;
  readonly auditTrail: AuditTrail;
  readonly alarmState: AlarmState;
  readonly alarms: Alarms;
  /** Another process on the same store. */
  again(): Promise<{ readonly logRelay: LogRelay }>;
  readonly clock: { nowMs(): number; advance(ms: number): Promise<void> };
  end(): Promise<void>;
}

const bed = (id: string) => BedId.parse(id);
const device = (id: string) => DeviceId.parse(id);
const MINUTE = 60_000;

export function changeAt(nowMs: number, more: Partial<Change> = {}): Change {
  const audit = auditEntry({ actor: 'carol', roles: ['charge-nurse'], action: 'test', object: '', outcome: 'allowed' });
  return {
    ...{ audit, nowMs, wallMs: nowMs, commandId: CommandId.parse(randomUUID()), by: StaffId.parse('carol') },
    ...{ source: 'person', sourceRef: null, ...more },
  };
}

/** Promises of `DeviceAssignments` on the site of `sql-fixture.ts`: each of three monitors stands at its bed, pat-1 lies in icu-1. */
export function deviceAssignmentsContract(open: () => Promise<DeviceAssignmentsUnderTest>): void {
  let t: DeviceAssignmentsUnderTest;
  let t0: number;
  beforeEach(async () => {
    t = await open();
    t0 = t.clock.nowMs();
    await t.clock.advance(10 * MINUTE);
  });
  afterEach(() => t.end());

  const now = () => t.clock.nowMs();
  const assign = (deviceId: string, bedId: string, more: object = {}, change: Partial<Change> = {}) => {
    const { fromMs = now(), ...rest } = more as { fromMs?: number };
    const request = AssignDevice.parse({ deviceId, bedId, ...rest });
    return t.deviceAssignments.assign({ ...request, fromMs: fromMs as EpochMs }, changeAt(now(), change));
  };
  const end = async (assignmentId: string, toMs: number, more: { reason?: ChangeReason } = {}) => {
    const { rev } = (await t.deviceAssignments.find(assignmentId))!;
    const request = { reason: more.reason ?? ('routine' as const), toMs: toMs as EpochMs };
    return (await t.deviceAssignments.end({ assignmentId, ifRev: rev }, request, changeAt(now()))).value;
  };
  const correct = async (assignmentId: string, request: object, change: Change = changeAt(now())) => {
    const { rev } = (await t.deviceAssignments.find(assignmentId))!;
    const whole = { reason: 'wrong-bed', note: 'said Tim Testman', ...request } as never;
    return (await t.deviceAssignments.correct({ assignmentId, ifRev: rev }, whole, change)).value;
  };
  const at = async (deviceId: string) => {
    const { items } = await t.deviceAssignments.list({ deviceId: device(deviceId), atMs: now(), limit: 9 });
    return items[0]!;
  };
  const told = async () =>
    (await t.logRelay.next(1_000)).flatMap(({ event }) => (event.kind === 'deviceAssigned' ? [event] : []));
  const free = async (deviceId: string): Promise<void> => void (await end((await at(deviceId)).assignmentId, now()));

  test('what the site describes is an assignment of the site', async () => {
    expect(await at('sim-icu-1')).toEqual({
      ...{ assignmentId: `seed-sim-icu-1-${t0}`, deviceId: 'sim-icu-1', bedId: 'icu-1', fromMs: t0, toMs: null },
      ...{ channels: null, source: 'site', by: null, reason: 'routine', note: null, rev: 1, voided: false },
    });
  });

  test('the end of an assignment is the same command again only where it says the same time', async () => {
    const { assignmentId } = await at('sim-icu-1');
    const change = changeAt(now());
    const put = (more: object, nowMs = now()) =>
      t.deviceAssignments.end({ assignmentId, ifRev: 1 }, { reason: 'routine', ...more }, { ...change, nowMs });
    const { value } = await put({});
    expect(value).toMatchObject({ toMs: now() });
    expect(await put({}, now() + 5)).toEqual({ value, repeated: true });
    await expect(put({ toMs: now() - 5 })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a device is assigned, and its bed, the audit trail and listeners hear of it once', async () => {
    await free('sim-icu-2');
    const heard: string[] = [];
    t.directory.onChange((beds) => heard.push(...beds));
    const rev = await t.deviceAssignments.rev();
    const change = changeAt(now());
    const request = AssignDevice.parse({ deviceId: 'sim-icu-2', bedId: 'imc-1', channels: ['spo2'], note: 'for the night' });
    const put = (nowMs: number) => t.deviceAssignments.assign(request, { ...change, nowMs });
    const { value, repeated } = await put(now());
    expect([value, repeated]).toEqual([
      {
        ...{
          assignmentId: change.commandId,
          deviceId: 'sim-icu-2',
          bedId: 'imc-1',
          fromMs: now(),
          toMs: null,
          channels: ['spo2'],
        },
        ...{ source: 'person', by: 'carol', reason: 'routine', note: 'for the night', rev: 1, voided: false },
      },
      false,
    ]);
    expect((await told()).at(-1)).toMatchObject({
      ...{ id: `device/${change.commandId}/1`, key: 'bed:imc-1', assignmentId: change.commandId, rev: 1, channels: ['spo2'] },
      ...{ intervalsMs: { heartRate: 1_000 }, by: 'carol', source: 'person', reason: 'routine' },
    });
    expect(JSON.stringify(await told())).not.toContain('night');
    expect(heard).toEqual(['imc-1']);
    const count = (await told()).length;
    // Now is another time when the command comes again.
    expect(await put(now() + 5)).toEqual({ value, repeated: true });
    expect([(await told()).length, await t.deviceAssignments.rev()]).toEqual([count, rev + 1]);
    for (const other of [{ bedId: bed('icu-1') }, { fromMs: now() as EpochMs }]) {
      await expect(t.deviceAssignments.assign({ ...request, ...other }, change)).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  test('two beds for one device at one time are refused, and the answer says which and when', async () => {
    await expect(assign('sim-icu-1', 'imc-1')).rejects.toMatchObject({
      code: 'assignment-conflict',
      conflicts: [{ kind: 'device-elsewhere', deviceId: 'sim-icu-1', bedId: 'icu-1', fromMs: t0, toMs: null }],
    });
    await expect(assign('sim-icu-1', 'icu-1')).rejects.toMatchObject({ conflicts: [{ kind: 'overlap', bedId: 'icu-1' }] });
    expect(await at('sim-icu-1')).toMatchObject({ bedId: 'icu-1', rev: 1 });
  });

  test('with endOther it leaves the other bed at that moment, and both beds hear of it', async () => {
    const before = await told();
    const { value } = await assign('sim-icu-1', 'imc-1', { endOther: true });
    expect(await t.deviceAssignments.find(`seed-sim-icu-1-${t0}`)).toMatchObject({ toMs: now(), rev: 2, voided: false });
    expect((await told()).slice(before.length).map(({ key, fromMs, toMs, rev }) => ({ key, fromMs, toMs, rev }))).toEqual([
      { key: 'bed:icu-1', fromMs: t0, toMs: now(), rev: 2 },
      { key: 'bed:imc-1', fromMs: value.fromMs, toMs: null, rev: 1 },
    ]);
    const tooEarly = assign('sim-icu-1', 'icu-2', { endOther: true, fromMs: now() - 1, reason: 'wrong-time' });
    await expect(tooEarly).rejects.toMatchObject({ conflicts: [{ kind: 'device-elsewhere', bedId: 'imc-1' }] });
    const again = await assign('sim-icu-1', 'icu-2', { endOther: true });
    expect(await t.deviceAssignments.find(value.assignmentId)).toMatchObject({ voided: true, rev: 2 });
    expect(again.value).toMatchObject({ bedId: 'icu-2', fromMs: now() });
  });

  test('a metric comes from one device that names it, unless the other one goes', async () => {
    await end((await at('sim-icu-1')).assignmentId, now());
    await end((await at('sim-icu-2')).assignmentId, now());
    const first = await assign('sim-icu-1', 'imc-1', { channels: ['spo2', 'heartRate'] });
    await expect(assign('sim-icu-2', 'imc-1', { channels: ['heartRate', 'temperature'] })).rejects.toMatchObject({
      conflicts: [
        { kind: 'channel-claimed', deviceId: 'sim-icu-1', bedId: 'imc-1', metric: 'heartRate', fromMs: now(), toMs: null },
      ],
    });
    // The monitor there names nothing: it brings what nobody names.
    expect(await at('sim-imc-1')).toMatchObject({ bedId: 'imc-1', channels: null });
    await t.clock.advance(MINUTE);
    const second = await assign('sim-icu-2', 'imc-1', { replaces: 'sim-icu-1', reason: 'device-exchange' });
    expect(second.value.channels).toEqual(['spo2', 'heartRate']);
    expect(await t.deviceAssignments.find(first.value.assignmentId)).toMatchObject({ toMs: now(), reason: 'device-exchange' });
    await expect(assign('sim-icu-1', 'icu-1', { replaces: 'sim-imc-1' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each([
    ['before', 0, 5, 'taken'],
    ['touching before', 0, 10, 'taken'],
    ['overlapping the beginning', 5, 15, 'refused'],
    ['inside', 12, 18, 'refused'],
    ['equal', 10, 20, 'refused'],
    ['around', 5, 25, 'refused'],
    ['overlapping the end', 15, 25, 'refused'],
    ['touching after', 20, 30, 'taken'],
    ['after', 25, 30, 'taken'],
    ['open from inside', 15, null, 'refused'],
    ['open from the end', 20, null, 'taken'],
    ['open from before', 5, null, 'refused'],
  ])('a span %s another of its device', async (_where, from, to, outcome) => {
    await free('sim-icu-2');
    const base = now() + 100;
    await t.clock.advance(10 * MINUTE);
    const reason = 'wrong-time' as const;
    const one = await assign('sim-icu-2', 'icu-2', { fromMs: base + 10, reason });
    await end(one.value.assignmentId, base + 20, { reason });
    // A span of its own far behind, which is then moved to where it is tried.
    const two = await assign('sim-icu-2', 'imc-1', { fromMs: base + 90, reason });
    await end(two.value.assignmentId, base + 95, { reason });
    const moving = correct(two.value.assignmentId, { fromMs: base + from, toMs: to === null ? null : base + to, reason });
    if (outcome === 'taken') expect((await moving).assignment).toMatchObject({ fromMs: base + from });
    else {
      const conflicts = [{ kind: 'device-elsewhere', bedId: 'icu-2', fromMs: base + 10, toMs: base + 20 }];
      await expect(moving).rejects.toMatchObject({ code: 'assignment-conflict', conflicts });
    }
  });

  test('what is said long after it happened, and what is put right, needs a reason', async () => {
    await free('sim-icu-2');
    await t.clock.advance(5 * MINUTE);
    await expect(assign('sim-icu-2', 'imc-1', { fromMs: now() - MINUTE - 1 })).rejects.toMatchObject({ code: 'reason-required' });
    await assign('sim-icu-2', 'imc-1', { fromMs: now() - MINUTE });
    const { assignmentId } = await at('sim-icu-1');
    await expect(end(assignmentId, now() - MINUTE - 1)).rejects.toMatchObject({ code: 'reason-required' });
    await expect(correct(assignmentId, { toMs: now(), reason: 'routine' })).rejects.toMatchObject({ code: 'reason-required' });
    expect(await end(assignmentId, now() - MINUTE - 1, { reason: 'wrong-time' })).toMatchObject({ toMs: now() - MINUTE - 1 });
  });

  test('what nobody knows, what somebody else has changed and what is over is refused by name', async () => {
    await expect(assign('sim-icu-9', 'icu-1')).rejects.toMatchObject({ code: 'not-found' });
    await free('sim-icu-1');
    await expect(assign('sim-icu-1', 'icu-9')).rejects.toMatchObject({ code: 'not-found' });
    const { assignmentId } = await at('sim-icu-2');
    const request = { reason: 'routine' as const, toMs: now() as EpochMs };
    const target = { assignmentId, ifRev: 7 };
    await expect(t.deviceAssignments.end(target, request, changeAt(now()))).rejects.toMatchObject({ code: 'revision-moved' });
    const nobody = { assignmentId: 'nobody', ifRev: 1 };
    await expect(t.deviceAssignments.end(nobody, request, changeAt(now()))).rejects.toMatchObject({ code: 'not-found' });
    await expect(end(assignmentId, t0 - 1, { reason: 'wrong-time' })).rejects.toMatchObject({ code: 'conflict' });
    await end(assignmentId, now());
    await expect(end(assignmentId, now())).rejects.toMatchObject({ code: 'conflict' });
    await expect(correct(assignmentId, { bedId: 'icu-2' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('of two who assign one device at the same time, one is refused', async () => {
    await free('sim-icu-1');
    const outcomes = await Promise.allSettled([assign('sim-icu-1', 'icu-1'), assign('sim-icu-1', 'imc-1')]);
    expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('a correction keeps how it was, moves what was stored, and names whom it concerns', async () => {
    await t.directory.admit(
      { encounterId: 'enc-2' as never, patientId: 'pat-2' as never, bedId: bed('imc-1'), atMs: t0 + 1 },
      changeAt(now()),
    );
    await end((await at('sim-imc-1')).assignmentId, now());
    const { assignmentId } = await at('sim-icu-1');
    const change = changeAt(now());
    const count = (await told()).length;
    const { assignment, correction } = await correct(assignmentId, { bedId: 'imc-1', fromMs: t0 + MINUTE }, change);
    expect(assignment).toMatchObject({ bedId: 'imc-1', fromMs: t0 + MINUTE, toMs: null, rev: 2, note: 'said Tim Testman' });
    expect(correction).toMatchObject({ correctionId: change.commandId, reattribution: { state: 'waiting', moved: 0 } });
    expect((await told()).slice(count)).toMatchObject([
      { key: 'bed:icu-1', bedId: 'icu-1', rev: 2, voided: true, fromMs: t0, reason: 'wrong-bed' },
      { key: 'bed:imc-1', bedId: 'imc-1', rev: 2, fromMs: t0 + MINUTE, toMs: null },
    ]);
    const [row] = (await t.auditTrail.list({ limit: 1 })).items;
    expect(row!.patientIds).toEqual(['pat-1', 'pat-2']);
    expect(JSON.stringify(row)).not.toContain('Testman');
    const due = { wallMs: now(), leaseMs: 30_000, limit: 9 };
    const jobs = (await t.corrections.dueJobs(due)).filter((job) => job.correctionId === change.commandId);
    const moved = { deviceId: 'sim-icu-1', fromBedId: 'icu-1', runs: 0 };
    expect(jobs).toMatchObject([
      { ...moved, toBedId: null, fromMs: t0, toMs: t0 + MINUTE },
      { ...moved, toBedId: 'imc-1', fromMs: t0 + MINUTE, toMs: null },
    ]);
    expect((await t.corrections.since(0, 99)).slice(-2)).toMatchObject([
      { is: 'device', toBedId: null, correctionId: change.commandId },
      { is: 'device', toBedId: 'imc-1', fromMs: t0 + MINUTE, toMs: null },
    ]);
    const wanted = { reason: 'wrong-bed', note: 'x', bedId: bed('imc-1'), fromMs: (t0 + MINUTE) as EpochMs } as const;
    const repeated = await t.deviceAssignments.correct({ assignmentId, ifRev: 1 }, wanted, change);
    expect(repeated).toMatchObject({ repeated: true, value: { correction: { correctionId: change.commandId } } });
  });

  test('alarms that a message of the device raised in that time are marked and listed, and no others', async () => {
    const raise = (n: number, deviceId: string, atMs: number) => {
      const message = { deviceId, gatewayId: 'gw-1', bootId: 'b', seq: n, deviceAtMs: atMs, gatewayAtMs: atMs };
      const code = { conditionCode: `c${n}`, alarmId: alarmIdNo(n), onsetMs: atMs, atMs };
      return transition({ ...code, bedId: 'icu-1', trigger: message });
    };
    const times = [t0 + MINUTE - 1, t0 + MINUTE, t0 + 2 * MINUTE - 1, t0 + 2 * MINUTE] as const;
    const raised = [...times.map((ms, n) => raise(n + 1, 'sim-icu-1', ms)), raise(5, 'sim-icu-2', times[1])];
    await t.alarmState.commit(batch(raised));
    const { assignmentId } = await at('sim-icu-1');
    // The device came later than was said.
    await correct(assignmentId, { fromMs: t0 + 2 * MINUTE });
    const jobs = await t.corrections.dueJobs({ wallMs: now(), leaseMs: 1, limit: 9 });
    expect(jobs).toMatchObject([{ toBedId: null, fromMs: t0, toMs: t0 + 2 * MINUTE }]);
    const marked = async (n: number) => (await t.alarms.get(alarmIdNo(n)))!.questioned !== undefined;
    expect(await Promise.all([1, 2, 3, 4, 5].map(marked))).toEqual([true, true, true, false, false]);
  });

  test('what was committed and not told yet, the next process tells', async () => {
    await assign('sim-icu-1', 'imc-1', { endOther: true });
    const next = await t.again();
    expect((await next.logRelay.next(1_000)).map(({ event }) => event.id)).toEqual(
      (await t.logRelay.next(1_000)).map(({ event }) => event.id),
    );
    expect((await next.logRelay.next(1_000)).at(-1)!.event).toMatchObject({ kind: 'deviceAssigned', bedId: 'imc-1' });
  });

  test('one that was never there is voided, and everything of it is nobody’s', async () => {
    const { assignmentId } = await at('sim-icu-1');
    expect((await correct(assignmentId, { voided: true })).assignment).toMatchObject({ voided: true, rev: 2 });
    expect((await told()).at(-1)).toMatchObject({ key: 'bed:icu-1', voided: true, rev: 2 });
    expect((await t.deviceAssignments.snapshot(now())).spans.get(device('sim-icu-1'))).toBeUndefined();
    await expect(correct(assignmentId, { voided: true })).rejects.toMatchObject({ code: 'conflict' });
    expect((await assign('sim-icu-1', 'icu-1')).value).toMatchObject({ rev: 1 });
  });

  test('a job is taken by one at a time, comes again until its last run, and is then in the audit trail', async () => {
    await assign('sim-icu-1', 'imc-1', { endOther: true, fromMs: now() - MINUTE });
    const due = (wallMs: number) => t.corrections.dueJobs({ wallMs, leaseMs: 30_000, limit: 9 });
    const [job, ...others] = await due(now());
    expect([job, others]).toMatchObject([{ fromBedId: 'icu-1', toBedId: 'imc-1', fromMs: now() - MINUTE, toMs: null }, []]);
    expect(await due(now() + 29_999)).toEqual([]);
    expect(await due(now() + 30_000)).toHaveLength(1);
    const { jobId } = job!;
    expect(await t.corrections.ranJob(jobId, { moved: 3, nextWallMs: now() + 10_000 })).toEqual({
      jobId,
      state: 'waiting',
      moved: 3,
    });
    expect(await due(now() + 9_999)).toEqual([]);
    expect(await due(now() + 10_000)).toMatchObject([{ jobId, runs: 1 }]);
    expect(await t.corrections.ranJob(jobId, { moved: 1, nextWallMs: null })).toEqual({ jobId, state: 'done', moved: 4 });
    expect(await due(now() + 9_000_000)).toEqual([]);
    const [row] = (await t.auditTrail.list({ limit: 1 })).items;
    const detail = '4 readings of device:sim-icu-1 from bed:icu-1 to bed:imc-1';
    expect(row).toMatchObject({ action: 'assignment.reattribute', patientIds: ['pat-1'], detail });
  });

  test('a snapshot says whose a moment is, and its revision moves with each change', async () => {
    const before = await t.deviceAssignments.snapshot(now());
    expect(before.rev).toBe(await t.deviceAssignments.rev());
    const movedMs = now();
    await assign('sim-icu-1', 'imc-1', { endOther: true });
    await t.clock.advance(MINUTE);
    const { rev, spans } = await t.deviceAssignments.snapshot(now());
    expect(rev).toBeGreaterThan(before.rev);
    const bedAt = (atMs: number) => attribute(spans.get(device('sim-icu-1'))!, atMs)?.bedId ?? null;
    expect([t0 - 1, t0, movedMs - 1, movedMs, now() + MINUTE].map(bedAt)).toEqual([null, 'icu-1', 'icu-1', 'imc-1', 'imc-1']);
    const later = await t.deviceAssignments.snapshot(movedMs + 8 * 86_400_000);
    expect(later.spans.get(device('sim-icu-1'))!.map(({ bedId }) => bedId)).toEqual(['imc-1']);
  });

  test('lists are newest first, in full pages, and say what holds at a moment', async () => {
    await assign('sim-icu-1', 'imc-1', { endOther: true });
    const list = t.deviceAssignments.list.bind(t.deviceAssignments);
    const first = await list({ deviceId: device('sim-icu-1'), limit: 1 });
    expect(first.items).toMatchObject([{ bedId: 'imc-1' }]);
    const rest = await list({ deviceId: device('sim-icu-1'), limit: 1, cursor: first.next! });
    expect([rest.items, rest.next]).toMatchObject([[{ bedId: 'icu-1', toMs: now() }], null]);
    const there = await list({ bedId: bed('imc-1'), atMs: now(), limit: 9 });
    expect(there.items.map((each) => each.deviceId)).toEqual(['sim-icu-1', 'sim-imc-1']);
  });

  test('a gateway is told where its devices stood when, and the same until something changes', async () => {
    const config = async () => (await t.directory.gatewayConfig('gw-1', 1))!;
    await assign('sim-icu-1', 'imc-1', { endOther: true });
    const movedMs = now();
    const before = await config();
    expect(before.devices[0]).toMatchObject({
      ...{ deviceId: 'sim-icu-1', bedId: 'imc-1', fromMs: movedMs },
      spans: [
        { bedId: 'icu-1', fromMs: t0, toMs: movedMs },
        { bedId: 'imc-1', fromMs: movedMs, toMs: null },
      ],
    });
    await t.clock.advance(60 * MINUTE);
    expect(await config()).toEqual(before);
    await assign('sim-icu-2', 'imc-1', { endOther: true, channels: ['spo2'] });
    expect((await config()).devices[1]!.spans!.at(-1)).toMatchObject({ bedId: 'imc-1', channels: ['spo2'] });
  });
}
