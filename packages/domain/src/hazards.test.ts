import type { AlarmTransition, LogEvent } from '@vigil/contracts';
import { admit, assign, bedLog, discharge, message, run, summary, tick } from './test-kit.js';

/** A message of second `atS` whose device's clock is `behindS` behind the gateway's. */
function behind(
  behindS: number,
  atS: number,
  ...rest: [Parameters<typeof message>[1], Parameters<typeof message>[2]?]
): LogEvent {
  const event = message(atS - behindS, ...rest);
  return { ...event, gatewayAtMs: event.atMs + behindS * 1_000 } as LogEvent;
}

const seconds = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const namesOf = (transitions: readonly AlarmTransition[]): string[] => transitions.map((t) => `${t.alarmId}/${t.rev}`);

describe('an alarm id names one alarm for ever', () => {
  test('a condition that comes back at the same instant is another alarm, or a redelivered batch would stop the partition', () => {
    const stray = message(1, { heartRate: 80 }, { deviceId: 'stray', seq: 1 });
    const { transitions } = run([...bedLog(), stray, message(15, { heartRate: 80 }), stray, message(30, { heartRate: 80 })]);
    expect(transitions.map((t) => t.cause)).toEqual(['onset', 'end', 'onset', 'end']);
    expect(new Set(namesOf(transitions)).size).toBe(4);
  });
});

describe('a bed whose data count for nothing is said to be without data', () => {
  test('a clock 20 s behind, which the gateway takes as it is, delays no alarm when a tick comes in between', () => {
    const log = seconds(1, 60).map((s) => (s % 2 === 0 ? behind(20, s, { spo2: 70 }) : tick(s)));
    const { transitions, counts } = run([...bedLog(), ...log].map((e) => (e.kind === 'admit' ? { ...e, atMs: 1 as never } : e)));
    expect(counts.late).toBe(0);
    expect(summary(transitions)).toEqual(['spo2.low onset high on @-2']);
  });

  test('nor does it where another device has moved the time of the bed on', () => {
    const log = seconds(60, 120).flatMap((s) => [
      message(s, { heartRate: 80 }),
      ...(s < 90 ? [] : [behind(20, s, { spo2: 70 }, { deviceId: 'oxi-2' })]),
    ]);
    const { transitions } = run([...bedLog(), assign('oxi-2'), ...log]);
    expect(summary(transitions)).toEqual(['spo2.low onset high on @85']);
  });

  test('a clock that was set back by minutes silences the bed for ten seconds at most', () => {
    const log = [
      ...seconds(100, 200).map((s) => message(s, { heartRate: 80 })),
      ...seconds(200, 220).map((s) => behind(90, s, { heartRate: 80 })),
      message(220, { heartRate: 80 }),
    ];
    const { transitions } = run([...bedLog(), ...log]);
    expect(summary(transitions)).toEqual(['noData onset high on @210', 'noData end high off @220']);
  });

  test('an admission by a platform whose clock is ahead does not put silence off', () => {
    const log = [...seconds(1, 10).map((s) => tick(s)), admit(7_200), ...seconds(10, 25).map((s) => tick(s))];
    const { transitions } = run([...bedLog().slice(0, 2), ...log]);
    expect(summary(transitions)).toEqual(['noData onset high on @20']);
  });
});

test('what was measured before an admission raises no alarm for the patient who was admitted', () => {
  const values = seconds(100, 120).map((s) => message(s, { spo2: 70 }));
  const { transitions, counts } = run([...bedLog(), discharge(90), { ...admit(130), encounterId: 'e2' } as LogEvent, ...values]);
  expect(transitions.filter((t) => t.conditionCode !== 'noData')).toEqual([]);
  expect(counts.late).toBe(values.length);
});
