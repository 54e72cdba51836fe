import type { AlarmTransition, LogEventOf } from '@vigil/contracts';
import { PlatformError, PRIORITY_RANK } from '@vigil/domain';
import {
  type AlarmBatch,
  type AlarmChange,
  AlarmState,
  type PartitionCheckpoint,
  type StoredState,
} from '../../ports/alarm-state.js';
import { KNOWN_LOG, LEFT_LOG } from './adopt-log.js';
import { applyTransition } from './apply-transition.js';
import { hopKey, storeHop } from './hop-row.js';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { sealedLetters, storeLetters } from './dead-letter-rows.js';
import { appendOnce } from './engine-appends.js';
import { alarmChanged } from './live-events.js';
import { fence, partitionColumns, writeReadPosition } from './partition-rows.js';
import type { PartitionColumns, RejectTable } from './schema.js';
import { inLots } from './lots.js';
import { type ScorePurge, storeScores } from './score-rows.js';
import { SEALED } from './sealed-columns.js';
import { FIRST, type Tx } from './sql.js';

/** Rejects that are kept, newest first; older ones are only counted. */
export const REJECTS_MAX = 10_000;
const TRANSITIONS_PER_READ = 500;

/** The alarm consumer's state in SQL. Publishes each commit to the AlarmFeed itself. */
export class SqlAlarmState extends AlarmState {
  private readonly scorePurge: ScorePurge = { stored: 0 };

  constructor(private readonly context: SqlContext) {
    super();
  }

  async isOwnLog(identity: string): Promise<boolean> {
    return this.context.sql.transaction(async ({ db }) => {
      const rows = await db.selectFrom('meta').selectAll().where('name', 'in', [KNOWN_LOG, LEFT_LOG]).execute();
      const known = rows.find((row) => row.name === KNOWN_LOG);
      if (known !== undefined) return known.content === identity;
      if (rows.some((row) => row.content === identity)) return false;
      await db.insertInto('meta').values({ name: KNOWN_LOG, content: identity }).execute();
      return true;
    });
  }

  async load(partition: number): Promise<PartitionCheckpoint> {
    return this.context.sql.snapshot(async ({ db }) => {
      const states = await db
        .selectFrom('engine_state')
        .selectAll()
        .where('partition_number', '=', partition)
        .orderBy('state_key')
        .execute();
      const position = await db
        .selectFrom('read_position')
        .select(['read_offset', 'sequence'])
        .where((eb) => eb.and({ ...this.at(partition) }))
        .executeTakeFirst();
      return {
        states: states.map((s) => ({ key: s.state_key, json: s.content_json, offset: s.read_offset, sequence: s.sequence })),
        replayFrom: position === undefined ? null : { offset: position.read_offset, sequence: position.sequence },
      };
    });
  }

  async commit(batch: AlarmBatch): Promise<readonly AlarmChange[]> {
    const rejects = await sealedRejects(this.context, batch.rejects);
    const letters = await sealedLetters(this.context, batch.deadLetters ?? []);
    return this.context.sql.transaction(async (tx) => {
      const { clock } = this.context;
      const wallMs = clock.wallMs();
      const about = { wallMs, nowMs: clock.nowMs(), rate: clock.rate, holdPagesMs: batch.holdPagesMs ?? 0 };
      const at = this.at(batch.partition);
      await fence(tx, at, this.context.ownerId, wallMs);
      const changed = new Set<string>();
      const fresh = new Set<string>();
      for (const transition of batch.transitions) {
        if (!(await applyTransition(tx, this.context, transition, about))) continue;
        changed.add(transition.alarmId);
        fresh.add(hopKey(transition));
      }
      const hops = (batch.hops ?? []).filter((hop) => fresh.has(hopKey(hop)));
      for (const hop of hops) await storeHop(tx, batch.partition, hop, clock.wallMs());
      const changes: AlarmChange[] = [];
      for (const alarmId of byUrgency(changed, batch.transitions)) changes.push(...(await alarmChanged(tx, alarmId)));
      for (const reject of rejects) await storeReject(tx, reject);
      await storeLetters(tx, this.context, letters);
      const scored = await storeScores(tx, batch.scores ?? [], this.scorePurge);
      await appendOnce(tx, this.context, {
        partition: batch.partition,
        events: batch.appends ?? [],
        throughSequence: batch.throughSequence ?? Number.MAX_SAFE_INTEGER,
        replaySequence: batch.replayFrom?.sequence ?? null,
      });
      await storeStates(tx, batch.partition, batch.states);
      if (batch.replayFrom !== null) await writeReadPosition(tx, at, batch.replayFrom);
      tx.afterCommit(() => {
        if (changed.size > 0) this.context.notices.alarms.publish(changes);
        if (scored.length > 0) this.context.notices.scores.tell(scored);
      });
      return changes;
    }, FIRST);
  }

