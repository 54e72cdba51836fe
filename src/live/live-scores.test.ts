import { BedId, type EncounterId, ScoreSnapshot } from '@vigil/contracts';
import type { BedRow } from '../ports/directory.js';
import { LiveScores } from './live-scores.js';

const row = (n: number, encounterId: string | null = `e${n}`): BedRow =>
  ({ bedId: BedId.parse(`icu-${n}`), encounter: encounterId === null ? null : { encounterId } }) as unknown as BedRow;
const news2 = (encounterId: string, total: number) => ({
  snapshot: ScoreSnapshot.parse({
    ...{ v: 1, bedId: 'icu-1', encounterId, score: 'news2', basis: 'estimate', atMs: 1, validUntilMs: 2, total },
    ...{ min: total, max: total, singleParameter: false, parts: [], by: null },
  }),
  sinceMs: 1 as never,
});

/** A store that counts what it is asked, and a ward. */
function ward(beds: BedRow[]) {
  const asked: (readonly EncounterId[])[] = [];
  let told: (bedIds: readonly BedId[]) => void = () => undefined;
  const state = { total: 1, isAway: false };
  const store = {
    newest: (ids: readonly EncounterId[]) => {
      asked.push(ids);
      return state.isAway ? Promise.reject(new Error('away')) : Promise.resolve(ids.map((id) => news2(id, state.total)));
    },
    onChange: (listener: typeof told) => {
      told = listener;
      return () => undefined;
    },
  };
  const index = { beds: () => beds, bed: (bedId: BedId) => beds.find((bed) => bed.bedId === bedId) };
  return { scores: new LiveScores(store, index), asked, state, tell: (...ids: BedId[]) => told(ids) };
}

test('stays are read when they are new here, and beds when they have news, all in one question', async () => {
  const { scores, asked, state, tell } = ward([row(1), row(2), row(3, null)]);
  await scores.refresh();
  await scores.refresh();
  expect(asked).toEqual([['e1', 'e2']]);
  state.total = 7;
  tell(BedId.parse('icu-1'));
  expect(scores.of(row(1))[0]!.total).toBe(1);
  await scores.refresh();
  expect(asked[1]).toEqual(['e1']);
  expect([scores.of(row(1))[0]!.total, scores.of(row(2))[0]!.total, scores.of(row(3, null))]).toEqual([7, 1, []]);
});

test('what has changed is taken once', async () => {
  const { scores } = ward([row(1)]);
  await scores.refresh();
  expect([...scores.takeChanged().keys()]).toEqual(['icu-1']);
  expect(scores.takeChanged().size).toBe(0);
});

test('a patient who leaves takes the scores along: the next one in the bed never shows them', async () => {
  const beds = [row(1)];
  const { scores } = ward(beds);
  await scores.refresh();
  beds[0] = row(1, 'e9');
  expect(scores.of(beds[0])).toEqual([]);
});

test('what could not be read is read the next time', async () => {
  const { scores, state, tell } = ward([row(1)]);
  await scores.refresh();
  state.isAway = true;
  tell(BedId.parse('icu-1'));
  await expect(scores.refresh()).rejects.toThrow('away');
  Object.assign(state, { isAway: false, total: 5 });
  await scores.refresh();
  expect(scores.of(row(1))[0]!.total).toBe(5);
});
