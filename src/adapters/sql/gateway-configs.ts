import { DEVICE_SPANS_MAX, type EpochMs, GatewayConfig, RuleSet } from '@vigil/contracts';
import { SHELVES_MAX } from '@vigil/domain';
import { liveSpans } from './device-assignments-rows.js';
import { liveStays } from './live-stays.js';
import type { Db, Tx } from './sql.js';

/** Event time back from now of which a gateway may still have messages to send: its spool keeps them no longer. */
const SPANS_MS = 72 * 3_600_000;

/** What a gateway has to know, without the time of issue; null for one that the site does not have. */
export async function gatewayConfig(
  db: Db,
  gatewayId: string,
  { rate, nowMs }: { readonly rate: number; readonly nowMs: number },
): Promise<GatewayConfig | null> {
  const gateway = await db.selectFrom('gateway').selectAll().where('gateway_id', '=', gatewayId).executeTakeFirst();
  if (gateway === undefined) return null;
  const devices = await db
    .selectFrom('device as d')
    .leftJoin('device_assignment as a', (on) =>
      on.onRef('a.device_id', '=', 'd.device_id').on('a.to_ms', 'is', null).on('a.voided_wall_ms', 'is', null),
    )
    .select(['d.device_id', 'd.state', 'd.intervals_json', 'a.bed_id', 'a.from_ms'])
    .where('d.gateway_id', '=', gatewayId)
    .orderBy('d.device_id')
    .execute();
  const bedIds = [...new Set(devices.flatMap(({ bed_id }) => bed_id ?? []))];
  const watch = await localWatch(db, bedIds);
  const spans = await spansOf(db, gatewayId, nowMs - SPANS_MS);
  return GatewayConfig.parse({
    v: 1,
    gatewayId,
    devices: devices.map((d) => ({
      deviceId: d.device_id,
      bedId: d.bed_id,
      ...(d.from_ms === null ? {} : { fromMs: d.from_ms }),
      spans: spans.get(d.device_id) ?? [],
      intervalsMs: JSON.parse(d.intervals_json) as unknown,
      // Named with none: a device that is not in use may not speak, whatever other lists say.
      ...(d.state === 'in-use' ? {} : { certificates: [] }),
    })),
    rate,
    ...(watch === null ? {} : { watch }),
  });
}

/**
 * Where each device of the gateway stood when, oldest first. Nothing in it moves with the time but that a span is left out once it is
 * long over, so that the same content has the same digest.
 */
async function spansOf(db: Db, gatewayId: string, sinceMs: number): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const rows = await liveSpans(db)
    .innerJoin('device as d', 'd.device_id', 'a.device_id')
    .select(['a.device_id', 'a.bed_id', 'a.from_ms', 'a.to_ms', 'a.channels_json'])
    .where('d.gateway_id', '=', gatewayId)
    .where((eb) => eb.or([eb('a.to_ms', 'is', null), eb('a.to_ms', '>', Math.floor(sinceMs))]))
    .execute();
  // Sorted here: for an order, SQLite would read what is long over too.
  const sorted = rows.toSorted((a, b) => a.from_ms - b.from_ms);
  return new Map(
    [...Map.groupBy(sorted, (row) => row.device_id)].map(([deviceId, own]) => [
      deviceId,
      own.slice(-DEVICE_SPANS_MAX).map((row) => ({
        ...{ bedId: row.bed_id, fromMs: row.from_ms, toMs: row.to_ms },
        ...(row.channels_json === null ? {} : { channels: JSON.parse(row.channels_json) as unknown }),
      })),
    ]),
  );
}

