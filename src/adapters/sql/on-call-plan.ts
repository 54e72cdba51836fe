import { type EpochMs, type Override, ScheduleContent, type StaffId } from '@vigil/contracts';
import type { KnownOverride, OnCallPlan, ScheduleVersion } from '@vigil/domain';
import { jsonOf } from './json-of.js';
import type { OnCallOverrideRow, OnCallVersionRow } from './schema-on-call.js';
import type { Db } from './sql.js';

const PARSED_MAX = 400;
/** What was read of contents before; null where one can't be read. Bounded, and dropped whole when it is full. */
const parsed = new Map<string, ScheduleContent | null>();

/**
 * What the schedules said, and what differed from them, in [fromMs, toMs) of wall time. One that nobody knows has no version. A version
 * that can't be read (another release wrote it, or its time zone is gone) counts as nobody, and so stops no other schedule.
 */
export async function plansOf(
  db: Db,
  scheduleIds: readonly string[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ReadonlyMap<string, OnCallPlan>> {
  const plans = new Map(scheduleIds.map((id) => [id, { versions: [] as ScheduleVersion[], overrides: [] as KnownOverride[] }]));
  if (plans.size === 0) return plans;
  const versions = await db
    .selectFrom('on_call_version')
    .selectAll()
    .where('schedule_id', 'in', [...plans.keys()])
    .where('from_wall_ms', '<', toMs)
    .where((eb) => eb.or([eb('to_wall_ms', 'is', null), eb('to_wall_ms', '>', fromMs)]))
    .orderBy('rev')
    .execute();
  const overrides = await db
    .selectFrom('on_call_override')
    .selectAll()
    .where('schedule_id', 'in', [...plans.keys()])
    .where('to_wall_ms', '>', fromMs)
    .where('from_wall_ms', '<', toMs)
    // Made later, or taken back before: however many there are, they say nothing of this span.
    .where('set_wall_ms', '<', toMs)
    .where((eb) => eb.or([eb('voided_wall_ms', 'is', null), eb('voided_wall_ms', '>', fromMs)]))
    .orderBy('seq')
    .execute();
  for (const row of versions) {
    const version = versionOf(row);
    if (version !== null) plans.get(row.schedule_id)!.versions.push(version);
  }
  for (const row of overrides) plans.get(row.schedule_id)!.overrides.push(overrideOf(row));
  return plans;
}

/** Null where it can't be read. */
export function contentOf(json: string): ScheduleContent | null {
  const found = parsed.get(json);
  if (found !== undefined) return found;
  if (parsed.size >= PARSED_MAX) parsed.clear();
  const content = ScheduleContent.safeParse(jsonOf(json)).data ?? null;
  parsed.set(json, content);
  return content;
}

function versionOf(row: OnCallVersionRow): ScheduleVersion | null {
  const content = contentOf(row.content_json);
  return content === null ? null : { fromMs: row.from_wall_ms, toMs: row.to_wall_ms, content };
}

function overrideOf(row: OnCallOverrideRow): KnownOverride {
  return { ...spanOf(row), setMs: row.set_wall_ms, voidedMs: row.voided_wall_ms };
}

export function spanOf(row: OnCallOverrideRow): Override {
  return {
    overrideId: row.override_id,
    seq: row.seq,
    kind: row.kind,
    staffId: row.staff_id as StaffId | null,
    instead: row.instead as StaffId | null,
    fromMs: row.from_wall_ms as EpochMs,
    toMs: row.to_wall_ms as EpochMs,
  };
}
