import { CareUnitId, CommandId, EncounterId, StaffId } from '@vigil/contracts';
import type { AlarmFeed, AlarmState } from '../../src/ports/alarm-state.js';
import type { AlarmCommand, Alarms } from '../../src/ports/alarms.js';
import { auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import type { Escalations } from '../../src/ports/escalations.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import { alarmIdNo, batch, ending, transition } from './alarm-fixtures.js';

export interface AlarmsUnderTest {
  readonly alarms: Alarms;
  readonly alarmState: AlarmState;
  readonly alarmFeed: AlarmFeed;
  readonly escalations: Escalations;
  readonly logRelay: LogRelay;
  readonly auditTrail: AuditTrail;
  nowMs(): number;
  end(): Promise<void>;
}

const icu = CareUnitId.parse('icu');
const imc = CareUnitId.parse('imc');
const uuid = (n: number): CommandId => CommandId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);

/** Promises of `Alarms`. Bed icu-1 is in `icu`; gateway gw-1 serves `icu` and `imc`. */
export function alarmsContract(open: () => Promise<AlarmsUnderTest>): void {
  let t: AlarmsUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const command = (more: Partial<AlarmCommand> = {}): AlarmCommand => {
    const by = more.by ?? StaffId.parse('amy');
    return {
      commandId: uuid(1),
      alarmId: alarmIdNo(1),
      by,
      ifRev: null,
      audit: auditEntry({
        actor: by,
        roles: ['nurse'],
        action: 'alarm.accept',
        object: `alarm:${alarmIdNo(1)}`,
        outcome: 'allowed',
      }),
      nowMs: t.nowMs(),
      wallMs: t.nowMs(),
      ...more,
    };
  };
  const commandEvents = async () => (await t.logRelay.next(100)).filter((r) => r.event.kind === 'command');
  const raise = (more: Record<string, unknown> = {}) => t.alarmState.commit(batch([transition(more)]));

  test('an alarm is shown with its bed, its escalation and one line of text', async () => {
    await raise();
    expect(await t.alarms.get(alarmIdNo(1))).toMatchObject({
      careUnitId: 'icu',
      bedLabel: 'ICU 1',
      presence: 'on',
      acknowledgePending: false,
      escalation: { state: 'running', rev: 1, nextName: 'Amy Nurse', nextNames: ['Amy Nurse'], pages: [] },
    });
    expect((await t.alarms.get(alarmIdNo(1)))!.text).toMatch(/^TEST \*\*\* High priority alarm, ICU 1: Heart rate 148/);
    expect(await t.alarms.get(alarmIdNo(2))).toBeNull();
  });

  test('an alarm whose priority does not page is idle until it rises', async () => {
    await raise({ priority: 'low' });
    expect((await t.alarms.get(alarmIdNo(1)))!.escalation.state).toBe('idle');
    await raise({ rev: 2, cause: 'raised', priority: 'high' });
    expect((await t.alarms.get(alarmIdNo(1)))!.escalation).toMatchObject({ state: 'running', rev: 2 });
  });

  test('the alarm of a gateway is seen in every care unit that it serves', async () => {
    await raise({ bedId: null, gatewayId: 'gw-1', conditionCode: 'gatewayLost', metric: null, encounterId: null });
    for (const careUnitId of [icu, imc]) {
      expect((await t.alarms.open(careUnitId)).alarms.map((a) => a.alarmId)).toEqual([alarmIdNo(1)]);
      expect((await t.alarms.list({ careUnitIds: [careUnitId], limit: 10 })).items).toHaveLength(1);
      expect(await t.alarms.changedSince(careUnitId, 0)).toHaveLength(1);
    }
    expect((await t.alarms.get(alarmIdNo(1)))!.bedLabel).toBe('gateway gw-1');
  });

  test('an alarm that the patient takes along is seen in the unit where the patient is, and pages there from its first step', async () => {
    await t.alarmState.commit(batch([transition()]));
    const before = (await t.alarms.get(alarmIdNo(1)))!;
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'carried', bedId: 'imc-1', atMs: 2_000 })]));
    expect((await t.alarms.open(icu)).alarms).toEqual([]);
    expect((await t.alarms.open(imc)).alarms.map((a) => [a.alarmId, a.bedId, a.careUnitId])).toEqual([
      [alarmIdNo(1), 'imc-1', 'imc'],
    ]);
    // Whoever watches the old unit takes a snapshot: there is no event for what is no longer its own.
    expect(await t.alarms.changedSince(icu, 1)).toBeNull();
    const after = (await t.alarms.get(alarmIdNo(1)))!;
    expect(after.escalation).toMatchObject({ state: 'running', step: -1, rev: before.escalation.rev + 1 });
    await t.alarmState.commit(batch([ending({ rev: 3, bedId: 'imc-1' })]));
    expect((await t.alarms.open(imc)).alarms).toEqual([]);
  });

  test('an alarm that is of another stay than was believed is the same alarm: it says so, and nobody is told anew', async () => {
    await t.alarmState.commit(batch([transition()]));
    const before = (await t.alarms.get(alarmIdNo(1)))!;
    const other = EncounterId.parse('stay-of-the-right-person');
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'corrected', encounterId: other, atMs: 2_000 })]));
    const after = (await t.alarms.get(alarmIdNo(1)))!;
    expect(after).toMatchObject({ rev: 2, encounterId: other, onsetMs: before.onsetMs, active: true });
    expect(after.escalation).toEqual(before.escalation);
    expect((await t.alarms.open(icu)).alarms).toHaveLength(1);
  });

  test('the alarm of a place that the directory does not know is shown to all', async () => {
    await raise({ bedId: 'nowhere-1' });
    expect((await t.alarms.open(icu)).alarms).toHaveLength(1);
    expect((await t.alarms.open(imc)).alarms).toHaveLength(1);
  });

  test('lists filter, page without gap or double, and show nothing of other care units', async () => {
    for (let n = 1; n <= 7; n++) await raise({ alarmId: alarmIdNo(n), onsetMs: n * 100, atMs: n * 100 });
    await t.alarmState.commit(batch([ending()]));
    const list = (more: Partial<Parameters<Alarms['list']>[0]>) => t.alarms.list({ careUnitIds: [icu], limit: 100, ...more });
    expect((await list({ presence: 'on' })).items).toHaveLength(6);
    expect((await list({ escalation: 'ended' })).items.map((a) => a.alarmId)).toEqual([alarmIdNo(1)]);
    expect((await list({ bed: 'icu-2' as never })).items).toEqual([]);
    expect((await list({ sinceMs: 9_000 })).items.map((a) => a.alarmId)).toEqual([alarmIdNo(1)]);
    expect((await list({ careUnitIds: [imc] })).items).toEqual([]);
    expect((await list({ careUnitIds: [] })).items).toEqual([]);
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await list({ limit: 3, cursor });
      seen.push(...page.items.map((a) => a.alarmId));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map(alarmIdNo));
    await expect(list({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('open holds what still needs somebody, and the newest cursor', async () => {
    await raise();
    await raise({ alarmId: alarmIdNo(2) });
    await t.alarmState.commit(batch([ending()]));
    await t.alarmState.commit(batch([ending({ alarmId: alarmIdNo(2), presence: 'latched' })]));
    const { cursor, alarms } = await t.alarms.open(icu);
    expect(cursor).toBe(4);
    expect(alarms.map((a) => a.alarmId)).toEqual([alarmIdNo(2)]);
  });

  test('whoever was away is told each changed alarm once, oldest change first, or to start afresh', async () => {
    await raise();
    await raise({ alarmId: alarmIdNo(2) });
    await t.alarmState.commit(batch([ending()]));
    const changed = await t.alarms.changedSince(icu, 0);
    expect(changed!.map((c) => [c.cursor, c.alarm.alarmId])).toEqual([
      [2, alarmIdNo(2)],
      [3, alarmIdNo(1)],
    ]);
    expect(await t.alarms.changedSince(icu, 3)).toEqual([]);
    expect(await t.alarms.changedSince(icu, 4)).toBeNull();
  });

  test('accepting stops the escalation at once, tells the log, the audit trail and the screens', async () => {
    await raise();
    const told: string[] = [];
    t.alarmFeed.subscribe((changes) => told.push(...changes.map((c) => c.alarmId)));
    const { alarm, repeated } = await t.alarms.accept(command({ ifRev: 1 }));
    expect(repeated).toBe(false);
    expect(alarm.escalation).toMatchObject({ state: 'accepted', rev: 2, acceptedByName: 'Amy Nurse', nextAtMs: null });
    expect(alarm.presence).toBe('on');
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
    expect((await commandEvents()).map((r) => r.event)).toMatchObject([
      { id: `command/${uuid(1)}`, key: 'bed:icu-1', command: 'accept', by: 'amy' },
    ]);
    expect((await t.auditTrail.list({ limit: 5 })).items[0]).toMatchObject({ action: 'alarm.accept', actor: 'amy' });
    expect(told).toEqual([alarmIdNo(1)]);
  });

  test('one command id is carried out once, also when it comes twice at the same time', async () => {
    await raise();
    const outcomes = await Promise.all([t.alarms.accept(command({ ifRev: 1 })), t.alarms.accept(command({ ifRev: 1 }))]);
    expect(outcomes.map((o) => o.repeated)).toEqual([false, true]);
    expect(outcomes[1]!.alarm).toEqual(outcomes[0]!.alarm);
    expect(await commandEvents()).toHaveLength(1);
    await expect(t.alarms.acknowledge(command())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('accept is refused for an old revision, for somebody else, and for no alarm', async () => {
    await raise();
    await expect(t.alarms.accept(command({ ifRev: 9 }))).rejects.toMatchObject({ code: 'revision-moved' });
    await expect(t.alarms.accept(command({ alarmId: alarmIdNo(5) }))).rejects.toMatchObject({ code: 'not-found' });
    await t.alarms.accept(command());
    const ben = { commandId: uuid(2), by: StaffId.parse('ben') };
    await expect(t.alarms.accept(command(ben))).rejects.toMatchObject({ code: 'conflict' });
    expect((await t.alarms.accept(command({ commandId: uuid(3) }))).alarm.escalation).toMatchObject({ rev: 2 });
  });

  test('an acknowledgement is pending until the engine echoes it', async () => {
    await raise();
    const { alarm } = await t.alarms.acknowledge(command({ ifRev: 1 }));
    expect(alarm).toMatchObject({ presence: 'on', acknowledgePending: true, acknowledgedBy: null });
    expect(alarm.escalation.state).toBe('running');
    await raise({ rev: 2, cause: 'acknowledged', presence: 'ack', by: 'amy', commandId: uuid(1) });
    expect(await t.alarms.get(alarmIdNo(1))).toMatchObject({
      presence: 'ack',
      acknowledgePending: false,
      acknowledgedByName: 'Amy Nurse',
      escalation: { state: 'running' },
    });
    await expect(t.alarms.acknowledge(command({ commandId: uuid(2), ifRev: 1 }))).rejects.toMatchObject({
      code: 'revision-moved',
    });
  });

  test('a refused command leaves nothing behind', async () => {
    await raise();
    const before = (await t.auditTrail.list({ limit: 100 })).items.length;
    await expect(t.alarms.accept(command({ ifRev: 9 }))).rejects.toThrow();
    expect(await commandEvents()).toEqual([]);
    expect((await t.auditTrail.list({ limit: 100 })).items).toHaveLength(before);
  });
}
