import { type AlarmEvent, AlarmSnapshot, type AlarmView } from '@vigil/contracts';
import { alarmsOf, applyAlarmEvent, applyAnswer, fromAlarmSnapshot } from './alarm-store.js';
import { ACCEPTED, alarmOf } from './test-data.js';

const snapshot = (cursor: number, ...alarms: AlarmView[]) =>
  fromAlarmSnapshot(AlarmSnapshot.parse({ careUnitId: 'icu', cursor, alarms }));
const event = (cursor: number, alarm: AlarmView): AlarmEvent => ({ careUnitId: alarm.careUnitId, cursor, alarm });

describe('applyAlarmEvent', () => {
  test('the latest per alarm wins by cursor, whichever comes last', () => {
    const newer = applyAlarmEvent(snapshot(5, alarmOf('a')), event(6, alarmOf('a', { rev: 2 })));
    const replayed = applyAlarmEvent(newer, event(5, alarmOf('a', { rev: 1 })));
    expect(alarmsOf(replayed).map((a) => a.rev)).toEqual([2]);
    expect(replayed.cursor).toBe(6);
  });

  test('two changes of one alarm may come as one, and the cursor jumps with it', () => {
    const state = applyAlarmEvent(snapshot(5), event(7, alarmOf('a')));
    expect(alarmsOf(state)).toHaveLength(1);
    expect(state.cursor).toBe(7);
  });

  test('a snapshot ends alarms that it does not name', () => {
    expect(alarmsOf(snapshot(9))).toEqual([]);
  });
});

describe('applyAnswer', () => {
  test('an answer shows the acceptance before its echo', () => {
    const state = applyAnswer(snapshot(5, alarmOf('a')), alarmOf('a', {}, { ...ACCEPTED, rev: 2 }));
    expect(alarmsOf(state)[0]?.escalation.acceptedByName).toBe('K. Novak');
  });

  test('an answer that its echo has overtaken changes nothing', () => {
    const echoed = applyAlarmEvent(snapshot(5, alarmOf('a')), event(6, alarmOf('a', { rev: 2, presence: 'ack' })));
    const state = applyAnswer(echoed, alarmOf('a', { acknowledgePending: true }));
    expect(alarmsOf(state)[0]).toMatchObject({ presence: 'ack', acknowledgePending: false });
  });

  test('the event that follows an answer still counts', () => {
    const answered = applyAnswer(snapshot(5, alarmOf('a')), alarmOf('a', {}, { ...ACCEPTED, rev: 2 }));
    const state = applyAlarmEvent(answered, event(6, alarmOf('a', { active: false, presence: 'off' }, { ...ACCEPTED, rev: 3 })));
    expect(alarmsOf(state)[0]?.active).toBe(false);
  });
});
