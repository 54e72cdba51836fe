import type { BedId, EncounterId, PatientId } from '@vigil/contracts';
import type { Draft } from '@vigil/domain';
import { EhrOut, type Kept, KEPT_MAX, type KeptReason, type KeptRow } from '../../ports/ehr-out.js';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { fence, partitionColumns, writeReadPosition } from './partition-rows.js';
import type { EhrRefusedTable } from './schema-feeds.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

const GROUP = 'fhir';

/** What waits for the hospital's records, in SQL; the position is that of the log's own owner store. */
export class SqlEhrOut extends EhrOut {
  constructor(
    private readonly context: Pick<SqlContext, 'sql' | 'fields' | 'clock' | 'ownerId' | 'alarmsConsumer' | 'ehrKeptMax'>,
  ) {
    super();
  }

  async moveOn(partition: number, to: { readonly offset: string; readonly sequence: number }): Promise<void> {
    const { sql, clock, ownerId, alarmsConsumer } = this.context;
    const { namespace, hub } = alarmsConsumer;
    const id = { fullyQualifiedNamespace: namespace, eventHubName: hub, consumerGroup: GROUP, partitionId: String(partition) };
    const at = partitionColumns(id);
    await sql.transaction(async (tx) => {
      await fence(tx, at, ownerId, clock.wallMs());
      await writeReadPosition(tx, at, to);
    });
  }

  async keep(kept: readonly Kept[], wallMs: number): Promise<number> {
    const rows = await this.context.fields.sealRows(
      SEALED.ehrRefused,
      kept.map((each) => rowOf(each, wallMs)),
    );
    return this.context.sql.transaction(async (tx) => {
      for (const row of rows) {
        const { reason, issue, status, draft_json, patient_id, encounter_id } = row;
        const seq = await nextNumber(tx, 'ehr-refused');
        await tx.db
          .insertInto('ehr_refused')
          .values({ ...row, seq })
          .onConflict((c) =>
            c.column('identity').doUpdateSet((eb) => ({
              ...{ reason, issue, status, draft_json, patient_id, encounter_id },
              tries: eb('ehr_refused.tries', '+', 1),
            })),
          )
          .execute();
      }
      return this.makeRoom(tx);
    });
  }

  async kept(query: {
    readonly reasons: readonly KeptReason[];
    readonly afterSeq: number;
    readonly limit: number;
  }): Promise<readonly KeptRow[]> {
    const { sql, fields } = this.context;
    const rows = await sql.query((db) =>
      db
        .selectFrom('ehr_refused')
        .selectAll()
        .where('reason', 'in', [...query.reasons])
        .where('seq', '>', query.afterSeq)
        .orderBy('seq')
        .limit(query.limit)
        .execute(),
    );
    const opened = await fields.openRows(SEALED.ehrRefused, rows);
    const erased = rows.filter((_, i) => opened[i]!.unreadable === 'erased').map(({ identity }) => identity);
    await this.settle(erased);
    return opened.flatMap(({ row }) => (row === null ? [] : [keptOf(row)]));
  }

  async settle(identities: readonly string[]): Promise<void> {
    if (identities.length === 0) return;
    await this.context.sql.transaction(async ({ db }) => {
      await db
        .deleteFrom('ehr_refused')
        .where('identity', 'in', [...identities])
        .execute();
    });
  }

  async counts(): Promise<Readonly<Record<KeptReason, number>>> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('ehr_refused')
        .select((eb) => ['reason', eb.fn.countAll<number>().as('count')])
        .groupBy('reason')
        .execute(),
    );
    const counts = { 'no-stay': 0, 'no-identifier': 0, refused: 0 };
    for (const { reason, count } of rows) counts[reason] = Number(count);
    return counts;
  }

  /** What belongs to nobody yet goes first, the oldest of it. */
  private async makeRoom(tx: Tx): Promise<number> {
    const { count } = await tx.db
      .selectFrom('ehr_refused')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const surplus = Number(count) - (this.context.ehrKeptMax ?? KEPT_MAX);
    if (surplus <= 0) return 0;
    const nobodys = await oldestOf(tx, ['no-stay'], surplus);
    const others = nobodys.length < surplus ? await oldestOf(tx, ['no-identifier', 'refused'], surplus - nobodys.length) : [];
    for (const identity of [...nobodys, ...others]) {
      await tx.db.deleteFrom('ehr_refused').where('identity', '=', identity).execute();
    }
    return nobodys.length + others.length;
  }
}

async function oldestOf({ db }: Tx, reasons: readonly KeptReason[], limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('ehr_refused')
    .select('identity')
    .where('reason', 'in', reasons)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(({ identity }) => identity);
}

/** Its number follows when it is stored. */
function rowOf({ identity, reason, issue, status, bedId, encounterId, patientId, draft }: Kept, wallMs: number): EhrRefusedTable {
  return {
    ...{ identity, seq: 0, reason, issue, status, bed_id: bedId, encounter_id: encounterId, patient_id: patientId },
    ...{ kept_wall_ms: wallMs, tries: 1, draft_json: JSON.stringify(draft) },
  };
}

function keptOf(row: EhrRefusedTable): KeptRow {
  return {
    ...{ identity: row.identity, seq: row.seq, reason: row.reason, issue: row.issue, status: row.status },
    bedId: row.bed_id as BedId,
    encounterId: row.encounter_id as EncounterId | null,
    patientId: row.patient_id as PatientId | null,
    draft: JSON.parse(row.draft_json) as Draft,
  };
}
