import type { AlarmTransition } from '@vigil/contracts';
import { bedLog, message, run } from './test-kit.js';

const namesOf = (transitions: readonly AlarmTransition[]): string[] => transitions.map((t) => `${t.alarmId}/${t.rev}`);

describe('an alarm id names one alarm for ever', () => {
  test('a condition that comes back at the same instant is another alarm, or a redelivered batch would stop the partition', () => {
    const stray = message(1, { heartRate: 80 }, { deviceId: 'stray', seq: 1 });
    const { transitions } = run([...bedLog(), stray, message(15, { heartRate: 80 }), stray, message(30, { heartRate: 80 })]);
    expect(transitions.map((t) => t.cause)).toEqual(['onset', 'end', 'onset', 'end']);
    expect(new Set(namesOf(transitions)).size).toBe(4);
  });
});
