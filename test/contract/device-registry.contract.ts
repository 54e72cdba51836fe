import { randomUUID } from 'node:crypto';
import { BedId, CommandId, DeviceId, EpochMs, NewDevice, StaffId } from '@vigil/contracts';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { DeviceAssignments } from '../../src/ports/device-assignments.js';
import type { EhrLinks } from '../../src/ports/ehr-links.js';
import type { DeviceChange, DeviceRegistry, RegistryChange } from '../../src/ports/device-registry.js';

const MONITOR = DeviceId.parse('sim-icu-1');
const PUMP = DeviceId.parse('pump-7');
const WALL_MS = 2_000_000;

const change = (): RegistryChange => ({
  ...{ commandId: CommandId.parse(randomUUID()), by: StaffId.parse('dan'), nowMs: 5_000, wallMs: WALL_MS },
  audit: auditEntry({ actor: 'dan', action: 'device.change', object: 'device:x', outcome: 'allowed' }),
});
const at = (deviceId: DeviceId, ifRev: number): DeviceChange => ({ ...change(), deviceId, ifRev });
const pump = NewDevice.parse({
  deviceId: PUMP,
  gatewayId: 'gw-2',
  profile: 'monitor',
  model: 'P2',
  calibrationDueDay: '2027-01-31',
});

