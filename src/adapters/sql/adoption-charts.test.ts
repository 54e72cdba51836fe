import { type ChartItem, LogEvent, type ScoreSnapshot } from '@vigil/contracts';
import { type BedState, emptyPartition, step } from '@vigil/domain';
import { batch } from '../../../test/contract/alarm-fixtures.js';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { chartEvents } from './adoption-charts.js';
import { openSql } from './sql.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const MINUTE_MS = 60_000;
const event = (kind: string, atMs: number, more: object): LogEvent =>
  LogEvent.parse({
    v: 1,
    id: `${kind}/${atMs}`,
    key: 'bed:icu-1',
    origin: 'simulated',
    atMs,
    kind,
    bedId: 'icu-1',
    encounterId: 'enc-1',
    ...more,
  });
const admitted = (): LogEvent => event('admit', t.clock.nowMs() - 120 * MINUTE_MS, { patientId: 'pat-1' });
const charted = (minutesAgo: number, items: readonly ChartItem[], more: object = {}): LogEvent =>
  event('charted', t.clock.nowMs() - minutesAgo * MINUTE_MS, {
    chartId: `c${minutesAgo}`,
    by: 'amy',
    validated: false,
    items,
    ...more,
  });

const SET: readonly ChartItem[] = [
  { item: 'number', metric: 'respirationRate', value: 22 },
  { item: 'number', metric: 'spo2', value: 93 },
  { item: 'number', metric: 'arterialSystolic', value: 105 },
  { item: 'number', metric: 'pulseRate', value: 96 },
  { item: 'number', metric: 'temperature', value: 38.4 },
  { item: 'supplementalOxygen', value: 'oxygen' },
  { item: 'consciousness', value: 'A' },
];

/** What the engine makes of these events from nothing. */
function made(events: readonly LogEvent[]) {
  const { state, scores } = step(emptyPartition(), [...events]);
  return { scores, bed: state.keys.get('bed:icu-1' as never) as BedState };
}

async function adopted(scores: readonly ScoreSnapshot[], scaleNow?: 1 | 2): Promise<readonly LogEvent[]> {
  await t.alarmState.commit(batch([], { scores }));
  const sql = await openSql({ file: t.file });
  const setting = {
    patient_id: 'pat-1',
    rev: 1,
    spo2_scale: scaleNow ?? 1,
    reason: 'COPD',
    set_by: 'dana',
    from_ms: 0,
    set_wall_ms: 0,
  };
  if (scaleNow !== undefined) {
    await sql.transaction((tx) =>
      tx.db
        .insertInto('score_setting')
        .values({ encounter_id: 'enc-1', ...setting })
        .execute(),
    );
  }
  const at = { origin: 'simulated', nowMs: t.clock.nowMs(), adoption: 1 } as const;
  const drafts = await sql.transaction((tx) => chartEvents(tx, at));
  await sql.close();
  return drafts.map((draft) => LogEvent.parse({ v: 1, ...draft }));
}

test('a new log is told the sets and the single items that people charted, and scores come of them as before', async () => {
  const before = made([admitted(), charted(40, SET, { validated: true }), charted(10, [{ item: 'consciousness', value: 'V' }])]);
  const after = made([admitted(), ...(await adopted(before.scores))]);
  expect(before.bed.scores!.charted.news2).toMatchObject({ total: 9 });
  expect(after.bed.scores!.charted.news2).toMatchObject({ total: 9, atMs: before.bed.scores!.charted.news2!.atMs });
  expect(after.scores.findLast(({ basis }) => basis === 'charted')).toMatchObject({ by: 'amy', score: 'news2' });
  const { consciousness, supplementalOxygen, temperature } = before.bed.scores!.inputs;
  expect(after.bed.scores!.inputs).toMatchObject({ consciousness, supplementalOxygen, temperature });
});

test('a set that stands no more is not told', async () => {
  const { scores } = made([admitted(), charted(90, SET, { validated: true })]);
  const said = await adopted(scores);
  expect(said.filter((each) => each.kind === 'charted' && each.validated)).toEqual([]);
});

test('a set that was scored by the other SpO2 scale is not told, because it would be scored anew', async () => {
  const { scores } = made([admitted(), charted(10, SET, { validated: true })]);
  const sets = async (scale?: 1 | 2): Promise<number> =>
    (await adopted(scores, scale)).filter((each) => each.kind === 'charted' && each.validated).length;
  expect(await sets()).toBe(1);
  expect(await sets(2)).toBe(0);
});

test('without charts nothing is told', async () => {
  expect(await adopted([])).toEqual([]);
});
