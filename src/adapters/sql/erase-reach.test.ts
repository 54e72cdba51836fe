import { DatabaseSync } from 'node:sqlite';
import { BedId, DeviceId, EncounterId, PatientId, ScheduleContent, ScheduleId } from '@vigil/contracts';
import { decideFeed } from '@vigil/domain';
import { changeAt } from '../../../test/contract/device-assignments.contract.js';
import { changeOf, messageOf, moveOf, PAULA, TIM } from '../../../test/contract/feed-messages.js';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';

let t: TestStores;
beforeEach(async () => {
  t = await openTestStores();
  await t.clock.advance(3_600_000);
});
afterEach(() => t.end());

const at = () => ({ nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs() });
const change = () => changeAt(t.clock.nowMs());
const pat = (n: number) => PatientId.parse(`pat-${n}`);

function everything(): Map<string, Record<string, unknown>[]> {
  const db = new DatabaseSync(t.file);
  try {
    const tables = db.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").all();
    return new Map(tables.map(({ name }) => [String(name), db.prepare(`select * from "${String(name)}"`).all()]));
  } finally {
    db.close();
  }
}

/** Every blind index of a patient, by whatever table names it. */
function indexesOf(patientId: string): readonly string[] {
  const rows = [...everything().values()].flat().filter((row) => row['patient_id'] === patientId);
  const names = ['mrn_index', 'name_birth_index', 'visit_index', 'subject_index'];
  return rows.flatMap((row) => names.flatMap((name) => (typeof row[name] === 'string' ? [row[name]] : [])));
}

const tablesWith = (text: string) =>
  [...everything()].filter(([, rows]) => JSON.stringify(rows).includes(text)).map(([name]) => name);

async function workAll(): Promise<void> {
  for (let ids = await t.feedRecords.next(9); ids.length > 0; ids = await t.feedRecords.next(9)) {
    await t.feedRecords.work(ids[0]!, decideFeed, changeOf(at()));
  }
}

test('an erased patient is found by no number any more, in no table, whatever was put right before', async () => {
  await t.places.setAlias({ system: 'hl7:H', value: 'B' }, BedId.parse('icu-2'), change());
  const send = (kind: 'admit' | 'discharge', mrn: string) =>
    t.inbound.keep(
      messageOf(moveOf(kind, { mrn, place: 'B', visit: 'V-77', person: PAULA, atMs: t.clock.nowMs() })),
      t.clock.wallMs(),
    );
  await send('admit', 'M2');
  await workAll();
  await t.clock.advance(60_000);
  const { encounter } = (await t.directory.bed(BedId.parse('icu-2')))!;
  const right = { bedId: BedId.parse('imc-1'), reason: 'wrong-bed', note: 'n', ifRev: 1 } as const;
  await t.corrections.correctStay(encounter!.encounterId, right, change());
  await send('discharge', 'X-88');
  await workAll();
  const [task] = (await t.tasks.list({ state: 'open', limit: 9 })).items;
  const settlement = { do: 'link', patientId: pat(2), note: 'wrist band' } as const;
  await t.feedRecords.settle({ taskId: task!.taskId, ifRev: task!.rev }, settlement, decideFeed, changeOf(at(), 'carol'));
  if ((await t.directory.encounter(encounter!.encounterId))!.dischargedMs === null) {
    await t.directory.discharge(encounter!.encounterId, t.clock.nowMs(), change());
  }
  const indexes = indexesOf('pat-2');
  expect([indexes.length >= 4, indexes.every((index) => tablesWith(index).length > 0)]).toEqual([true, true]);
  await t.recordKeys.erasePatient(pat(2), change());
  expect(indexes.map(tablesWith)).toEqual(indexes.map(() => []));
});