  async *transitions(): AsyncIterable<AlarmTransition> {
    for (let after = 0; ;) {
      const rows = await this.context.sql.query((db) =>
        db
          .selectFrom('alarm_transition')
          .select(['seq', 'content_json'])
          .where('seq', '>', after)
          .orderBy('seq')
          .limit(TRANSITIONS_PER_READ)
          .execute(),
      );
      for (const row of rows) yield JSON.parse(row.content_json) as AlarmTransition;
      if (rows.length < TRANSITIONS_PER_READ) return;
      after = rows.at(-1)!.seq;
    }
  }

  private at(partition: number): PartitionColumns {
    const { namespace, hub, group } = this.context.alarmsConsumer;
    return partitionColumns({
      fullyQualifiedNamespace: namespace,
      eventHubName: hub,
      consumerGroup: group,
      partitionId: String(partition),
    });
  }
}

/** Of what changed at once, screens are told the most urgent first: in a storm the rest comes after it. */
function byUrgency(changed: ReadonlySet<string>, transitions: readonly AlarmTransition[]): readonly string[] {
  const ranks = new Map(transitions.map(({ alarmId, priority }) => [alarmId as string, PRIORITY_RANK[priority]]));
  return [...changed].sort((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0));
}

/** After an outage those of all beds are due at once. */
async function storeStates(tx: Tx, partition: number, states: readonly StoredState[]): Promise<void> {
  const rows = states.map(({ key, json, offset, sequence }) => ({
    ...{ partition_number: partition, state_key: key },
    ...{ content_json: json, read_offset: offset, sequence },
  }));
  for (const lot of inLots(rows)) {
    await tx.db
      .insertInto('engine_state')
      .values(lot)
      .onConflict((c) =>
        c.columns(['partition_number', 'state_key']).doUpdateSet(({ ref }) => ({
          content_json: ref('excluded.content_json'),
          read_offset: ref('excluded.read_offset'),
          sequence: ref('excluded.sequence'),
        })),
      )
      .execute();
  }
}

/** Alarms wait for no key: where there is none, what a device sent is kept by its length and hash alone. */
async function sealedRejects({ fields }: SqlContext, rejects: AlarmBatch['rejects']): Promise<readonly RejectTable[]> {
  const rows = rejects.map(rejectRow);
  try {
    return await fields.sealRows(SEALED.reject, rows);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return rows.map((row) => ({ ...row, head_base64: '' }));
  }
}

/** Its number follows when it is stored. */
function rejectRow(reject: LogEventOf<'reject'>): RejectTable {
  return {
    seq: 0,
    reject_id: reject.id,
    device_id: reject.deviceId,
    gateway_id: reject.gatewayId,
    reason: reject.reason,
    path: reject.path,
    expected: reject.expected,
    bytes: reject.bytes,
    sha256: reject.sha256,
    head_base64: reject.headBase64,
    at_ms: reject.atMs,
  };
}

async function storeReject(tx: Tx, reject: RejectTable): Promise<void> {
  const known = await tx.db.selectFrom('reject').select('seq').where('reject_id', '=', reject.reject_id).executeTakeFirst();
  if (known !== undefined) return;
  const seq = await nextNumber(tx, 'reject');
  await tx.db
    .insertInto('reject')
    .values({ ...reject, seq })
    .execute();
  const { numDeletedRows } = await tx.db
    .deleteFrom('reject')
    .where('seq', '<=', seq - REJECTS_MAX)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await nextNumber(tx, 'rejects-dropped', Number(numDeletedRows));
}
