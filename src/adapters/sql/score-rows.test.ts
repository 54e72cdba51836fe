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
  const counting = rows.filter(({ basis }) => basis === 'charted' || basis === 'estimate');
  return counting.map((row) => [row.encounter_id, row.basis, row.since_ms, row.newest_ms, JSON.parse(row.content_json).total]);
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

describe('a set that is charted anew for the same moment', () => {
  const charted = (atMs: number, total: number): ScoreSnapshot => snapshot({ stay: 's1', basis: 'charted', atMs, total });
  const commit = (...scores: ScoreSnapshot[]) => t.alarmState.commit(batch([], { scores }));
  const read = async (more: Partial<Parameters<TestStores['scores']['history']>[0]> = {}) => {
    const query = { encounterId: 's1' as never, score: 'news2' as const, fromMs: 0, toMs: 1_000, limit: 100 };
    const { items } = await t.scores.history({ ...query, ...more });
    return items.map(({ snapshot: { basis, atMs, total }, isReplaced }) => [basis, atMs, total, isReplaced ?? false]);
  };
  const both = [
    ['charted', 10, 5, false],
    ['charted', 10, 9, true],
  ];

  test.each([
    ['one after the other', [[charted(10, 9)], [charted(10, 5)]]],
    ['in one commit', [[charted(10, 9), charted(10, 5)]]],
    ['and derived again by a replay', [[charted(10, 9)], [charted(10, 5)], [charted(10, 9), charted(10, 5)], [charted(10, 5)]]],
  ] as const)('is what counts, and the one before is kept, once: %s', async (_how, commits) => {
    for (const each of commits) await commit(...each);
    expect(await read({ basis: 'charted', withReplaced: true })).toEqual([...both].reverse());
    expect(await read()).toEqual([both[0]]);
    expect((await t.scores.newest(['s1' as never])).map(({ snapshot: { total } }) => total)).toEqual([5]);
  });

  test('comes in pages', async () => {
    for (const total of [9, 7, 5]) await commit(charted(10, total), charted(20, total));
    const query = { encounterId: 's1' as never, score: 'news2' as const, fromMs: 0, toMs: 1_000, withReplaced: true };
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await t.scores.history({ ...query, limit: 2, cursor });
      seen.push(...page.items.map(({ snapshot: { atMs, total } }) => `${atMs} ${total}`));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect([...seen].sort()).toEqual(['10 5', '10 7', '10 9', '20 5', '20 7', '20 9']);
  });
});

test('a chart of charted sets is not pushed off its page by an estimate that changes often', async () => {
  const estimates = Array.from({ length: 300 }, (_, i) =>
    snapshot({ stay: 's1', basis: 'estimate', atMs: 100 + i, total: i % 2 }),
  );
  await t.alarmState.commit(
    batch([], { scores: [snapshot({ stay: 's1', basis: 'charted', atMs: 50, total: 3 }), ...estimates] }),
  );
  const query = { encounterId: 's1' as never, score: 'news2' as const, fromMs: 0, toMs: 1_000, limit: 200 };
  expect((await t.scores.history(query)).items.map(({ snapshot: { basis } }) => basis)).not.toContain('charted');
  const charted = await t.scores.history({ ...query, basis: 'charted' });
  expect(charted.items.map(({ snapshot: { total } }) => total)).toEqual([3]);
});
