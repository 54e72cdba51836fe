import type { AlarmTransition, CareUnitId } from '@vigil/contracts';
import type { Escalation } from '@vigil/domain';
import type { SqlContext } from './context.js';
import { tellOnCallTrouble, toldUnits } from './on-call-trouble.js';
import { unitsOf } from './pinned-route.js';
import { queueStandDowns } from './stand-downs.js';
import type { Tx } from './sql.js';

/**
 * What follows for others from a change of an escalation, in its transaction: that nobody at all was found is an alarm of the care units
 * until somebody is, and whoever was told hears once that it is over, or that a person has put it away.
 */
export async function escalationChanged(
  tx: Tx,
  context: Pick<SqlContext, 'clock' | 'notices' | 'origin' | 'keepAudit'>,
  alarm: Pick<AlarmTransition, 'alarmId' | 'careUnitId' | 'origin' | 'by'>,
  before: Escalation,
  after: Escalation,
  wallMs: number,
): Promise<void> {
  const { alarmId } = alarm;
  const isOver = after.endedWhy === 'over' && before.endedWhy !== 'over';
  if (isOver && before.state !== 'idle') await queueStandDowns(tx, context, { alarmId, why: 'over', wallMs });
  const isPutAway = after.endedWhy === 'shelved' && before.endedWhy !== 'shelved';
  if (isPutAway) await queueStandDowns(tx, context, { alarmId, why: 'shelved', wallMs, by: alarm.by });
  // The alarm that says that nobody is on call must not keep itself alive, and the canary has nobody but its own channel.
  if (before.foundNobody === after.foundNobody || alarm.careUnitId !== undefined || alarm.origin === 'canary') return;
  const subject = `alarm:${alarmId}`;
  const units = after.foundNobody
    ? (await unitsOf(tx.db, [alarmId])).get(alarmId)!
    : await toldUnits(tx, 'nobodyOnCall', subject);
  for (const unit of units) {
    await tellOnCallTrouble(tx, context, {
      ...{ careUnitId: unit as CareUnitId, trouble: 'nobodyOnCall', subject },
      active: after.foundNobody,
    });
  }
}
