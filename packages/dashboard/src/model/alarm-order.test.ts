import { byBed, countAlarms, mayAccept, mayAcknowledge, needOf, ranked } from './alarm-order.js';
import { ACCEPTED, alarmOf, NOW } from './test-data.js';

const ids = (alarms: readonly { alarmId: string }[]) => alarms.map((a) => a.alarmId.charAt(0)).join('');

describe('needOf', () => {
  test.each([
    ['unanswered', {}, {}],
    ['coming', {}, ACCEPTED],
    ['unanswered', { presence: 'ack' }, {}],
    ['seen', { presence: 'ack' }, { state: 'idle' }],
    ['latched', { active: false, presence: 'latched' }, { state: 'ended' }],
    ['unanswered', {}, { state: 'ended' }],
    ['unanswered', { priority: 'low' }, { state: 'idle' }],
    ['over', { active: false, presence: 'off' }, { state: 'ended' }],
    ['over', { active: false, presence: 'off' }, { ...ACCEPTED, state: 'ended' }],
  ])('%s', (need, more, escalation) => {
    expect(needOf(alarmOf('a', more, escalation))).toBe(need);
  });
});

describe('ranked', () => {
  test('priority comes first, then who waits for an answer, then who waits longest', () => {
    const alarms = [
      alarmOf('a', { priority: 'medium' }),
      alarmOf('b', {}, ACCEPTED),
      alarmOf('c', { onsetMs: NOW.eventMs - 5_000 }),
      alarmOf('d', { onsetMs: NOW.eventMs - 60_000 }),
      alarmOf('e', { priority: 'low' }),
    ];
    expect(ids(ranked(alarms))).toBe('dcbae');
  });

  test('how the patient is stands before a technical alarm of the same priority, however long that has waited', () => {
    const notAccepted = alarmOf('a', { kind: 'technical', onsetMs: NOW.eventMs - 60_000 });
    expect(ids(ranked([notAccepted, alarmOf('b', { onsetMs: NOW.eventMs - 5_000 })]))).toBe('ba');
  });

  test('leaves out what is over, and keeps what is over and unseen', () => {
    const over = alarmOf('a', { active: false, presence: 'off' }, { state: 'ended' });
    const unseen = alarmOf('b', { active: false, presence: 'latched' }, { state: 'ended' });
    expect(ids(ranked([over, unseen]))).toBe('b');
  });
});

test('technical alarms are counted apart from what the patient has', () => {
  const alarms = [alarmOf('a'), alarmOf('b', { kind: 'technical' }), alarmOf('c', { priority: 'low' })];
  expect(countAlarms(alarms)).toEqual({ high: 1, medium: 0, low: 1, technical: 1 });
});

test('an alarm of a gateway belongs to no bed', () => {
  expect(byBed([alarmOf('a', { bedId: null, gatewayId: 'gw-1' })]).size).toBe(0);
});

test('nobody can accept twice, and an escalation that ended unanswered can still be accepted', () => {
  expect(mayAccept(alarmOf('a', {}, ACCEPTED))).toBe(false);
  expect(mayAccept(alarmOf('a', {}, { state: 'ended' }))).toBe(true);
  expect(mayAccept(alarmOf('a', { active: false }, { state: 'ended' }))).toBe(false);
});

test('an acknowledgement that is recorded and waiting is not asked for again', () => {
  expect(mayAcknowledge(alarmOf('a'))).toBe(true);
  expect(mayAcknowledge(alarmOf('a', { acknowledgePending: true }))).toBe(false);
});
