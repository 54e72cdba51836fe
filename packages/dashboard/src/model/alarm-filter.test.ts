import '../words/english-for-tests.js';
import { heldList } from './held-list.js';
import { alarmSearch, isMine, isShown, lowTechnical, shownTo } from './alarm-filter.js';
import { ACCEPTED, alarmOf } from './test-data.js';
import { notSentText, notShelvedText } from './not-sent.js';

const me = { staffId: 's-1', bedIds: new Set(['icu-2']) };

test('an address of anything else shows all', () => {
  expect(alarmSearch({ show: 'all', bed: '<b>', priority: 'urgent', state: 'over', x: 1 })).toEqual({});
  expect(alarmSearch({ show: ['mine'], bed: 5, priority: null })).toEqual({});
  const all = { show: 'mine', bed: 'icu-1', priority: 'high', state: 'latched' };
  expect(alarmSearch(all)).toEqual(all);
});

test('mine is what I accepted, was told of, or is at a bed of mine', () => {
  const page = { pageId: 'p', staffId: 's-1', staffName: 'x', channel: 'sms', step: 0, reason: 'x', state: 'sent' };
  const told = { pages: [{ ...page, queuedAtMs: 1, sentAtMs: 1 }] };
  expect(isMine(alarmOf('a'), me)).toBe(false);
  expect(isMine(alarmOf('a', {}, ACCEPTED), me)).toBe(true);
  expect(isMine(alarmOf('a', {}, told), me)).toBe(true);
  expect(isMine(alarmOf('a', { bedId: 'icu-2' }), me)).toBe(true);
  expect(isMine(alarmOf('a', { bedId: 'icu-2' }), null)).toBe(false);
});

test('filters narrow together, and an alarm of no bed is found by that', () => {
  const high = alarmOf('a');
  expect(isShown(high, {}, null)).toBe(true);
  expect(isShown(high, { bed: 'icu-1', priority: 'high', state: 'unanswered' }, null)).toBe(true);
  expect(isShown(high, { bed: 'icu-2' }, null)).toBe(false);
  expect(isShown(high, { priority: 'low' }, null)).toBe(false);
  expect(isShown(high, { show: 'technical' }, null)).toBe(false);
  expect(isShown(alarmOf('a', { bedId: null, gatewayId: 'gw-1' }), { bed: 'unit' }, null)).toBe(true);
});

test('only low technical alarms of one bed that sound can be acknowledged together', () => {
  const low = { kind: 'technical', priority: 'low' };
  const alarms = [
    alarmOf('a', low),
    alarmOf('b', { ...low, bedId: 'icu-2' }),
    alarmOf('c', { ...low, presence: 'ack' }),
    alarmOf('d', { ...low, acknowledgePending: true }),
    alarmOf('e', { kind: 'technical' }),
    alarmOf('f', { priority: 'low' }),
  ];
  expect(lowTechnical(alarms, 'icu-1').map(({ alarmId }) => alarmId.charAt(0))).toEqual(['a']);
});

test('each refusal says what to do, and an unknown one says that nothing was sent', () => {
  const codes = ['revision-moved', 'conflict', 'forbidden', 'not-found', 'impossible-rate', 'offline', 'unauthenticated', 'new'];
  expect(new Set(codes.map((code) => notSentText({ code }))).size).toBe(codes.length);
  expect(codes.every((code) => notSentText({ code }).startsWith('NOT SENT'))).toBe(true);
  const wrong = (path: string) => notShelvedText({ code: 'invalid-request', fields: [{ path, message: 'x' }] });
  expect(wrong('body.conditionCode')).toMatch(/may not be shelved/);
  expect(wrong('body.toMs')).toMatch(/end is too late/);
});

test('an empty list holds no alarm back, wherever the mouse happens to lie', () => {
  expect(heldList([], ['a'], true)).toEqual({ shown: ['a'], waiting: 0 });
});

test('with nobody signed in a screen left on "mine" shows all, and keeps what else was asked for', () => {
  const search = { show: 'mine', bed: 'icu-1' } as const;
  expect(shownTo(null, search)).toEqual({ bed: 'icu-1' });
  expect(shownTo({ staffId: 's-1', bedIds: new Set() }, search)).toEqual(search);
  expect(shownTo(null, { show: 'technical' })).toEqual({ show: 'technical' });
});
