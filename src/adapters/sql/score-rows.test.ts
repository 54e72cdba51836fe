import type { ScoreSnapshot } from '@vigil/contracts';
import fc from 'fast-check';
import { batch } from '../../../test/contract/alarm-fixtures.js';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { openSql } from './sql.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

interface Said {
  readonly stay: string;
  readonly basis: ScoreSnapshot['basis'];
  readonly atMs: number;
  readonly total: number;
}

const snapshot = ({ stay, basis, atMs, total }: Said): ScoreSnapshot =>
  ({
    ...{ encounterId: stay, bedId: `bed-${stay}`, score: 'news2', basis, atMs, total, min: total, max: total },
    ...{ singleParameter: false, parts: [], spo2Scale: 1 },
  }) as unknown as ScoreSnapshot;

async function stored(): Promise<readonly (readonly unknown[])[]> {
  const sql = await openSql({ file: t.file });
  const rows = await sql.query((db) =>
    db.selectFrom('score_snapshot').selectAll().orderBy('encounter_id').orderBy('basis').orderBy('since_ms').execute(),
  );
  await sql.close();
  return rows.map((row) => [row.encounter_id, row.basis, row.since_ms, row.newest_ms, JSON.parse(row.content_json).total]);
}

/** What must stand there, one snapshot after the other. */
function expected(all: readonly Said[]): readonly (readonly unknown[])[] {
  const rows: { stay: string; basis: string; sinceMs: number; newestMs: number; total: number }[] = [];
  for (const { stay, basis, atMs, total } of all) {
    const own = rows.filter((row) => row.stay === stay && row.basis === basis);
    const newest = own.sort((a, b) => a.sinceMs - b.sinceMs).at(-1);
    const same = own.find((row) => row.sinceMs === atMs);
    if (basis === 'charted' && same !== undefined) same.total = total;
    else if (basis === 'estimate' && newest !== undefined && newest.newestMs >= atMs) continue;
    else if (basis === 'estimate' && newest?.total === total) newest.newestMs = atMs;
    else rows.push({ stay, basis, sinceMs: atMs, newestMs: atMs, total });
  }
  const order = (row: (typeof rows)[number]): string => `${row.stay}/${row.basis}/${String(row.sinceMs).padStart(9, '0')}`;
  return rows
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((row) => [row.stay, row.basis, row.sinceMs, row.newestMs, row.total]);
}

test('however scores come in batches, of one stay or of hundreds, what stands there is what each by itself would have left', async () => {
  const said = fc.record({
    stay: fc.nat(120).map((n) => `s${n}`),
    basis: fc.constantFrom<ScoreSnapshot['basis']>('estimate', 'estimate', 'estimate', 'charted'),
    atMs: fc.nat(40),
    total: fc.nat(2),
  });
  const batches = fc.array(fc.array(said, { maxLength: 300 }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(batches, async (lots) => {
      await t.end();
      t = await openTestStores();
      for (const lot of lots) await t.alarmState.commit(batch([], { scores: lot.map(snapshot) }));
      expect(await stored()).toEqual(expected(lots.flat()));
    }),
    { numRuns: 8 },
  );
});
