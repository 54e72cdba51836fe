import { EpochMs, PageStage, type StaffChannel, type StaffId, type TestPage } from '@vigil/contracts';
import { type NewTestPage, TEST_PAGES_KEPT_MS, TestPages } from '../../ports/test-pages.js';
import type { SqlContext } from './context.js';
import type { Tx } from './sql.js';

export interface TestPageRow {
  page_id: string;
  test_id: string;
  staff_id: string;
  sent_by: string;
  channel: StaffChannel;
  at_wall_ms: number;
  problem: string | null;
}

/** Test pages, in SQL. */
export class SqlTestPages extends TestPages {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  async begin({ testId, staffId, by, ways }: NewTestPage, at: number): Promise<void> {
    const wallMs = Math.round(at);
    await this.context.sql.transaction(async (tx) => {
      const old = tx.db
        .selectFrom('test_page')
        .select('page_id')
        .where('at_wall_ms', '<', wallMs - TEST_PAGES_KEPT_MS);
      await tx.db.deleteFrom('test_page_receipt').where('page_id', 'in', old).execute();
      await tx.db
        .deleteFrom('test_page')
        .where('at_wall_ms', '<', wallMs - TEST_PAGES_KEPT_MS)
        .execute();
      for (const { pageId, channel } of ways) {
        const row = { page_id: pageId, test_id: testId, staff_id: staffId, sent_by: by, channel, at_wall_ms: wallMs };
        await tx.db
          .insertInto('test_page')
          .values({ ...row, problem: null })
          .execute();
        await recordTestReceipt(tx, pageId, { stage: 'queued', wallMs });
      }
    });
  }

  async reached(pageId: string, stage: PageStage, wallMs: number, problem?: string): Promise<void> {
    await this.context.sql.transaction(async (tx) => {
      await recordTestReceipt(tx, pageId, { stage, wallMs });
      if (problem === undefined) return;
      await tx.db.updateTable('test_page').set({ problem }).where('page_id', '=', pageId).execute();
    });
  }

  async get(staffId: StaffId, testId: string): Promise<TestPage | null> {
    return this.context.sql.query(async (db) => {
      const rows = await db
        .selectFrom('test_page as p')
        .innerJoin('staff as s', 's.staff_id', 'p.staff_id')
        .selectAll('p')
        .select('s.name')
        .where('p.test_id', '=', testId)
        .where('p.staff_id', '=', staffId)
        .orderBy('p.page_id')
        .execute();
      const first = rows[0];
      if (first === undefined) return null;
      const ids = rows.map((row) => row.page_id);
      const receipts = await db.selectFrom('test_page_receipt').selectAll().where('page_id', 'in', ids).execute();
      const ladder = PageStage.options;
      receipts.sort((a, b) => ladder.indexOf(a.stage) - ladder.indexOf(b.stage));
      const { sent_by: by, at_wall_ms: atMs, name } = first;
      return {
        ...{ testId, staffId, name, by: by as StaffId, atMs: EpochMs.parse(atMs) },
        ways: rows.map(({ page_id: pageId, channel, problem }) => ({
          ...{ pageId, channel, problem },
          receipts: receipts
            .filter((receipt) => receipt.page_id === pageId)
            .map((receipt) => ({ stage: receipt.stage, atMs: EpochMs.parse(receipt.at_wall_ms) })),
        })),
      };
    });
  }
}

/** @returns false where it is no page of a test */
export async function recordTestReceipt(
  { db }: Tx,
  pageId: string,
  { stage, wallMs }: { readonly stage: PageStage; readonly wallMs: number },
): Promise<boolean> {
  const page = await db.selectFrom('test_page').select('page_id').where('page_id', '=', pageId).executeTakeFirst();
  if (page === undefined) return false;
  await db
    .insertInto('test_page_receipt')
    .values({ page_id: pageId, stage, at_wall_ms: Math.round(wallMs) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}
