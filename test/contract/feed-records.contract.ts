import { BedId, EncounterId, type FeedMove, PatientId } from '@vigil/contracts';
import { decideFeed } from '@vigil/domain';
import type { AuditTrail } from '../../src/ports/audit-trail.js';
import type { Directory } from '../../src/ports/directory.js';
import { type FeedRecords, INBOUND_KEPT_MS } from '../../src/ports/feed-records.js';
import type { Inbound } from '../../src/ports/inbound.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import type { Places } from '../../src/ports/places.js';
import type { Tasks } from '../../src/ports/tasks.js';
import { changeOf, messageOf, moveOf, NORA, PAULA, TIM } from './feed-messages.js';

export interface FeedRecordsUnderTest {
  readonly inbound: Inbound;
  readonly feedRecords: FeedRecords;
  readonly tasks: Tasks;
  readonly places: Places;
  readonly directory: Directory;
  readonly logRelay: LogRelay;
  readonly auditTrail: Pick<AuditTrail, 'list'>;
  nowMs(): number;
  erase(patientId: PatientId): Promise<unknown>;
  end(): Promise<void>;
}

/** Promises of `FeedRecords` and `Tasks`. Tim (M1) lies in icu-1; Paula (M2) is on record; beds have names `A` (icu-1), `B` (icu-2). */
export function feedRecordsContract(open: () => Promise<FeedRecordsUnderTest>): void {
  let t: FeedRecordsUnderTest;
  const at = () => ({ nowMs: t.nowMs(), wallMs: t.nowMs() });
  beforeEach(async () => {
    t = await open();
    for (const [value, bedId] of [
      ['A', 'icu-1'],
      ['B', 'icu-2'],
    ] as const) {
      await t.places.setAlias({ system: 'hl7:H', value }, BedId.parse(bedId), changeOf(at(), 'dan'));
    }
  });
  afterEach(() => t.end());

  const send = async (...moves: readonly FeedMove[]): Promise<void> => {
    for (const move of moves) await t.inbound.keep(messageOf(move), t.nowMs());
  };
  const move = (kind: FeedMove['kind'], facts: Parameters<typeof moveOf>[1]) => moveOf(kind, { atMs: t.nowMs(), ...facts });
  /** Works off all that can be; what became of each, in order. */
  const workAll = async (): Promise<readonly string[]> => {
    const all: string[] = [];
    for (let ids = await t.feedRecords.next(10); ids.length > 0; ids = await t.feedRecords.next(10)) {
      const worked = await t.feedRecords.work(ids[0]!, decideFeed, changeOf(at()));
      const { decision } = worked!;
      all.push(decision.do === 'apply' ? 'apply' : decision.do === 'ignore' ? decision.why : decision.reason);
    }
    return all;
  };
  const openTasks = async () => (await t.tasks.list({ state: 'open', limit: 10 })).items;
  const where = async (bedId: string) => (await t.directory.bed(BedId.parse(bedId)))?.encounter ?? null;
  const settle = async (taskId: string, settlement: Parameters<FeedRecords['settle']>[1], ifRev = 1) =>
    t.feedRecords.settle({ taskId, ifRev }, settlement, decideFeed, changeOf(at(), 'carol'));
  const by = (action: 'apply' | 'dismiss') => ({ do: action, note: 'looked at the bed' });

  test('an admission puts the patient into the bed, with audit and log event, once', async () => {
    const before = (await t.logRelay.next(100)).length;
    await send(move('admit', { mrn: 'm-2', place: 'B', visit: 'V2', person: { ...PAULA, familyName: 'Probe' } }));
    const [id] = await t.feedRecords.next(10);
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-2')).toMatchObject({ patientId: 'pat-2', patient: { familyName: 'PROBE' } });
    const relayed = (await t.logRelay.next(100)).slice(before);
    expect(relayed.map(({ event }) => event)).toMatchObject([{ kind: 'admit', bedId: 'icu-2', source: 'hl7', sourceRef: id }]);
    const { items } = await t.auditTrail.list({ limit: 5, actor: 'system:feed' });
    expect(items.filter((row) => row.action === 'feed.apply')).toMatchObject([{ patientIds: ['pat-2'] }]);
    expect(await t.feedRecords.work(id!, decideFeed, changeOf(at()))).toBeNull();
    expect(await t.feedRecords.next(10)).toEqual([]);
  });

  test('whom nobody knows is recorded and admitted in one', async () => {
    await send(move('admit', { mrn: 'M9', place: 'B', visit: 'V9', person: NORA }));
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-2')).toMatchObject({ patient: { mrn: 'M9', familyName: 'Neumann' } });
    // One of the message, and one of the stay.
    expect((await t.auditTrail.list({ limit: 9, actor: 'system:feed' })).items).toMatchObject([
      { action: 'encounter.admit', object: expect.stringMatching(/^encounter:/), patientIds: [expect.any(String)] },
      { action: 'feed.apply', patientIds: [expect.any(String)] },
    ]);
  });

  test('a whole stay: in, to another bed, back, out, back, and out', async () => {
    const { mrn, visit } = { mrn: 'M2', visit: 'V2' };
    await send(move('admit', { mrn, visit, place: 'B', person: PAULA, atMs: t.nowMs() - 50_000 }));
    await t.places.setAlias({ system: 'hl7:H', value: 'C' }, BedId.parse('imc-1'), changeOf(at()));
    await send(
      move('transfer', { mrn, visit, place: 'C', atMs: t.nowMs() - 40_000 }),
      move('cancelTransfer', { mrn, visit, place: 'B', atMs: t.nowMs() - 30_000 }),
      move('discharge', { mrn, visit, place: 'B', atMs: t.nowMs() - 20_000 }),
      move('cancelDischarge', { mrn, visit, place: 'B', atMs: t.nowMs() - 10_000 }),
      move('update', { mrn, person: { ...PAULA, familyName: 'Proband' } }),
    );
    expect(await workAll()).toEqual(Array.from({ length: 6 }, () => 'apply'));
    expect(await where('icu-2')).toMatchObject({ patientId: 'pat-2', patient: { familyName: 'Proband' } });
    expect(await where('imc-1')).toBeNull();
    await send(move('cancelAdmit', { mrn, visit, place: 'B' }));
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-2')).toBeNull();
  });

  test('a merge in mid-stay keeps the stay', async () => {
    await send(move('merge', { mrn: 'M2', person: PAULA, merged: [{ system: 'HOSP', value: 'M1' }] }));
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-1')).toMatchObject({ encounterId: 'enc-1', patientId: 'pat-2' });
    // The old number finds who survived.
    await send(move('discharge', { mrn: 'M1', place: 'A', person: PAULA }));
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-1')).toBeNull();
  });

  test('an occupied bed makes a task at its care unit, without a name, and what is of the same patient waits', async () => {
    await send(
      move('admit', { mrn: 'M2', place: 'A', visit: 'V2', person: PAULA }),
      move('update', { mrn: 'M2', person: PAULA }),
      move('update', { mrn: 'M1', person: TIM }),
      move('discharge', { mrn: 'M2', visit: 'V2', place: 'A' }),
    );
    expect(await workAll()).toEqual(['bed-taken', 'no-change']);
    const [task] = await openTasks();
    expect(task).toMatchObject({
      kind: 'feed',
      reason: 'bed-taken',
      careUnitId: 'icu',
      bedId: 'icu-1',
      state: 'open',
      waiting: 2,
      rev: 1,
    });
    expect(JSON.stringify(task)).not.toMatch(/Probe|Paula|M2/i);
    expect(await t.tasks.detail(task!.taskId)).toMatchObject({
      patientId: 'pat-2',
      detail: { message: { person: PAULA }, differs: [] },
    });
    expect(await t.feedRecords.backlog()).toMatchObject({ kept: 2, quarantined: { 'bed-taken': 1 } });
  });

  test('what waits is applied by a person once the bed is free, and what waited for it goes on in order', async () => {
    await send(
      move('admit', { mrn: 'M2', place: 'A', visit: 'V2', person: PAULA }),
      move('update', { mrn: 'M2', person: { ...PAULA, familyName: 'Proband' } }),
    );
    expect(await workAll()).toEqual(['bed-taken']);
    const [task] = await openTasks();
    await expect(settle(task!.taskId, by('apply'))).rejects.toMatchObject({ code: 'feed-refused' });
    await expect(settle(task!.taskId, by('apply'), 7)).rejects.toMatchObject({ code: 'revision-moved' });
    await t.directory.discharge(EncounterId.parse('enc-1'), t.nowMs() - 1_000, changeOf(at(), 'carol'));
    const change = changeOf(at(), 'carol');
    const target = { taskId: task!.taskId, ifRev: 1 };
    const done = await t.feedRecords.settle(target, by('apply'), decideFeed, change);
    expect(done).toMatchObject({ repeated: false, value: { state: 'done', resolution: 'applied', resolvedBy: 'carol', rev: 2 } });
    expect(await t.feedRecords.settle(target, by('apply'), decideFeed, change)).toMatchObject({ repeated: true });
    await expect(settle(task!.taskId, by('apply'), 2)).rejects.toMatchObject({ code: 'conflict' });
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-1')).toMatchObject({ patientId: 'pat-2', patient: { familyName: 'Proband' } });
  });

  test('what is dismissed is never applied, and what waited goes on', async () => {
    await send(
      move('admit', { mrn: 'M2', place: 'A', visit: 'V2', person: PAULA }),
      move('admit', { mrn: 'M2', place: 'B', visit: 'V2', person: PAULA }),
    );
    expect(await workAll()).toEqual(['bed-taken']);
    const [task] = await openTasks();
    expect(await settle(task!.taskId, by('dismiss'))).toMatchObject({ value: { resolution: 'dismissed' } });
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-2')).toMatchObject({ patientId: 'pat-2' });
  });

  test('a number that a person links to a patient finds the patient from then on', async () => {
    await send(move('discharge', { mrn: 'X77', place: 'A', person: TIM }));
    expect(await workAll()).toEqual(['no-identifier']);
    const [task] = await openTasks();
    const link = (patientId: string) => ({ do: 'link' as const, patientId: PatientId.parse(patientId), note: 'wrist band' });
    await expect(settle(task!.taskId, link('pat-9'))).rejects.toMatchObject({ code: 'not-found' });
    expect(await settle(task!.taskId, link('pat-1'))).toMatchObject({ value: { resolution: 'applied' } });
    expect(await where('icu-1')).toBeNull();
    await send(move('admit', { mrn: 'x-77', place: 'B', visit: 'V8', person: TIM }));
    expect(await workAll()).toEqual(['apply']);
    expect(await where('icu-2')).toMatchObject({ patientId: 'pat-1' });
  });

  test('a number of one patient is linked to no other', async () => {
    await send(move('discharge', { mrn: 'M1', place: 'A', person: { ...TIM, familyName: 'Other' } }));
    expect(await workAll()).toEqual(['person-differs']);
    const [task] = await openTasks();
    expect(await t.tasks.detail(task!.taskId)).toMatchObject({ detail: { differs: ['familyName'] } });
    const wrong = { do: 'link' as const, patientId: PatientId.parse('pat-2'), note: 'x' };
    await expect(settle(task!.taskId, wrong)).rejects.toMatchObject({ code: expect.stringMatching(/conflict|feed-refused/) });
    expect(await settle(task!.taskId, { ...wrong, patientId: PatientId.parse('pat-1') })).toMatchObject({ repeated: false });
    expect(await where('icu-1')).toBeNull();
  });

  test('what is so by now settles its task by itself, and nothing else does', async () => {
    await send(move('admit', { mrn: 'M2', place: 'A', visit: 'V2', person: PAULA }));
    expect(await workAll()).toEqual(['bed-taken']);
    const [id] = await t.feedRecords.quarantined(10, null);
    expect(await t.feedRecords.work(id!, decideFeed, changeOf(at()))).toBeNull();
    const who = changeOf(at(), 'carol');
    await t.directory.discharge(EncounterId.parse('enc-1'), t.nowMs() - 1_000, who);
    expect(await t.feedRecords.work(id!, decideFeed, changeOf(at()))).toBeNull();
    const stay = { encounterId: EncounterId.parse('enc-2'), patientId: PatientId.parse('pat-2'), bedId: BedId.parse('icu-1') };
    await t.directory.admit({ ...stay, atMs: t.nowMs() - 500 }, who);
    expect(await t.feedRecords.work(id!, decideFeed, changeOf(at()))).toMatchObject({ decision: { do: 'ignore' } });
    expect(await openTasks()).toEqual([]);
    expect((await t.tasks.list({ limit: 9 })).items).toMatchObject([{ resolution: 'superseded', resolvedBy: null }]);
  });

  test('what nobody can read waits for a person, with what is of the same patient, and is never applied', async () => {
    const broken = messageOf(move('discharge', { mrn: 'M1' }), 'MSH broken');
    const about = [{ system: 'HOSP', value: 'M1' }];
    await t.inbound.keep({ ...broken, read: { unreadable: 'missing-segment', about } }, t.nowMs());
    await send(move('discharge', { mrn: 'M1', place: 'A', person: TIM }));
    expect(await workAll()).toEqual(['missing-segment']);
    const [task] = await openTasks();
    expect(task).toMatchObject({ careUnitId: null, waiting: 1 });
    await expect(settle(task!.taskId, by('apply'))).rejects.toMatchObject({ code: 'feed-refused' });
    expect(await t.tasks.detail(task!.taskId)).toMatchObject({ detail: { text: 'MSH broken' } });
    await settle(task!.taskId, by('dismiss'));
    expect(await workAll()).toEqual(['apply']);
  });

  test('a command that the store refuses changes nothing and waits for a person', async () => {
    // The message says nothing of the stay before; the store knows that the bed was taken then.
    await t.directory.discharge(EncounterId.parse('enc-1'), t.nowMs(), changeOf(at(), 'carol'));
    const before = (await t.logRelay.next(100)).length;
    await send(move('admit', { mrn: 'M9', place: 'A', visit: 'V9', person: NORA, atMs: t.nowMs() - 3_600_000 }));
    expect(await workAll()).toEqual(['overlap']);
    expect((await t.logRelay.next(100)).length).toBe(before);
    expect(await t.directory.searchPatients({ mrn: 'M9' })).toEqual([]);
    expect(await openTasks()).toMatchObject([{ reason: 'overlap', bedId: 'icu-1' }]);
  });

  test('tasks of others are there too, are listed page by page, and are done once', async () => {
    const task = (n: number, careUnitId: string | null) =>
      ({
        taskId: `t-${n}`,
        kind: 'tray',
        reason: 'stay-unknown',
        careUnitId,
        bedId: null,
        patientId: null,
        detail: { n },
      }) as never;
    for (const [n, unit] of [
      [1, null],
      [2, 'icu'],
      [3, 'imc'],
    ] as const)
      await t.tasks.open(task(n, unit), n);
    await t.tasks.open(task(2, 'icu'), 9);
    const first = await t.tasks.list({ limit: 2 });
    expect(first.items.map((each) => each.taskId)).toEqual(['t-1', 't-2']);
    expect((await t.tasks.list({ limit: 2, cursor: first.next! })).items.map((each) => each.taskId)).toEqual(['t-3']);
    expect((await t.tasks.list({ limit: 9, careUnitIds: ['imc'] })).items.map((each) => each.taskId)).toEqual(['t-3']);
    expect((await t.tasks.list({ limit: 9, unplaced: true })).items.map((each) => each.taskId)).toEqual(['t-1']);
    expect((await t.tasks.list({ limit: 9, careUnitIds: [], unplaced: false })).items).toEqual([]);
    const change = changeOf(at(), 'carol');
    const target = { taskId: 't-2', ifRev: 1 };
    expect(await t.tasks.resolve(target, 'dismissed', 'seen', change)).toMatchObject({ repeated: false, value: { rev: 2 } });
    expect(await t.tasks.resolve(target, 'dismissed', 'seen', change)).toMatchObject({ repeated: true });
    await expect(t.tasks.resolve({ ...target, ifRev: 2 }, 'dismissed', null, changeOf(at()))).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(t.tasks.resolve({ taskId: 't-9', ifRev: 1 }, 'dismissed', null, changeOf(at()))).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await t.tasks.find('t-9')).toBeNull();
    expect(await t.tasks.detail('t-9')).toBeNull();
  });

  test('what is done is forgotten after 30 days, and not before', async () => {
    const late = moveOf('update', { mrn: 'M1', person: TIM });
    await send(late);
    expect(await workAll()).toEqual(['no-change']);
    expect(await t.feedRecords.forget(t.nowMs() + INBOUND_KEPT_MS)).toBe(0);
    expect(await t.inbound.keep(messageOf(late), 1)).toMatchObject({ is: 'repeated' });
    expect(await t.feedRecords.forget(t.nowMs() + INBOUND_KEPT_MS + 1)).toBe(1);
    expect(await t.inbound.keep(messageOf(late), 1)).toEqual({ is: 'kept' });
  });

  test('an erasure reaches what was sent of the patient, and what waits of it', async () => {
    await send(
      move('update', { mrn: 'M2', person: PAULA }),
      move('admit', { mrn: 'M2', place: 'A', visit: 'V2', person: PAULA }),
      move('update', { mrn: 'M2', person: PAULA }),
    );
    expect(await workAll()).toEqual(['no-change', 'bed-taken']);
    const [task] = await openTasks();
    await t.erase(PatientId.parse('pat-2'));
    expect(await openTasks()).toEqual([]);
    expect(await t.tasks.detail(task!.taskId)).toBeNull();
    expect(await t.feedRecords.next(10)).toEqual([]);
  });
}