test('a message that names the patient by a number that a person has linked goes too, with its task', async () => {
  const send = (mrns: readonly string[], place: string | null) => {
    const move = moveOf('discharge', { mrn: 'none', person: TIM, atMs: t.clock.nowMs() });
    const identifiers = mrns.map((value) => ({ system: 'HOSP', value }));
    const named = place === null ? null : { system: 'hl7:H', value: place };
    return t.inbound.keep(messageOf({ ...move, identifiers, place: named }), t.clock.wallMs());
  };
  await t.places.setAlias({ system: 'hl7:H', value: 'A' }, BedId.parse('icu-1'), change());
  await send(['X-88'], 'A');
  await workAll();
  const [first] = (await t.tasks.list({ state: 'open', limit: 9 })).items;
  const settlement = { do: 'link', patientId: pat(1), note: 'wrist band' } as const;
  await t.feedRecords.settle({ taskId: first!.taskId, ifRev: 1 }, settlement, decideFeed, changeOf(at(), 'carol'));
  // Of two people at once: nobody can tell whose it is.
  await send(['X-88', 'M2'], 'A');
  await workAll();
  const [task] = (await t.tasks.list({ state: 'open', limit: 9 })).items;
  expect(await t.tasks.detail(task!.taskId)).toMatchObject({ patientId: null });
  await t.recordKeys.erasePatient(pat(1), change());
  expect(await t.tasks.detail(task!.taskId)).toBeNull();
  expect((await t.tasks.list({ state: 'open', limit: 9 })).items).toEqual([]);
});

test('what was written about the devices of a bed goes with who lay there, and no other', async () => {
  const device = DeviceId.parse('sim-icu-1');
  const { items } = await t.deviceAssignments.list({ deviceId: device, limit: 1 });
  const wrong = { bedId: BedId.parse('icu-2'), reason: 'wrong-bed', note: 'Testman was here' } as const;
  const { assignmentId } = items[0]!;
  await t.deviceAssignments.correct({ assignmentId, ifRev: 1 }, wrong as never, change());
  const back = { bedId: BedId.parse('icu-1'), reason: 'wrong-bed', note: 'no, Testman is there' } as const;
  await t.deviceAssignments.correct({ assignmentId, ifRev: 2 }, back as never, change());
  const other = await t.deviceAssignments.list({ deviceId: DeviceId.parse('sim-imc-1'), limit: 1 });
  const kept = { fromMs: t.clock.nowMs() - 600_000, reason: 'wrong-time', note: 'the plug was out' } as const;
  const target = { assignmentId: other.items[0]!.assignmentId, ifRev: 1 };
  await t.deviceAssignments.correct(target, kept as never, change());
  const notes = () =>
    [...everything()]
      .filter(([name]) => name === 'device_assignment' || name === 'correction')
      .flatMap(([, rows]) => JSON.stringify(rows).match(/\\?"note\\?":\\?"/g) ?? []).length;
  expect(notes()).toBe(3);
  await t.directory.discharge(EncounterId.parse('enc-1'), t.clock.nowMs(), change());
  await t.recordKeys.erasePatient(pat(1), change());
  expect(notes()).toBe(1);
  expect(await t.deviceAssignments.find(target.assignmentId)).toMatchObject({ note: 'the plug was out' });
  expect(await t.deviceAssignments.find(assignmentId)).toMatchObject({ note: null });
});

test('hand-over notes of the care unit go with who lay there, those of before and of elsewhere stay', async () => {
  const note = async (careUnitId: string, text: string): Promise<void> => {
    const scheduleId = ScheduleId.parse(`of-${careUnitId}`);
    if ((await t.onCall.schedule(scheduleId)) === null) {
      const content = ScheduleContent.parse({ v: 1, label: 'x', careUnitId, timeZone: 'UTC', rotations: [] });
      await t.onCall.create({ scheduleId, content }, change());
    }
    await t.onCall.addNote(scheduleId, text, change());
  };
  await note('icu', 'before');
  await t.clock.advance(1_000);
  const encounterId = EncounterId.parse('enc-2');
  await t.directory.admit({ encounterId, patientId: pat(2), bedId: BedId.parse('icu-2'), atMs: t.clock.nowMs() }, change());
  await note('icu', 'Paula is restless');
  await note('imc', 'elsewhere');
  // Whose schedule it is now says nothing of whom its notes are about.
  await note('icu', 'Paula is better');
  const moved = ScheduleContent.parse({ v: 1, label: 'x', careUnitId: 'imc', timeZone: 'UTC', rotations: [] });
  await t.onCall.change({ scheduleId: ScheduleId.parse('of-icu'), ifRev: 1 }, { content: moved }, change());
  await t.directory.discharge(encounterId, t.clock.nowMs(), change());
  await t.recordKeys.erasePatient(pat(2), change());
  const texts = async (id: string) => (await t.onCall.notes(ScheduleId.parse(id))).map(({ text }) => text);
  expect([await texts('of-icu'), await texts('of-imc')]).toEqual([['before'], ['elsewhere']]);
});
