import { authoredBy } from './authored.js';
import { relay } from './outbox.js';
import type { EncounterRow } from './schema-stays.js';
import type { Tx } from './sql.js';
import { settingEvent } from './sql-scores.js';
import { limitsEvent } from './sql-stay-limits.js';
import { openShelves } from './shelf-rows.js';
import { shelfEvent } from './shelves.js';
import { standbyEvent } from './standby.js';
import type { StayContext, StayWho } from './stays.js';

/** The bed begins a stay anew that people have set something for: it hears of it again. */
export async function retellStay(
  tx: Tx,
  { notices, origin }: Pick<StayContext, 'notices' | 'origin'>,
  { encounter_id: encounterId, bed_id: bedId }: EncounterRow,
  idPrefix: string,
  who: StayWho,
): Promise<void> {
  const atMs = Math.round(who.nowMs);
  const limits = await tx.db
    .selectFrom('stay_limit')
    .selectAll()
    .where('encounter_id', '=', encounterId)
    .where('to_ms', '>', atMs)
    .orderBy('metric')
    .execute();
  for (const row of limits) {
    await relay(tx, notices, { ...limitsEvent(row, bedId, `${idPrefix}/limits/${row.metric}`), origin, atMs });
  }
  const setting = await tx.db.selectFrom('score_setting').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst();
  if (setting !== undefined) {
    await relay(tx, notices, { ...settingEvent(setting, bedId, `${idPrefix}/score-settings`), origin, atMs });
  }
  for (const row of await openShelves(tx, encounterId)) {
    if (row.state !== 'holds' || row.to_ms <= atMs) continue;
    const event = shelfEvent({ ...row, bed_id: bedId }, `${idPrefix}/shelf/${row.shelf_id}`);
    await relay(tx, notices, { ...event, origin, atMs: row.from_ms ?? atMs });
  }
  const standby = await tx.db
    .selectFrom('standby')
    .selectAll()
    .where('encounter_id', '=', encounterId)
    .where('ended_ms', 'is', null)
    .where('to_ms', '>', atMs)
    .executeTakeFirst();
  if (standby !== undefined) {
    const event = standbyEvent({ ...standby, bed_id: bedId }, `${idPrefix}/standby`);
    await relay(tx, notices, { ...event, origin, atMs, ...authoredBy({ ...who, by: standby.set_by as never }) });
  }
}
