import type {
  ChangeDevice,
  DeviceId,
  DeviceUse,
  DeviceUseReason,
  EpochMs,
  GatewayId,
  NewDevice,
  OpenSpan,
  RegisteredDevice,
} from '@vigil/contracts';
import { AssignmentRefused, mayBecome, PlatformError } from '@vigil/domain';
import { type DeviceChange, DeviceRegistry, type RegistryChange, type WaitingEnrolment } from '../../ports/device-registry.js';
import type { Who } from '../../ports/directory.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { factColumns, newDeviceRow, registeredDevice } from './device-row.js';
import { isDone } from './done-commands.js';
import { openDeviceSpans } from './open-device-spans.js';
import type { DeviceTable } from './schema-stays.js';
import type { Db, Tx } from './sql.js';

/** The registry of devices in SQL. */
export class SqlDeviceRegistry extends DeviceRegistry {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override find(deviceId: DeviceId): Promise<RegisteredDevice | null> {
    return this.context.sql.query(async (db) => {
      const row = await rowOf(db, deviceId);
      return row === undefined ? null : registeredDevice(row);
    });
  }

  override openSpans(deviceId: DeviceId): Promise<readonly OpenSpan[]> {
    return this.context.sql.query((db) => spansOf(db, deviceId));
  }

  override create(device: NewDevice, change: RegistryChange): Promise<Outcome<RegisteredDevice>> {
    const { deviceId } = device;
    return this.context.sql.transaction(async (tx) => {
      const facts = { ...change, action: 'device.create', subject: `device:${deviceId}`, content: device };
      if (await isDone(tx, facts)) return { value: registeredDevice(await known(tx, deviceId)), repeated: true };
      if ((await rowOf(tx.db, deviceId)) !== undefined) throw new PlatformError('conflict', idsOf(deviceId));
      await requireGateway(tx, device.gatewayId);
      const profile = await tx.db
        .selectFrom('device_profile')
        .select('intervals_json')
        .where('name', '=', device.profile)
        .executeTakeFirst();
      if (profile === undefined) throw new PlatformError('invalid-request', idsOf(deviceId));
      const row = newDeviceRow(device, JSON.parse(profile.intervals_json) as Record<string, number>);
      await tx.db.insertInto('device').values(row).execute();
      await appendAudit(tx, change.audit, change.wallMs);
      return { value: registeredDevice(row), repeated: false };
    });
  }

  override change(facts: ChangeDevice, change: DeviceChange): Promise<Outcome<RegisteredDevice>> {
    return this.write(change, { action: 'device.change', content: facts }, async (tx, before) => {
      if (facts.gatewayId !== undefined) await requireGateway(tx, facts.gatewayId);
      const isOther = (['serial', 'udi'] as const).some((name) => facts[name] !== undefined && facts[name] !== before[name]);
      if (isOther) await unlink(tx, change.deviceId);
      return factColumns(facts);
    });
  }

  override use(
    { state, reason }: { readonly state: DeviceUse; readonly reason: DeviceUseReason },
    change: DeviceChange,
  ): Promise<Outcome<RegisteredDevice>> {
    const { deviceId, nowMs } = change;
    return this.write(change, { action: `device.${state}`, content: { state, reason } }, async (tx, before) => {
      if (!mayBecome(before.state as DeviceUse, state)) throw new PlatformError('conflict', idsOf(deviceId));
      const spans = state === 'retired' ? await spansOf(tx.db, deviceId) : [];
      if (spans.length > 0) {
        throw new AssignmentRefused(
          spans.map(({ bedId, fromMs }) => ({ kind: 'device-elsewhere', deviceId, bedId, fromMs, toMs: null })),
        );
      }
      if (state !== 'in-use') await tx.db.deleteFrom('device_enrolment').where('device_id', '=', deviceId).execute();
      return { state, state_reason: reason, state_since_ms: Math.round(nowMs) };
    });
  }

  override lockedOut(limit: number): Promise<readonly RegisteredDevice[]> {
    return this.context.sql.query(async (db) => {
      const rows = await db
        .selectFrom('device')
        .selectAll()
        .where('state', '!=', 'in-use')
        .orderBy('device_id')
        .limit(limit)
        .execute();
      return rows.map(registeredDevice);
    });
  }

