import { AlarmTransition, type CareUnitId } from '@vigil/contracts';
import type { SqlContext } from './context.js';
import { tellOnCallTrouble, toldUnits } from './on-call-trouble.js';
import type { Tx } from './sql.js';

/** Alarms that are themselves about being told say it of themselves no more; the canary is watched by its own round trip. */
export async function tellUndelivered(
  tx: Tx,
  context: Pick<SqlContext, 'clock' | 'notices' | 'origin'>,
  alarmId: string,
  active: boolean,
): Promise<void> {
  const about = { trouble: 'undelivered', subject: `alarm:${alarmId}` } as const;
  if (!active) {
    const units = await toldUnits(tx, about.trouble, about.subject);
    for (const careUnitId of units) await tellOnCallTrouble(tx, context, { ...about, careUnitId, active });
    return;
  }
  const alarm = await tx.db
    .selectFrom('alarm')
    .select(['care_unit_id', 'content_json'])
    .where('alarm_id', '=', alarmId)
    .executeTakeFirst();
  if (alarm === undefined || alarm.care_unit_id === null) return;
  const { careUnitId, origin } = AlarmTransition.parse(JSON.parse(alarm.content_json));
  if (careUnitId !== undefined || origin === 'canary') return;
  await tellOnCallTrouble(tx, context, { ...about, careUnitId: alarm.care_unit_id as CareUnitId, active });
}
