import '../words/english-for-tests.js';
import { afterAnswer, afterEcho, commandRequest, type CommandState, commandText, IDLE } from './command.js';
import { FINGER_MS, GUARD_MS, PressGuard, RAIN_HOLD_MS, TapRain, tooShort } from './press-guard.js';
import { withNumber } from './not-sent.js';
import { ACCEPTED, alarmOf } from './test-data.js';

const failed: CommandState = { kind: 'notSent', command: 'accept', why: 'offline' };

describe('commands', () => {
  test('accept carries the revision of the escalation and acknowledge that of the signal', () => {
    const alarm = alarmOf('a', { rev: 3 }, { rev: 5 });
    expect(commandRequest('accept', alarm)).toEqual({ path: `/api/v1/alarms/${'a'.repeat(26)}/accept`, rev: 5 });
    expect(commandRequest('acknowledge', alarm)).toEqual({ path: `/api/v1/alarms/${'a'.repeat(26)}/acknowledge`, rev: 3 });
  });

  test.each([
    [{ kind: 'answered', alarm: alarmOf('a') }, ''],
    [{ kind: 'changed', alarm: null }, 'NOT SENT – it has changed: look again'],
    [{ kind: 'notSent', why: 'offline' }, 'NOT SENT – call the unit, or press again'],
    [{ kind: 'notSent', why: 'noAnswer' }, 'NO ANSWER – treat as NOT SENT: press again, or call the unit'],
  ] as const)('after %j it says %j', (answer, text) => {
    expect(commandText(afterAnswer('accept', answer))).toBe(text);
  });

  test('when somebody else accepts, the failure of this click is no longer shown', () => {
    expect(afterEcho(failed, alarmOf('a', {}, ACCEPTED))).toBe(IDLE);
  });

  test('a change that has nothing to do with the click leaves its failure on the screen', () => {
    expect(afterEcho(failed, alarmOf('a', { rev: 2 }, { step: 1, rev: 2 }))).toBe(failed);
  });

  test.each([
    ['acknowledge', { presence: 'latched', active: false }, {}, false],
    ['acknowledge', { presence: 'on', priority: 'medium' }, {}, false],
    ['acknowledge', { acknowledgePending: true }, {}, true],
    ['acknowledge', { presence: 'ack' }, {}, true],
    ['acknowledge', { presence: 'off', active: false }, {}, true],
    ['acknowledge', {}, ACCEPTED, false],
    ['accept', { presence: 'ack' }, {}, false],
    ['accept', {}, { state: 'running', rev: 3, acceptedBy: null, acceptedByName: null, acceptedAtMs: null }, false],
    ['accept', {}, ACCEPTED, true],
  ] as const)('a failed %s beside an alarm that is now %j %j: its failure goes: %s', (command, more, escalation, goes) => {
    for (const state of [
      { kind: 'notSent', command, why: 'noAnswer' },
      { kind: 'changed', command },
    ] as const)
      expect(afterEcho(state, alarmOf('a', { rev: 2, ...more }, escalation))).toBe(goes ? IDLE : state);
  });

  test('an echo does not end a request that is still under way', () => {
    const sending: CommandState = { kind: 'sending', command: 'accept' };
    expect(afterEcho(sending, alarmOf('a', {}, ACCEPTED))).toBe(sending);
  });
});

describe('PressGuard', () => {
  test('of twenty taps a second for ten seconds, on whatever comes under the finger, one counts', () => {
    const guard = new PressGuard();
    const allowed = Array.from({ length: 200 }, (_, i) => guard.allows(1_000 + i * 50, 0)).filter(Boolean);
    expect(allowed).toHaveLength(1);
  });

  test('a target that has just changed its meaning takes no press', () => {
    const guard = new PressGuard();
    expect(guard.allows(10_000, 10_000 - GUARD_MS + 1)).toBe(false);
    expect(guard.allows(20_000, 20_000 - GUARD_MS)).toBe(true);
  });
});

describe('TapRain', () => {
  test('twenty taps a second are no person, and stay none until the screen has been quiet', () => {
    const rain = new TapRain();
    for (let i = 0; i < 20; i += 1) rain.tap(10_000 + i * 50);
    expect(rain.isRaining(10_950)).toBe(true);
    expect(rain.isRaining(10_950 + RAIN_HOLD_MS)).toBe(false);
  });

  test('six presses a second are a person in a hurry', () => {
    const rain = new TapRain();
    for (let i = 0; i < 60; i += 1) rain.tap(10_000 + i * 167);
    expect(rain.isRaining(20_000)).toBe(false);
  });
});

test.each([
  ['acknowledge', 'touch', FINGER_MS - 1, true],
  ['acknowledge', 'touch', FINGER_MS, false],
  ['acknowledge', 'pen', 40, true],
  ['acknowledge', '', 0, true],
  ['acknowledge', 'mouse', 0, false],
  ['accept', 'touch', 0, false],
  ['accept', 'pen', 0, false],
] as const)('a press of %s by %s of %i ms is too short: %s', (command, by, downMs, isTooShort) => {
  expect(tooShort(command, by, downMs)).toBe(isTooShort);
});

test.each([
  ['noAnswer', /^NO ANSWER .* Phone 4711$/],
  ['offline', /^NOT SENT .* Phone 4711$/],
  ['refused', /Phone 4711$/],
  ['forbidden', /may not do this$/],
  ['tooShort', /longer$/],
] as const)('what was not sent because of %s says whom to call where that helps', (why, said) => {
  const state: CommandState = { kind: 'notSent', command: 'accept', why };
  expect(commandText(state, '4711')).toMatch(said);
  expect(commandText(state, null)).not.toContain('Phone');
});

test('of a dialog too', () => {
  expect(withNumber('NOT SENT', { code: 'offline' }, '4711')).toBe('NOT SENT. Phone 4711');
  expect(withNumber('NOT SENT', { code: 'offline' }, null)).toBe('NOT SENT');
  expect(withNumber('CHANGED', { code: 'revision-moved' }, '4711')).toBe('CHANGED');
});