/** On the seeded site of `sql-fixture.ts`: three devices in beds, two gateways, the profile `monitor`. */
export function deviceRegistryContract(
  open: () => Promise<{
    readonly registry: DeviceRegistry;
    readonly ehrLinks: EhrLinks;
    readonly assignments: DeviceAssignments;
    audited(): Promise<number>;
    end(): Promise<void>;
  }>,
): void {
  let t: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  test('a device of the site is in it, in use, and nothing is known of it that nobody said', async () => {
    expect(await t.registry.find(MONITOR)).toMatchObject({
      gatewayId: 'gw-1',
      profile: 'monitor',
      serial: null,
      state: 'in-use',
      rev: 1,
    });
    expect(await t.registry.find(PUMP)).toBeNull();
    expect(await t.registry.openSpans(MONITOR)).toMatchObject([{ bedId: 'icu-1' }]);
  });

  test('a device is registered once; the same command again changes nothing and is not audited again', async () => {
    const first = change();
    const before = await t.audited();
    expect(await t.registry.create(pump, first)).toMatchObject({ repeated: false, value: { model: 'P2', serial: null, rev: 1 } });
    expect(await t.registry.create(pump, first)).toMatchObject({ repeated: true, value: { deviceId: PUMP } });
    expect((await t.audited()) - before).toBe(1);
    await expect(t.registry.create(pump, change())).rejects.toMatchObject({ code: 'conflict' });
    await expect(t.registry.create({ ...pump, owner: 'ICU' }, first)).rejects.toMatchObject({ code: 'conflict' });
  });

  test.each([{ gatewayId: 'gw-9' }, { profile: 'no-such' }])('%j is not of the site', async (wrong) => {
    await expect(t.registry.create(NewDevice.parse({ ...pump, ...wrong }), change())).rejects.toMatchObject({
      code: 'invalid-request',
    });
    expect(await t.registry.find(PUMP)).toBeNull();
  });

  test('a change keeps what it leaves out, takes away what is null, and needs the revision that somebody saw', async () => {
    await t.registry.create({ ...pump, serial: 'S-1' }, change());
    const changed = await t.registry.change({ serial: null, owner: 'ICU' }, at(PUMP, 1));
    expect(changed.value).toMatchObject({ model: 'P2', serial: null, owner: 'ICU', rev: 2 });
    await expect(t.registry.change({ owner: 'OR' }, at(PUMP, 1))).rejects.toMatchObject({ code: 'revision-moved' });
    await expect(t.registry.change({ owner: 'OR' }, at(DeviceId.parse('nobody'), 1))).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await t.registry.find(PUMP)).toEqual(changed.value);
  });

  test('with another serial number or UDI it is another device to the hospital’s records; with another owner it is not', async () => {
    const link = { kind: 'device', localId: MONITOR, resourceType: 'Device', serverId: '7', version: '1' } as const;
    await t.ehrLinks.link(link);
    await t.registry.change({ owner: 'ICU', serial: null }, at(MONITOR, 1));
    expect(await t.ehrLinks.ofLocal('device', MONITOR)).not.toBeNull();
    await t.registry.change({ serial: 'S-9' }, at(MONITOR, 2));
    expect(await t.ehrLinks.ofLocal('device', MONITOR)).toBeNull();
  });

  test('quarantine ends no assignment, and only who is in quarantine is released', async () => {
    await expect(t.registry.use({ state: 'in-use', reason: 'checked' }, at(MONITOR, 1))).rejects.toMatchObject({
      code: 'conflict',
    });
    const { value } = await t.registry.use({ state: 'quarantined', reason: 'wrong-readings' }, at(MONITOR, 1));
    expect(value).toMatchObject({ state: 'quarantined', stateReason: 'wrong-readings', stateSinceMs: 5_000, rev: 2 });
    expect(await t.registry.openSpans(MONITOR)).toMatchObject([{ bedId: 'icu-1' }]);
    expect(await t.registry.lockedOut(10)).toEqual([value]);
    await t.registry.use({ state: 'in-use', reason: 'checked' }, at(MONITOR, 2));
    expect(await t.registry.lockedOut(10)).toEqual([]);
  });

  test('a device that is at a bed is not retired, and the answer names the bed', async () => {
    await expect(t.registry.use({ state: 'retired', reason: 'replaced' }, at(MONITOR, 1))).rejects.toMatchObject({
      code: 'assignment-conflict',
      conflicts: [{ kind: 'device-elsewhere', deviceId: MONITOR, bedId: 'icu-1', toMs: null }],
    });
    await t.registry.create(pump, change());
    expect((await t.registry.use({ state: 'retired', reason: 'replaced' }, at(PUMP, 1))).value.state).toBe('retired');
  });

  test('a device that is retired is assigned nowhere, one in quarantine is where somebody puts it', async () => {
    await t.registry.create(pump, change());
    const assign = (fromMs: number) =>
      t.assignments.assign(
        { deviceId: PUMP, bedId: BedId.parse('icu-2'), fromMs: EpochMs.parse(fromMs), channels: ['spo2'], reason: 'routine' },
        { ...change(), source: 'person', sourceRef: null },
      );
    await t.registry.use({ state: 'quarantined', reason: 'maintenance' }, at(PUMP, 1));
    const { value } = await assign(5_000);
    await t.assignments.end(
      { assignmentId: value.assignmentId, ifRev: value.rev },
      { toMs: EpochMs.parse(5_500), reason: 'routine' },
      { ...change(), source: 'person', sourceRef: null },
    );
    await t.registry.use({ state: 'retired', reason: 'replaced' }, at(PUMP, 2));
    await expect(assign(6_000)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a token is good once, until its end, and only the newest of a device', async () => {
    await t.registry.create(pump, change());
    const enrol = (tokenHash: string) =>
      t.registry.openEnrolment({ deviceId: PUMP, tokenHash, untilWallMs: WALL_MS + 10 }, change());
    await enrol('first');
    await enrol('second');
    expect(await t.registry.enrolmentOf('first', WALL_MS)).toBeNull();
    expect(await t.registry.enrolmentOf('second', WALL_MS + 10)).toBeNull();
    expect(await t.registry.enrolmentOf('second', WALL_MS)).toEqual({ deviceId: PUMP, gatewayId: 'gw-2' });
    const taken = await Promise.all([1, 2, 3].map(() => t.registry.takeEnrolment('second', change())));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await t.registry.enrolmentOf('second', WALL_MS)).toBeNull();
  });

  test('quarantine takes a token that waits, and gives none', async () => {
    await t.registry.openEnrolment({ deviceId: MONITOR, tokenHash: 'h', untilWallMs: WALL_MS + 10 }, change());
    await t.registry.use({ state: 'quarantined', reason: 'security' }, at(MONITOR, 1));
    await expect(
      t.registry.openEnrolment({ deviceId: MONITOR, tokenHash: 'i', untilWallMs: WALL_MS + 10 }, change()),
    ).rejects.toMatchObject({ code: 'conflict' });
    await t.registry.use({ state: 'in-use', reason: 'checked' }, at(MONITOR, 2));
    expect(await t.registry.enrolmentOf('h', WALL_MS)).toBeNull();
  });
}
