import { createHash } from 'node:crypto';
import type { EpochMs } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import type { SiteStep } from '../../ports/site-store.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { newDeviceRow } from './device-row.js';
import { seedAssignmentId } from './seed.js';
import type { Tx } from './sql.js';
import { endDuty, insertAssignment } from './staff-assignments.js';

type Step<Do extends SiteStep['do']> = Extract<SiteStep, { readonly do: Do }>;
type DeviceStep = Step<'setProfile' | 'addDevice' | 'changeDevice' | 'retireDevice'>;

/** Kinds of devices, and devices that stand at no bed. */
export async function takeDevice(tx: Tx, step: DeviceStep, of: (object: string) => Change): Promise<void> {
  switch (step.do) {
    case 'setProfile': {
      const intervals = JSON.stringify(step.intervalsMs);
      await tx.db
        .insertInto('device_profile')
        .values({ name: step.name, intervals_json: intervals })
        .onConflict((c) => c.column('name').doUpdateSet({ intervals_json: intervals }))
        .execute();
      await tx.db.updateTable('device').set({ intervals_json: intervals }).where('profile', '=', step.name).execute();
      return audited(tx, of(`profile:${step.name}`));
    }
    case 'addDevice': {
      const intervals = await intervalsOf(tx, step.device.profile);
      await tx.db.insertInto('device').values(newDeviceRow(step.device, intervals)).execute();
      return audited(tx, of(`device:${step.device.deviceId}`));
    }
    case 'changeDevice': {
      const { deviceId, gatewayId, profile } = step;
      const intervals_json = JSON.stringify(await intervalsOf(tx, profile));
      await tx.db
        .updateTable('device')
        .set((eb) => ({ gateway_id: gatewayId, profile, intervals_json, rev: eb('rev', '+', 1) }))
        .where('device_id', '=', deviceId)
        .execute();
      return audited(tx, of(`device:${deviceId}`));
    }
    case 'retireDevice': {
      const change = of(`device:${step.deviceId}`);
      const set = { state: 'retired', state_reason: 'other', state_since_ms: Math.round(change.nowMs) };
      await tx.db
        .updateTable('device')
        .set((eb) => ({ ...set, rev: eb('rev', '+', 1) }))
        .where('device_id', '=', step.deviceId)
        .execute();
      // Whoever holds its token could otherwise still make a device of it.
      await tx.db.deleteFrom('device_enrolment').where('device_id', '=', step.deviceId).execute();
      return audited(tx, change);
    }
  }
}

/** Standing duties have the id that the first start of the site would give them, so that they are the same afterwards. */
export async function takeDuty(
  tx: Tx,
  context: Pick<SqlContext, 'notices' | 'origin'>,
  step: Step<'addDuty' | 'endDuty'>,
  change: Change,
): Promise<void> {
  const ids = tx.db.selectFrom('staff_assignment').select(['assignment_id', 'rev']);
  if (step.do === 'endDuty') {
    const row = await ids.where('assignment_id', '=', step.assignmentId).executeTakeFirst();
    if (row === undefined) throw new PlatformError('not-found', { ids: [`assignment:${step.assignmentId}`] });
    const target = { assignmentId: step.assignmentId, ifRev: row.rev };
    await endDuty(tx, context, target, { toMs: change.wallMs, reason: 'reorganised' }, change);
    return;
  }
  const seeded = seedAssignmentId(step.duty);
  const known = await ids.where('assignment_id', '=', seeded).executeTakeFirst();
  const assignmentId = known === undefined ? seeded : `site-${digestOf([change.commandId, seeded])}`;
  const fromMs = Math.round(change.wallMs) as EpochMs;
  const duty = { ...step.duty, assignmentId, fromMs, toMs: null, reason: 'reorganised' } as const;
  await insertAssignment(
    tx,
    context,
    duty,
    { eventId: `staff/${assignmentId}`, nowMs: change.nowMs },
    { ...change, source: 'site' },
  );
  await audited(tx, change);
}

async function intervalsOf(tx: Tx, profile: string): Promise<Readonly<Record<string, number>>> {
  const row = await tx.db.selectFrom('device_profile').select('intervals_json').where('name', '=', profile).executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found');
  return JSON.parse(row.intervals_json) as Record<string, number>;
}

const audited = (tx: Tx, { audit, wallMs }: Change): Promise<void> => appendAudit(tx, audit, wallMs);

const digestOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
