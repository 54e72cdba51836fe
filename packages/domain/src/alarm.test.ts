import { readFileSync } from 'node:fs';
import type { Presence, Priority } from '@vigil/contracts';
import fc from 'fast-check';
import { SIGNAL_TABLE, type SignalEvent, type SignalState, signalStep } from './alarm.js';

const medium = (presence: Presence): SignalState => ({ presence, priority: 'medium', sinceMs: 0 });
const onset = (priority: Priority): SignalEvent => ({ kind: 'onset', atMs: 5, priority });
const end = (latching: boolean): SignalEvent => ({ kind: 'end', atMs: 5, latching });
const acknowledge: SignalEvent = { kind: 'acknowledge', atMs: 5 };
const close: SignalEvent = { kind: 'close', atMs: 5 };
const lower = (priority: Priority): SignalEvent => ({ kind: 'lower', atMs: 5, priority });
const shelvedOnset = (priority: Priority): SignalEvent => ({ kind: 'onset', atMs: 5, priority, isShelved: true });
const remind: SignalEvent = { kind: 'remind', atMs: 5 };
const shelve: SignalEvent = { kind: 'shelve', atMs: 5 };
const unshelve: SignalEvent = { kind: 'unshelve', atMs: 5 };

describe('signalStep', () => {
  test.each([
    ['off', onset('medium'), 'on'],
    ['off', end(false), 'off'],
    ['off', acknowledge, 'off'],
    ['off', close, 'off'],
    ['on', onset('medium'), 'on'],
    ['on', end(false), 'off'],
    ['on', end(true), 'latched'],
    ['on', acknowledge, 'ack'],
    ['on', close, 'off'],
    ['latched', acknowledge, 'off'],
    ['latched', onset('medium'), 'on'],
    ['latched', end(true), 'latched'],
    ['latched', close, 'off'],
    ['ack', onset('medium'), 'ack'],
    ['ack', onset('high'), 'on'],
    ['ack', end(true), 'off'],
    ['ack', acknowledge, 'ack'],
    ['ack', close, 'off'],
    ['off', lower('low'), 'off'],
    ['on', lower('low'), 'on'],
    ['latched', lower('low'), 'latched'],
    ['ack', lower('low'), 'ack'],
    ['off', shelvedOnset('medium'), 'off'],
    ['off', remind, 'off'],
    ['off', shelve, 'off'],
    ['off', unshelve, 'on'],
    ['on', remind, 'on'],
    ['on', shelve, 'off'],
    ['on', unshelve, 'on'],
    ['latched', remind, 'latched'],
    ['latched', shelve, 'off'],
    ['latched', unshelve, 'latched'],
    ['ack', remind, 'on'],
    ['ack', shelve, 'off'],
    ['ack', unshelve, 'ack'],
  ] as const)('%s, then %j, is %s', (from, event, to) => {
    expect(signalStep(medium(from), event).state.presence).toBe(to);
  });

  test('a rise in priority sounds again although it was acknowledged', () => {
    expect(signalStep(medium('ack'), onset('high')).effects).toEqual([{ do: 'annunciate', priority: 'high' }]);
  });

  test('a signal that becomes less urgent sounds nothing anew, and its next rise does', () => {
    const lowered = signalStep(medium('ack'), lower('low'));
    expect(lowered).toEqual({ state: { ...medium('ack'), priority: 'low' }, effects: [] });
    expect(signalStep(lowered.state, onset('medium')).effects).toEqual([{ do: 'annunciate', priority: 'medium' }]);
    expect(signalStep(medium('on'), lower('high')).state.priority).toBe('medium');
  });

  test('what is shelved makes no sound, and sounds afterwards with the priority that it has by then', () => {
    const away = signalStep(medium('on'), shelve);
    expect(away.effects).toEqual([{ do: 'silence' }]);
    const risen = signalStep(away.state, shelvedOnset('high'));
    expect(risen).toEqual({ state: { ...away.state, priority: 'high' }, effects: [] });
    expect(signalStep(risen.state, unshelve).effects).toEqual([{ do: 'annunciate', priority: 'high' }]);
  });

  test('whatever happens, a signal sounds exactly from annunciate to silence', () => {
    const anyEvent = fc.constantFrom(
      onset('low'),
      onset('medium'),
      onset('high'),
      end(true),
      end(false),
      acknowledge,
      close,
      lower('low'),
      shelvedOnset('medium'),
      remind,
      shelve,
      unshelve,
    );
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        let state: SignalState = { presence: 'off', priority: 'low', sinceMs: 0 };
        let sounding = false;
        for (const event of events) {
          const step = signalStep(state, event);
          for (const effect of step.effects) sounding = effect.do === 'annunciate';
          state = step.state;
          expect(sounding).toBe(state.presence === 'on' || state.presence === 'latched');
        }
      }),
    );
  });

  test('the table in docs/architecture.md is this one', () => {
    const doc = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
    const rows = doc.split('\n').filter((line) => /^\| `(off|on|latched|ack)` \|/.test(line));
    const cells = rows.map((row) => [...row.matchAll(/\| `?(\w+)/g)].map((cell) => cell[1]!));
    expect(cells.map(([from]) => from)).toEqual(Object.keys(SIGNAL_TABLE));
    for (const [from, ...told] of cells) {
      const state: SignalState = { presence: from as Presence, priority: 'high', sinceMs: 0 };
      const events = [onset('high'), end(true), acknowledge, close, lower('low'), remind, shelve, unshelve];
      const after = events.map((e) => signalStep(state, e).state.presence);
      expect(after).toEqual(told);
    }
  });
});
