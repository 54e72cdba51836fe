import { BedId, type CorrectAssignment, EpochMs } from '@vigil/contracts';
import { touchedBy } from './touched.js';

const bed = (id: string) => BedId.parse(id);
const before = { bedId: bed('icu-1'), fromMs: EpochMs.parse(100), toMs: EpochMs.parse(200) };
const why = { reason: 'wrong-bed', note: 'test' };
const touched = (request: object, from: object = before) =>
  touchedBy({ ...before, ...from }, { ...why, ...request } as CorrectAssignment).map(
    ({ bedId, stretch: { fromMs, toMs } }) => `${bedId} ${fromMs}-${toMs ?? ''}`,
  );

test.each([
  ['a span that never was: all of it', { voided: true }, {}, ['icu-1 100-200']],
  ['another bed: all of it at both', { bedId: 'icu-2' }, {}, ['icu-1 100-200', 'icu-2 100-200']],
  ['another bed and time: each with its own', { bedId: 'icu-2', fromMs: 150 }, {}, ['icu-1 100-200', 'icu-2 150-200']],
  ['a later beginning: what is lost', { fromMs: 150 }, {}, ['icu-1 100-150']],
  ['an earlier beginning: what is gained', { fromMs: 50 }, {}, ['icu-1 50-100']],
  ['an earlier end: what is lost', { toMs: 150 }, {}, ['icu-1 150-200']],
  ['no end any more: what is gained', { toMs: null }, {}, ['icu-1 200-']],
  ['an end of what had none', { toMs: 150 }, { toMs: null }, ['icu-1 150-']],
  ['earlier at both ends', { fromMs: 50, toMs: 150 }, {}, ['icu-1 150-200', 'icu-1 50-100']],
  ['quite another time', { fromMs: 300, toMs: 400 }, {}, ['icu-1 100-200', 'icu-1 300-400']],
  ['the same again: nothing', { fromMs: 100 }, {}, []],
])('%s', (_title, request, from, expected) => {
  expect(touched(request, from)).toEqual(expected);
});