/** Null before any rule set was activated. No column of a person is read here. */
async function localWatch(db: Db, bedIds: readonly string[]): Promise<unknown> {
  const rules = await db
    .selectFrom('rule_set')
    .select(['hash', 'content_json'])
    .where('activation', '>', 0)
    .orderBy('activation', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (rules === undefined) return null;
  const beds =
    bedIds.length === 0
      ? []
      : await db
          .selectFrom('bed as b')
          .leftJoin(liveStays(db).selectAll('e').where('e.discharged_ms', 'is', null).as('e'), 'e.bed_id', 'b.bed_id')
          .select([
            'b.bed_id',
            'b.care_unit_id',
            'b.label',
            'e.encounter_id',
            'e.patient_id',
            'e.admitted_ms',
            'e.bed_since_ms',
            'e.age_group',
          ])
          .where('b.bed_id', 'in', [...bedIds])
          .orderBy('b.bed_id')
          .execute();
  const stays = beds.flatMap((b) => b.encounter_id ?? []);
  const limits =
    stays.length === 0
      ? []
      : await db
          .selectFrom('stay_limit')
          .select(['encounter_id', 'metric', 'content_json', 'to_ms'])
          .where('encounter_id', 'in', stays)
          .orderBy('encounter_id')
          .orderBy('metric')
          .execute();
  const shelves =
    stays.length === 0
      ? []
      : await db
          .selectFrom('shelf')
          .select(['shelf_id', 'encounter_id', 'condition_code', 'priority', 'from_ms', 'to_ms'])
          .where('encounter_id', 'in', stays)
          .where('ended_ms', 'is', null)
          .where('state', '=', 'holds')
          .orderBy('shelf_id')
          .limit(stays.length * SHELVES_MAX)
          .execute();
  // Also one whose time is over: the gateway's engine ends it by itself, and the content stays the same meanwhile.
  const standbys =
    stays.length === 0
      ? []
      : await db
          .selectFrom('standby')
          .select(['standby_id', 'encounter_id', 'place', 'from_ms', 'to_ms'])
          .where('encounter_id', 'in', stays)
          .where('ended_ms', 'is', null)
          .execute();
  return {
    ruleSet: RuleSet.parse(JSON.parse(rules.content_json)),
    ruleSetHash: rules.hash,
    beds: beds.map((b) => ({
      bedId: b.bed_id,
      careUnitId: b.care_unit_id,
      label: b.label,
      encounter:
        b.encounter_id === null
          ? null
          : {
              encounterId: b.encounter_id,
              patientId: b.patient_id,
              sinceMs: b.bed_since_ms ?? b.admitted_ms,
              ...(b.age_group === null ? {} : { ageGroup: b.age_group }),
            },
      ...standbyOf(standbys.find((each) => each.encounter_id === b.encounter_id)),
      ...shelvesOf(shelves.filter((each) => each.encounter_id === b.encounter_id)),
      limits: limits.filter((each) => each.encounter_id === b.encounter_id).flatMap(ownLimits),
    })),
  };
}

interface HeldShelf {
  readonly shelf_id: string;
  readonly condition_code: string;
  readonly priority: string;
  readonly from_ms: number | null;
  readonly to_ms: number;
}

function shelvesOf(rows: readonly HeldShelf[]) {
  if (rows.length === 0) return {};
  const shelves = rows.slice(0, SHELVES_MAX).map((row) => ({
    ...{ shelfId: row.shelf_id, conditionCode: row.condition_code, priority: row.priority },
    ...{ fromMs: row.from_ms ?? 0, toMs: row.to_ms },
  }));
  return { shelves };
}

function standbyOf(row: { standby_id: string; place: string; from_ms: number; to_ms: number } | undefined) {
  if (row === undefined) return {};
  const { standby_id: standbyId, place, from_ms: fromMs, to_ms: toMs } = row;
  return { standby: { standbyId, place, fromMs, toMs } };
}

/** Limits that are over stay until they are set anew: the gateway's engine falls back by itself, at their end. */
function ownLimits({ metric, content_json, to_ms }: { metric: string; content_json: string; to_ms: number }) {
  const { low, high } = JSON.parse(content_json) as { low: number | null; high: number | null };
  return low === null && high === null ? [] : [{ metric, low, high, toMs: to_ms }];
}

/**
 * The time of issue of content with this digest: that of before while it stays the same, else the wall time, but always
 * later than the one before. `anew` gives a new time although nothing changed.
 */
export async function issueGatewayConfig(
  tx: Tx,
  { gatewayId, digest, wallMs, anew }: { gatewayId: string; digest: string; wallMs: number; anew: boolean },
): Promise<EpochMs> {
  const last = await tx.db.selectFrom('gateway_config').selectAll().where('gateway_id', '=', gatewayId).executeTakeFirst();
  if (last !== undefined && last.digest === digest && !anew) return last.issued_wall_ms as EpochMs;
  const issued = Math.max(Math.round(wallMs), (last?.issued_wall_ms ?? 0) + 1);
  const row = await tx.db
    .insertInto('gateway_config')
    .values({ gateway_id: gatewayId, digest, issued_wall_ms: issued })
    .onConflict((c) => c.column('gateway_id').doUpdateSet({ digest, issued_wall_ms: issued }))
    .returning('issued_wall_ms')
    .executeTakeFirstOrThrow();
  return row.issued_wall_ms as EpochMs;
}
