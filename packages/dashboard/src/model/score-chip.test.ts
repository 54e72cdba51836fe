import '../words/english-for-tests.js';
import { BedScore, EncounterId } from '@vigil/contracts';
import { scoreChips } from './score-chip.js';
import { NOW } from './test-data.js';

const stay = EncounterId.parse('e-1');
const MINUTE_MS = 60_000;
const scoreOf = (more: Record<string, unknown>): BedScore =>
  BedScore.parse({
    ...{ encounterId: 'e-1', score: 'news2', basis: 'estimate', total: null, min: 5, max: 9, singleParameter: false },
    ...{ atMs: NOW.eventMs, validUntilMs: NOW.eventMs + 1, ...more },
  });
const charted = (agoMin: number, more: Record<string, unknown> = {}): BedScore =>
  scoreOf({ basis: 'charted', total: 7, min: 7, max: 7, atMs: NOW.eventMs - agoMin * MINUTE_MS, ...more });
const words = (...scores: BedScore[]): string[] => scoreChips(scores, stay, NOW).map(({ text }) => text);

test.each<[string, BedScore]>([
  ['NEWS2 est 5–9', scoreOf({})],
  ['NEWS2 est 6', scoreOf({ total: 6, min: 6, max: 6 })],
  ['NEWS2 est 0–5', scoreOf({ min: 0, max: 5 })],
  ['NEWS2 est EXPIRED', scoreOf({ validUntilMs: NOW.eventMs })],
  ['PEWS est 2–14', scoreOf({ score: 'bedsidePews', min: 2, max: 14 })],
  ['NEWS2 7 charted <1 min', charted(0)],
  ['NEWS2 7 charted <1 min', charted(-1)],
  ['NEWS2 7 charted 10 min', charted(10)],
  ['NEWS2 0 charted 59 min', charted(59.9, { total: 0 })],
  ['NEWS2 0 charted 2 h', charted(125, { total: 0 })],
  ['NEWS2 7 charted 3 h EXPIRED', charted(180, { validUntilMs: NOW.eventMs })],
])('%s', (text, score) => {
  expect(words(score)).toEqual([text]);
});

test('charted and estimate stand beside each other, charted first, and neither hides the other', () => {
  expect(words(scoreOf({}), charted(10))).toEqual(['NEWS2 7 charted 10 min', 'NEWS2 est 5–9']);
});

test('no score of another stay, of an empty bed, without a stay, or in a picture that is not live', () => {
  const { encounterId: _, ...unnamed } = scoreOf({});
  expect(scoreChips([scoreOf({ encounterId: 'e-2' }), unnamed], stay, NOW)).toEqual([]);
  expect(scoreChips([scoreOf({})], undefined, NOW)).toEqual([]);
  expect(scoreChips(undefined, stay, NOW)).toEqual([]);
  expect(scoreChips([scoreOf({})], stay, null)).toEqual([]);
});

test('a score that no tile has a label for is left out', () => {
  expect(words(scoreOf({ score: 'mews' }))).toEqual([]);
});
