import fc from 'fast-check';
import { laterOf, newsOf, type StayHistory, type Step, stepsOf, type Told } from './stay-steps.js';

const place = fc.constantFrom('a', 'b', 'c');
/** How an Encounter may look: places in the order of their times, and whether it goes on. */
const history: fc.Arbitrary<StayHistory> = fc
  .record({
    state: fc.constantFrom('open', 'over', 'void'),
    places: fc.uniqueArray(fc.record({ place, fromMs: fc.integer({ min: 1, max: 20 }) }), {
      selector: (each) => each.fromMs,
      maxLength: 5,
    }),
    afterMs: fc.option(fc.integer({ min: 1, max: 10 })),
  })
  .map(({ state, places, afterMs }) => {
    const sorted = [...places].sort((a, b) => a.fromMs - b.fromMs);
    const lastMs = sorted.at(-1)?.fromMs ?? 0;
    return { state, places: sorted, endMs: afterMs === null ? null : lastMs + afterMs, versionMs: 40 };
  });

/** What somebody knows who hears the moves and nothing else. */
function heard(known: readonly Step[], { kind, atMs, place: at }: Told): readonly Step[] {
  if (kind === 'cancelAdmit') return [];
  if (kind === 'cancelTransfer' || kind === 'cancelDischarge') {
    const before = known.slice(0, -1);
    // What is taken back is the last of its kind, and leads to where one was before.
    expect(known.at(-1)?.kind).toBe(kind === 'cancelTransfer' ? 'transfer' : 'discharge');
    expect(before.at(-1)?.place).toBe(at);
    return before;
  }
  return [...known, { kind, atMs, place: at } as Step];
}

test('who hears every move of every version knows what the last version says', () => {
  fc.assert(
    fc.property(fc.array(history, { minLength: 1, maxLength: 6 }), (versions) => {
      let known: readonly Step[] = [];
      let told: readonly Step[] = [];
      for (const version of versions) {
        const now = stepsOf(version);
        const news = newsOf(told, now, version.versionMs);
        // A person is asked, and both begin again from there.
        if (news === null) known = now;
        else for (const each of news) known = heard(known, each);
        expect(known).toEqual(now);
        told = now;
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the same version again is no news', () => {
  fc.assert(fc.property(history, (version) => expect(newsOf(stepsOf(version), stepsOf(version), 40)).toEqual([])));
});

const admit = (at: string, atMs: number): Step => ({ kind: 'admit', atMs, place: at });
const move = (at: string, atMs: number): Step => ({ kind: 'transfer', atMs, place: at });
const end = (atMs: number): Step => ({ kind: 'discharge', atMs, place: null });

test.each([
  ['nothing was told', [], [admit('a', 1), move('b', 2)], ['admit@1 a', 'transfer@2 b']],
  [
    'an end was taken back and it went on',
    [admit('a', 1), end(3)],
    [admit('a', 1), move('b', 4)],
    ['cancelDischarge@9 a', 'transfer@4 b'],
  ],
  [
    'a transfer led elsewhere, later',
    [admit('a', 1), move('b', 2)],
    [admit('a', 1), move('c', 3)],
    ['cancelTransfer@9 a', 'transfer@3 c'],
  ],
  ['it never was', [admit('a', 1)], [], ['cancelAdmit@9 a']],
  ['the admission was at another time', [admit('a', 1)], [admit('a', 2)], null],
  ['the admission was in another bed', [admit('a', 1)], [admit('b', 1)], null],
  ['it never was, although there was a transfer', [admit('a', 1), move('b', 2)], [], null],
  ['two transfers are gone', [admit('a', 1), move('b', 2), move('c', 3)], [admit('a', 1)], null],
  ['the end was earlier than it was told', [admit('a', 1), end(5)], [admit('a', 1), end(3)], null],
] as const)('%s', (_, told, now, news) => {
  const said = newsOf(told, now, 9);
  expect(said === null ? null : said.map(({ kind, atMs, place: at }) => `${kind}@${atMs} ${at}`)).toEqual(news);
});

test('of a past that is told otherwise, what comes after all that was told still counts', () => {
  expect(laterOf([admit('a', 1), move('b', 5)], [admit('a', 2), move('c', 4), move('b', 6), end(8)])).toMatchObject([
    { kind: 'transfer', atMs: 6, place: 'b', fromPlace: 'c' },
    { kind: 'discharge', atMs: 8, fromPlace: 'b' },
  ]);
  expect(laterOf([], [admit('a', 2)])).toEqual([]);
});
