import type { AlarmLoad, BedId } from '@vigil/contracts';
import type { LoadCursor, LoadRange, Reports } from '../ports/reports.js';
import { LoadCount } from './load-count.js';

/** Alarms that are read and counted at once, some ms: what alarms need comes in between. */
const FACTS_AT_ONCE = 2_000;

/** Counts the alarms of a care unit in a time. @throws PlatformError('store-unavailable') */
export async function alarmLoad(reports: Reports, range: LoadRange, bedIds: readonly BedId[]): Promise<AlarmLoad> {
  const countedToMs = await reports.countedTo();
  const count = new LoadCount();
  let after: LoadCursor | null = null;
  for (;;) {
    const facts = await reports.facts(range, after, FACTS_AT_ONCE);
    count.add(facts);
    const last = facts.at(-1);
    if (last === undefined || facts.length < FACTS_AT_ONCE) break;
    after = last;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { careUnitId, fromMs, toMs, origin } = range;
  return {
    careUnitId,
    fromMs: fromMs as AlarmLoad['fromMs'],
    toMs: toMs as AlarmLoad['toMs'],
    origin: origin ?? null,
    countedToMs: Math.min(countedToMs ?? toMs, toMs) as AlarmLoad['fromMs'],
    ...count.result(range, bedIds),
  };
}
