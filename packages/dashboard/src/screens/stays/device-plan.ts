import type { DeviceCheck } from '@vigil/contracts';
import { assignDevice, type Command, correctAssignment } from '../../live/stays-api.js';
import type { Answer } from '../../live/problem.js';
import type { Reason } from '../../model/stay-words.js';

/** How a device that stands at another bed comes here: it was brought now, or it never was there. */
export interface TakeAway {
  readonly how: 'moved' | 'never-there';
  readonly reason: Reason;
  readonly note: string;
}

/** One device that is to watch the bed. `stays`: it is there already. */
export interface PlannedDevice {
  readonly deviceId: string;
  readonly stays: boolean;
  readonly takeAway: TakeAway | null;
  readonly check: DeviceCheck | null;
}

/** The device is at another bed: blocking until somebody says how it comes here. */
export const standsElsewhere = (check: DeviceCheck, bedId: string): boolean => check.bed !== null && check.bed.bedId !== bedId;

/** Puts one device to the bed, by the route that fits where it was. The answer says under which assignment it stands there now. */
export async function putToBed(
  { deviceId, takeAway, check }: PlannedDevice,
  bedId: string,
  by: Command,
): Promise<Answer<{ readonly assignmentId: string; readonly rev: number; readonly deviceId: string }>> {
  if (takeAway?.how === 'never-there' && check?.bed) {
    const { reason, note } = takeAway;
    const answer = await correctAssignment(check.bed.assignmentId, { bedId, reason, note }, { ...by, rev: check.bed.rev });
    return answer.ok ? { ok: true, value: answer.value.assignment } : answer;
  }
  const why = takeAway === null ? {} : { endOther: true, reason: takeAway.reason, note: takeAway.note };
  return assignDevice({ deviceId: deviceId as DeviceCheck['deviceId'], bedId: bedId as never, ...why }, by);
}
