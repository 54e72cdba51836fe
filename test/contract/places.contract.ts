import { BedId, CareUnitId, type StaffId } from '@vigil/contracts';
import type { Alarms } from '../../src/ports/alarms.js';
import type { AuditTrail } from '../../src/ports/audit-trail.js';
import type { DeviceAssignments } from '../../src/ports/device-assignments.js';
import type { Directory } from '../../src/ports/directory.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import type { Places } from '../../src/ports/places.js';
import { changeAt } from './device-assignments.contract.js';

export interface PlacesUnderTest {
  readonly places: Places;
  readonly directory: Directory;
  readonly deviceAssignments: DeviceAssignments;
  readonly alarms: Alarms;
  readonly logRelay: LogRelay;
  readonly auditTrail: AuditTrail;
  /** An alarm that is open at this bed. */
  raise(bedId: BedId): Promise<void>;
  nowMs(): number;
  end(): Promise<void>;
}

const bed = (id: string) => BedId.parse(id);
const unit = (id: string) => CareUnitId.parse(id);

/** Promises of `Places` on the site of `sql-fixture.ts`. */
export function placesContract(open: () => Promise<PlacesUnderTest>): void {
  let t: PlacesUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const change = () => changeAt(t.nowMs(), { by: 'dan' as StaffId });
  const placed = async () => (await t.logRelay.next(1_000)).flatMap(({ event }) => (event.kind === 'bedPlaced' ? [event] : []));
  const routine = { reason: 'routine' as const };

  test('a care unit and a bed are added, and are the same when the command comes again', async () => {
    const [first, second, rev] = [change(), change(), await t.places.rev()];
    const careUnit = { careUnitId: unit('ccu'), label: 'Coronary care' };
    const added = { value: { ...careUnit, retired: false, rev: 1 }, repeated: false };
    expect(await t.places.addCareUnit(careUnit, first)).toEqual(added);
    expect(await t.places.addCareUnit(careUnit, first)).toEqual({ ...added, repeated: true });
    const newBed = { bedId: bed('ccu-1'), careUnitId: unit('ccu'), label: 'CCU 1' };
    expect((await t.places.addBed(newBed, second)).value).toEqual({ ...newBed, retired: false, rev: 1 });
    expect((await t.directory.beds()).at(-1)).toMatchObject({ bedId: 'ccu-1', encounter: null, devices: [] });
    expect(await t.places.rev()).toBe(rev + 2);
    await expect(t.places.addCareUnit(careUnit, change())).rejects.toMatchObject({ code: 'conflict' });
    await expect(t.places.addBed(newBed, change())).rejects.toMatchObject({ code: 'conflict' });
    const nowhere = { ...newBed, bedId: bed('x-1'), careUnitId: unit('x') };
    await expect(t.places.addBed(nowhere, change())).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a bed gets another name, and the engine is told of it', async () => {
    const target = { bedId: bed('icu-1'), ifRev: 1, ...routine };
    expect((await t.places.changeBed(target, { label: 'Window' }, change())).value).toMatchObject({ label: 'Window', rev: 2 });
    expect(await placed()).toMatchObject([
      { id: 'place/icu-1/2', key: 'bed:icu-1', careUnitId: 'icu', label: 'Window', by: 'dan', source: 'person' },
    ]);
    expect((await t.directory.bed(bed('icu-1')))!.encounter).toMatchObject({ encounterId: 'enc-1' });
    const late = t.places.changeBed(target, { label: 'Door' }, change());
    await expect(late).rejects.toMatchObject({ code: 'revision-moved' });
  });

  test('a bed comes to another care unit, and its open alarms are seen there', async () => {
    await t.raise(bed('icu-1'));
    const seenIn = async (id: string) => (await t.alarms.open(unit(id))).alarms.length;
    expect([await seenIn('icu'), await seenIn('imc')]).toEqual([1, 0]);
    const target = { bedId: bed('icu-1'), ifRev: 1, reason: 'reorganised' as const };
    await t.places.changeBed(target, { careUnitId: unit('imc') }, change());
    expect([await seenIn('icu'), await seenIn('imc')]).toEqual([0, 1]);
    expect(await placed()).toMatchObject([{ careUnitId: 'imc', reason: 'reorganised' }]);
    const nowhere = t.places.changeBed({ ...target, ifRev: 2 }, { careUnitId: unit('x') }, change());
    await expect(nowhere).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a bed with a patient or a device is never retired, nor a care unit with a bed', async () => {
    const retire = (bedId: string, ifRev = 1) => t.places.retireBed({ bedId: bed(bedId), ifRev }, change());
    await expect(retire('icu-1')).rejects.toMatchObject({ code: 'conflict' });
    await expect(retire('imc-1')).rejects.toMatchObject({ code: 'conflict' });
    const [span] = (await t.deviceAssignments.list({ bedId: bed('imc-1'), limit: 1 })).items;
    const target = { assignmentId: span!.assignmentId, ifRev: 1 };
    await t.deviceAssignments.end(target, { toMs: t.nowMs() as never, ...routine }, change());
    const imc = { careUnitId: unit('imc'), ifRev: 1 };
    await expect(t.places.retireCareUnit(imc, change())).rejects.toMatchObject({ code: 'conflict' });
    expect((await retire('imc-1')).value).toMatchObject({ retired: true, rev: 2 });
    expect((await t.places.retireCareUnit(imc, change())).value).toMatchObject({ retired: true });
    expect((await t.directory.careUnits()).map((each) => each.careUnitId)).toEqual(['icu']);
    expect([await t.directory.bed(bed('imc-1')), await t.places.bed(bed('imc-1'))]).toMatchObject([null, { retired: true }]);
    await expect(retire('imc-1', 2)).rejects.toMatchObject({ code: 'conflict' });
    const again = { bedId: bed('imc-1'), careUnitId: unit('icu'), label: 'again' };
    await expect(t.places.addBed(again, change())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a retired bed takes nobody and nothing', async () => {
    const newBed = { bedId: bed('icu-9'), careUnitId: unit('icu'), label: 'ICU 9' };
    await t.places.addBed(newBed, change());
    await t.places.setAlias({ system: 'ward', value: 'I^9' }, bed('icu-9'), change());
    await t.places.retireBed({ bedId: bed('icu-9'), ifRev: 1 }, change());
    const gone = { code: 'not-found' };
    const stay = { encounterId: 'enc-2' as never, patientId: 'pat-2' as never, bedId: bed('icu-9'), atMs: t.nowMs() };
    await expect(t.directory.admit(stay, change())).rejects.toMatchObject(gone);
    const move = { encounterId: 'enc-1' as never, bedId: bed('icu-9'), atMs: t.nowMs() + 1 };
    await expect(t.directory.transfer(move, change())).rejects.toMatchObject(gone);
    const device = {
      deviceId: 'sim-icu-1' as never,
      bedId: bed('icu-9'),
      fromMs: t.nowMs() as never,
      endOther: true,
      ...routine,
    };
    await expect(t.deviceAssignments.assign(device, change())).rejects.toMatchObject(gone);
    expect(await t.places.aliasOf({ system: 'ward', value: 'I^9' })).toBeNull();
    await expect(t.places.setAlias({ system: 'ward', value: 'x' }, bed('icu-9'), change())).rejects.toMatchObject(gone);
  });

  test('a name stands for one bed, and for nothing that is only alike', async () => {
    const name = { system: 'hl7:ADT', value: 'ICU^1^A' };
    await t.places.setAlias(name, bed('icu-1'), change());
    const rev = await t.places.rev();
    expect([await t.places.aliasOf(name), await t.places.aliasOf({ ...name, value: 'icu^1^a' })]).toEqual(['icu-1', null]);
    await t.places.setAlias(name, bed('icu-2'), change(), rev);
    await expect(t.places.setAlias(name, bed('icu-1'), change(), rev)).rejects.toMatchObject({ code: 'revision-moved' });
    expect(await t.places.aliasOf(name)).toBe('icu-2');
    await t.places.setAlias({ ...name, value: 'A' }, bed('icu-1'), change());
    const first = await t.places.aliases({ limit: 1 });
    const rest = await t.places.aliases({ limit: 1, cursor: first.next! });
    expect([first.items, rest.items, rest.next]).toMatchObject([[{ value: 'A' }], [{ ...name, by: 'dan' }], null]);
    const rows = async () => (await t.auditTrail.list({ limit: 500 })).items.length;
    await t.places.removeAlias(name, change());
    const count = await rows();
    await t.places.removeAlias(name, change());
    expect([await t.places.aliasOf(name), await rows()]).toEqual([null, count]);
  });
}
