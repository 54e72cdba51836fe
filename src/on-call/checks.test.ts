import { AskSwap, NewOverride, ScheduleContent } from '@vigil/contracts';
import { overrideErrors, scheduleErrors, swapErrors, troubleError } from './checks.js';

const known = { staffIds: new Set(['ann', 'bob']), careUnitIds: new Set(['icu']) };
const rotation = (more: object = {}) => ({
  ...{ rotationId: 'r', label: 'r', unit: 'day', every: 1, startDate: '2026-01-02', handoverTime: '07:00' },
  ...{ participants: ['ann'], ...more },
});
const content = (more: object, ...rotations: object[]): ScheduleContent =>
  ScheduleContent.parse({ v: 1, label: 'x', careUnitId: 'icu', timeZone: 'UTC', rotations, ...more });
const paths = (errors: readonly { readonly path: string }[]): string[] => errors.map(({ path }) => path);

test('a schedule of known people in a care unit in use is as it should be, also without anybody', () => {
  expect(scheduleErrors(content({}, rotation({ endDate: '2026-01-03' })), known)).toEqual([]);
  expect(scheduleErrors(content({}), known)).toEqual([]);
});

test('everything that is wrong with a schedule is said at once, each with its place', () => {
  const wrong = content({ careUnitId: 'gone' }, rotation({ participants: ['ann', 'eve'] }), rotation({ endDate: '2026-01-02' }));
  expect(paths(scheduleErrors(wrong, known))).toEqual([
    'body.content.careUnitId',
    'body.content.rotations.0.participants.1',
    'body.content.rotations.1.rotationId',
    'body.content.rotations.1.endDate',
  ]);
});

const DAY_MS = 86_400_000;
const override = (more: object): NewOverride => NewOverride.parse({ kind: 'add', staffId: 'ann', fromMs: 5, toMs: 10, ...more });

test.each([
  ['add', {}, []],
  ['add without a person', { staffId: null }, ['body.staffId']],
  ['add in the place of somebody', { instead: 'bob' }, ['body.instead']],
  ['replace', { kind: 'replace', instead: 'bob' }, []],
  ['replace everybody', { kind: 'replace' }, []],
  ['replace somebody with themselves', { kind: 'replace', instead: 'ann' }, ['body.instead']],
  ['remove', { kind: 'remove', staffId: null, instead: 'ann' }, []],
  ['remove for somebody', { kind: 'remove', instead: 'bob' }, ['body.staffId']],
  ['remove nobody', { kind: 'remove', staffId: null }, ['body.instead']],
  ['somebody unknown', { staffId: 'eve' }, ['body.staffId']],
  ['for no time', { toMs: 5 }, ['body.toMs']],
  ['for longer than a year', { toMs: 367 * DAY_MS }, ['body.toMs']],
  ['that is over', { fromMs: 0, toMs: 4 }, ['body.toMs']],
])('an override: %s', (_title, more, expected) => {
  expect(paths(overrideErrors(override(more), known, 4))).toEqual(expected);
});

test('a swap is between two people, about turns to come', () => {
  const turn = { scheduleId: 's', fromMs: 10, toMs: 20 };
  const asked = (more: object): AskSwap => AskSwap.parse({ give: turn, to: 'bob', ...more });
  expect(swapErrors(asked({ take: turn }), 'ann', known, 0)).toEqual([]);
  expect(paths(swapErrors(asked({ to: 'ann' }), 'ann', known, 0))).toEqual(['body.to']);
  expect(paths(swapErrors(asked({ to: 'eve', take: { ...turn, toMs: 10 } }), 'ann', known, 0))).toEqual([
    'body.to',
    'body.take.toMs',
  ]);
  expect(troubleError({ turn: 'take', why: 'begun' })).toEqual({ path: 'body.take', message: expect.stringContaining('begun') });
});
