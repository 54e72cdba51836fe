import { type AlarmTransition, LogEvent } from '@vigil/contracts';
import { bedLog, command, deviceAlarm, message, run, tick } from './test-kit.js';

describe('the message behind a transition', () => {
  test('is the device message with which the engine saw it, the one that met the condition', () => {
    const { transitions } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }, { seq: 7 }),
      message(10, { heartRate: 152 }, { seq: 8 }),
      message(11, { heartRate: 152 }, { seq: 9 }),
    ]);
    expect(transitions.map((t) => t.trigger)).toEqual([
      {
        deviceId: 'mon-1',
        gatewayId: 'gw-1',
        bootId: 'boot',
        seq: 8,
        deviceAtMs: transitions[0]!.atMs,
        gatewayAtMs: transitions[0]!.atMs,
      },
    ]);
  });

  test('is that of the bedside device for an alarm of its own', () => {
    const { transitions } = run([...bedLog(), deviceAlarm(3, [{ code: 'occlusion' }])]);
    expect(transitions[0]!.trigger).toMatchObject({ deviceId: 'mon-1', bootId: 'boot' });
  });

  test('is none where time alone or a person made the change', () => {
    const silence = [...bedLog(), message(0, { heartRate: 80 }), ...[5, 10, 15, 20].map((s) => tick(s))];
    const { alarmId } = run(silence).transitions[0]!;
    const { transitions } = run([...silence, command(alarmId, 21)]);
    expect(transitions.map((t) => [t.cause, t.trigger])).toEqual([
      ['onset', undefined],
      ['acknowledged', undefined],
    ]);
  });

  test.each([
    ['as it went up', (transition: AlarmTransition) => ({ kind: 'localAlarm', transition })],
    [
      'as it stood in the end',
      (t: AlarmTransition) => ({ kind: 'localWatchEnded', fromMs: t.atMs, toMs: t.atMs, ruleSetHash: null, standing: [t] }),
    ],
  ])('of an alarm that a gateway raised by itself is the message that the gateway had, %s', (_, told) => {
    const away = run([...bedLog(), message(0, { heartRate: 150 }, { seq: 1 }), message(10, { heartRate: 150 }, { seq: 2 })]);
    const alarm = away.transitions[0]!;
    const where = { bedId: 'icu-1', gatewayId: 'gw-1', outageId: 'o1', handover: null };
    const event = { v: 1, id: 'local-1', key: 'bed:icu-1', origin: 'live', atMs: alarm.atMs, ...where, ...told(alarm) };
    const { transitions } = run([...bedLog(), LogEvent.parse(event)]);
    expect(transitions[0]).toMatchObject({ alarmId: alarm.alarmId, cause: 'onset', trigger: alarm.trigger });
  });
});