  override openEnrolment({ deviceId, tokenHash, untilWallMs }: WaitingEnrolment, who: Who): Promise<void> {
    return this.context.sql.transaction(async (tx) => {
      const { state } = await known(tx, deviceId);
      if (state !== 'in-use') throw new PlatformError('conflict', idsOf(deviceId));
      const row = { token_hash: tokenHash, until_wall_ms: Math.round(untilWallMs) };
      await tx.db
        .insertInto('device_enrolment')
        .values({ device_id: deviceId, ...row })
        .onConflict((c) => c.column('device_id').doUpdateSet(row))
        .execute();
      await appendAudit(tx, who.audit, who.wallMs);
    });
  }

  override enrolmentOf(
    tokenHash: string,
    wallMs: number,
  ): Promise<{ readonly deviceId: DeviceId; readonly gatewayId: GatewayId } | null> {
    return this.context.sql.query(async (db) => {
      const row = await db
        .selectFrom('device_enrolment as e')
        .innerJoin('device as d', 'd.device_id', 'e.device_id')
        .select(['d.device_id', 'd.gateway_id'])
        .where('e.token_hash', '=', tokenHash)
        .where('e.until_wall_ms', '>', Math.round(wallMs))
        .where('d.state', '=', 'in-use')
        .executeTakeFirst();
      return row === undefined ? null : { deviceId: row.device_id as DeviceId, gatewayId: row.gateway_id as GatewayId };
    });
  }

  override takeEnrolment(tokenHash: string, { audit, wallMs }: Who): Promise<boolean> {
    return this.context.sql.transaction(async (tx) => {
      const { numDeletedRows } = await tx.db
        .deleteFrom('device_enrolment')
        .where('token_hash', '=', tokenHash)
        .where('until_wall_ms', '>', Math.round(wallMs))
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await appendAudit(tx, audit, wallMs);
      return true;
    });
  }

  private write(
    change: DeviceChange,
    command: { readonly action: string; readonly content: unknown },
    columns: (tx: Tx, before: DeviceTable) => Promise<Partial<DeviceTable>>,
  ): Promise<Outcome<RegisteredDevice>> {
    const { deviceId, ifRev } = change;
    return this.context.sql.transaction(async (tx) => {
      const done = await isDone(tx, { ...change, ...command, subject: `device:${deviceId}` });
      const before = await known(tx, deviceId);
      if (done) return { value: registeredDevice(before), repeated: true };
      if (before.rev !== ifRev) throw new PlatformError('revision-moved', idsOf(deviceId));
      const set = { ...(await columns(tx, before)), rev: before.rev + 1 };
      await tx.db.updateTable('device').set(set).where('device_id', '=', deviceId).execute();
      await appendAudit(tx, change.audit, change.wallMs);
      return { value: registeredDevice({ ...before, ...set }), repeated: false };
    });
  }
}

const idsOf = (deviceId: DeviceId) => ({ ids: [`device:${deviceId}`] as const });

function rowOf(db: Db, deviceId: string): Promise<DeviceTable | undefined> {
  return db.selectFrom('device').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
}

async function known({ db }: Tx, deviceId: DeviceId): Promise<DeviceTable> {
  const row = await rowOf(db, deviceId);
  if (row === undefined) throw new PlatformError('not-found', idsOf(deviceId));
  return row;
}

/** It is looked up in the hospital's records anew, by what it is known by now. */
async function unlink({ db }: Tx, deviceId: DeviceId): Promise<void> {
  await db.deleteFrom('ehr_link').where('local_kind', '=', 'device').where('local_id', '=', deviceId).execute();
}

async function requireGateway({ db }: Tx, gatewayId: string): Promise<void> {
  const row = await db.selectFrom('gateway').select('gateway_id').where('gateway_id', '=', gatewayId).executeTakeFirst();
  if (row === undefined) throw new PlatformError('invalid-request', { ids: [`gateway:${gatewayId}`] });
}

async function spansOf(db: Db, deviceId: string): Promise<readonly OpenSpan[]> {
  const rows = await openDeviceSpans(db, [deviceId]);
  return rows.map(({ assignment_id: assignmentId, bed_id, from_ms }) => ({
    ...{ assignmentId, bedId: bed_id as OpenSpan['bedId'], fromMs: from_ms as EpochMs },
  }));
}
