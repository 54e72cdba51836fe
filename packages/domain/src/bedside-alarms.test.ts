import { type LogEvent } from '@vigil/contracts';
import fc from 'fast-check';
import { BEDSIDE_ALARMS_PER_BED_MAX } from './bedside-alarms.js';
import { step } from './step.js';
import { admit, assign, bedLog, deviceAlarm, discharge, message, run, summary, tick } from './test-kit.js';

const device = (events: readonly LogEvent[]) => summary(run([...bedLog(), ...events], { check: true }).transitions);
const held = (events: readonly LogEvent[]): string[] => {
  const bed = run([...bedLog(), ...events]).state.keys.get('bed:icu-1');
  return Object.values(bed?.alarms ?? {})
    .filter((alarm) => alarm.active && alarm.conditionCode.startsWith('device'))
    .map((alarm) => alarm.conditionCode)
    .sort();
};

test('an alarm of the device is raised and ended as the device says, with its kind, priority and metric', () => {
  const { transitions } = run([
    ...bedLog(),
    deviceAlarm(1, [{ code: 'asystole', priority: 'high', metric: 'heartRate' }]),
    deviceAlarm(2, [{ code: 'cuff-leak', kind: 'technical', priority: 'low' }]),
    deviceAlarm(9, [{ code: 'cuff-leak', kind: 'technical', priority: 'low', active: false }]),
  ]);
  expect(summary(transitions)).toEqual([
    'device.asystole onset high on @1',
    'device.cuff-leak onset low on @2',
    'device.cuff-leak end low off @9',
  ]);
  expect(transitions[0]).toMatchObject({ kind: 'physiological', metric: 'heartRate', origin: 'live', ruleId: 'deviceAlarm' });
});

test('alarms of a test are alarms of a test', () => {
  const { transitions } = run([...bedLog(), { ...deviceAlarm(1, [{ code: 'apnea' }]), origin: 'test' } as LogEvent]);
  expect(transitions.map((t) => t.origin)).toEqual(['test']);
});

test('a message that comes twice, and an older one that comes later, change nothing', () => {
  const on = deviceAlarm(1, [{ code: 'apnea' }], { seq: 101 });
  const off = deviceAlarm(3, [{ code: 'apnea', active: false }], { seq: 103 });
  const between = deviceAlarm(2, [{ code: 'apnea' }], { seq: 102 });
  expect(device([on, on, off, between, on])).toEqual(['device.apnea onset medium on @1', 'device.apnea end medium off @3']);
});

test('what comes from a backlog pages nobody at once, and ends what is over', () => {
  const events = [
    message(1, { heartRate: 80 }),
    deviceAlarm(2, [{ code: 'standing' }], { seq: 900 }),
    message(60, { heartRate: 80 }),
    deviceAlarm(20, [{ code: 'long-over' }], { seq: 901 }),
    deviceAlarm(21, [{ code: 'standing', active: false }], { seq: 902 }),
  ];
  const { transitions, counts } = run([...bedLog(), ...events]);
  expect(transitions.map((t) => [t.conditionCode, t.cause, t.adopted])).toEqual([
    ['device.standing', 'onset', undefined],
    ['device.long-over', 'onset', 'held'],
    ['device.standing', 'end', undefined],
  ]);
  expect(counts.late).toBe(2);
});

test('an alarm that stands is held by what the backlog says of it, so that the next start of the device ends it', () => {
  const { state } = run([
    ...bedLog(),
    message(1, { heartRate: 80 }),
    deviceAlarm(2, [{ code: 'apnea' }]),
    message(60, { heartRate: 80 }),
  ]);
  const bed = state.keys.get('bed:icu-1');
  if (bed?.kind !== 'bed') throw new Error('no bed');
  // As after an outage: the alarm was taken over from the gateway, and the device's own message comes behind it.
  delete bed.bedside;
  const late = step(state, [deviceAlarm(2, [{ code: 'apnea' }])]);
  expect(late.effects).toEqual([]);
  const { effects } = step(late.state, [deviceAlarm(70, [{ code: 'other' }], { boot: 'boot-2', seq: 0 })]);
  expect(summary(effects.map((effect) => effect.transition))).toEqual([
    'device.apnea end medium off @70',
    'device.other onset medium on @70',
  ]);
});

test('an alarm that was taken just now counts, however slow the clock of its device is', () => {
  const slow = (atS: number, more: object): LogEvent => ({ ...deviceAlarm(atS, [{ code: 'apnea' }]), ...more }) as LogEvent;
  const at = (atS: number): number => tick(atS).atMs;
  const events = [
    assign('mon-2'),
    ...Array.from({ length: 30 }, (_, i) => message(1 + i, { heartRate: 80 }, { deviceId: 'mon-2' })),
    { ...message(10, { heartRate: 80 }), gatewayAtMs: at(30) } as LogEvent,
  ];
  const on = slow(10, { gatewayAtMs: at(30) });
  expect(device([...events, on])).toEqual(['device.apnea onset medium on @10']);
  const early = slow(-15, { gatewayAtMs: at(5) });
  expect(device([message(4, { heartRate: 80 }), early])).toEqual(['device.apnea onset medium on @-15']);
  const ofBefore = slow(-15, { gatewayAtMs: at(-10) });
  expect(device([message(4, { heartRate: 80 }), ofBefore])).toEqual([]);
});

test('what comes late and still stands is told, and its pages wait for the word that it is over', () => {
  const late = [
    message(1, { heartRate: 80 }),
    message(60, { heartRate: 80 }),
    deviceAlarm(20, [{ code: 'apnea' }], { seq: 900 }),
  ];
  const over = deviceAlarm(21, [{ code: 'apnea', active: false }], { seq: 901 });
  const ran = run([...bedLog(), ...late, over]);
  expect(summary(ran.transitions)).toEqual(['device.apnea onset medium on @20', 'device.apnea end medium off @21']);
  expect(ran.transitions.map((t) => t.adopted)).toEqual(['held', 'held']);
  const again = run([...bedLog(), ...late, deviceAlarm(61, [{ code: 'apnea' }], { seq: 902 })]);
  expect(summary(again.transitions)).toEqual(['device.apnea onset medium on @20', 'device.apnea confirmed medium on @61']);
});

test('an alarm of a device that started anew in an outage is told although it comes late', () => {
  const events = [message(1, { heartRate: 80 }), deviceAlarm(2, [{ code: 'old' }]), message(60, { heartRate: 80 })];
  const late = deviceAlarm(20, [{ code: 'apnea' }], { boot: 'boot-2', seq: 0 });
  expect(device([...events, late]).slice(1)).toEqual(['device.old end medium off @20', 'device.apnea onset medium on @20']);
});

test('that there were too many is said until all of them are over', () => {
  const some = Array.from({ length: BEDSIDE_ALARMS_PER_BED_MAX + 1 }, (_, i) => `c${i}`);
  const on = some.map((code, i) => deviceAlarm(1 + i / 1_000, [{ code }]));
  const off = some.slice(0, BEDSIDE_ALARMS_PER_BED_MAX).map((code, i) => deviceAlarm(2 + i / 1_000, [{ code, active: false }]));
  expect(held([...on, ...off.slice(1)])).toEqual(['device.c0', 'deviceAlarmsTooMany']);
  expect(held([...on, ...off])).toEqual([]);
});

test('a device that started anew has forgotten its alarms, and says again what holds', () => {
  expect(
    device([
      deviceAlarm(1, [{ code: 'apnea' }, { code: 'low-battery' }]),
      deviceAlarm(30, [{ code: 'low-battery' }], { boot: 'boot-2', seq: 0 }),
      deviceAlarm(31, [{ code: 'apnea' }], { seq: 950 }),
    ]),
  ).toEqual([
    'device.apnea onset medium on @1',
    'device.low-battery onset medium on @1',
    'device.apnea end medium off @30',
    'device.low-battery end medium off @30',
    'device.low-battery onset medium on @30',
  ]);
});

test('a monitor that falls silent can end nothing: the silence has an alarm of its own', () => {
  const silent = Array.from({ length: 70 }, (_, i) => tick(2 + i));
  const transitions = device([message(1, { heartRate: 80 }), deviceAlarm(1, [{ code: 'apnea' }]), ...silent]);
  expect(transitions).toEqual(['device.apnea onset medium on @1', 'noData onset high on @12', 'device.apnea end medium off @62']);
});

test('a pump that sends alarms alone is not silent for saying nothing', () => {
  const silent = Array.from({ length: 200 }, (_, i) => tick(2 + i));
  const events = [assign('pump-1'), deviceAlarm(1, [{ code: 'occlusion' }], { deviceId: 'pump-1' }), ...silent];
  expect(held(events)).toEqual(['device.occlusion']);
});

test('two devices hold one alarm until the last one ends it', () => {
  const events = [
    assign('mon-2'),
    deviceAlarm(1, [{ code: 'apnea', priority: 'medium' }]),
    deviceAlarm(2, [{ code: 'apnea', priority: 'high' }], { deviceId: 'mon-2' }),
    deviceAlarm(3, [{ code: 'apnea', active: false }]),
  ];
  expect(device(events)).toEqual(['device.apnea onset medium on @1', 'device.apnea raised high on @2']);
  expect(device([...events, deviceAlarm(4, [{ code: 'apnea', active: false }], { deviceId: 'mon-2' })]).at(-1)).toBe(
    'device.apnea end high latched @4',
  );
});

test('nothing of the device that has left, or of the patient who has left, stays', () => {
  const gone = { ...assign('mon-1'), id: 'gone', toMs: 1_000_000_000_205_000, atMs: 1_000_000_000_205_000 } as LogEvent;
  expect(device([deviceAlarm(1, [{ code: 'apnea' }]), gone]).at(-1)).toBe('device.apnea end medium off @5');
  const after = [deviceAlarm(1, [{ code: 'apnea' }]), discharge(5), admit(6)];
  expect(device(after).at(-1)).toBe('device.apnea closed medium off @5');
  expect(held(after)).toEqual([]);
});

test('alarms of a device that belongs elsewhere are held back', () => {
  const ran = run([...bedLog(), deviceAlarm(1, [{ code: 'apnea' }], { deviceId: 'mon-9' })]);
  expect(summary(ran.transitions)).toEqual(['deviceMismatch onset medium on @1']);
  expect(ran.counts.unattributed).toBe(1);
});

test('a device with ever new names fills nothing, and that there are too many is an alarm', () => {
  const flood = Array.from({ length: 700 }, (_, i) => deviceAlarm(1 + i / 1_000, [{ code: `c${i}` }]));
  const ran = run([...bedLog(), ...flood]);
  expect(held(flood)).toHaveLength(BEDSIDE_ALARMS_PER_BED_MAX + 1);
  expect(held(flood)).toContain('deviceAlarmsTooMany');
  expect(ran.counts.tooMany).toBe(700 - BEDSIDE_ALARMS_PER_BED_MAX);
  const blink = Array.from({ length: 2_000 }, (_, i) => [
    deviceAlarm(1 + i / 100, [{ code: `c${i}` }]),
    deviceAlarm(1.005 + i / 100, [{ code: `c${i}`, active: false }]),
  ]).flat();
  expect(JSON.stringify(run([...bedLog(), ...blink]).state.keys.get('bed:icu-1')).length).toBeLessThan(40_000);
});

test('an alarm comes back under another id, also under a forgotten name at the same instant', () => {
  const names = Array.from({ length: 400 }, (_, i) => `c${i}`);
  const blink = (at: number) =>
    names.flatMap((code) => [deviceAlarm(at, [{ code }]), deviceAlarm(at, [{ code, active: false }])]);
  const ids = run([...bedLog(), ...blink(1), ...blink(1)])
    .transitions.filter((t) => t.cause === 'onset')
    .map((t) => t.alarmId);
  expect(new Set(ids).size).toBe(800);
});

test('whatever order the two lanes mix in, what stands is what the newest message of each name said', () => {
  const said = fc.record({ code: fc.constantFrom('a', 'b', 'c'), active: fc.boolean() });
  fc.assert(
    fc.property(fc.array(said, { minLength: 1, maxLength: 12 }), fc.infiniteStream(fc.nat(11)), (messages, picks) => {
      const events = messages.map((alarm, i) => deviceAlarm(1 + i / 100, [alarm], { seq: i + 1 }));
      const mixed = [...events];
      for (let i = mixed.length - 1; i > 0; i--) {
        const j = picks.next().value! % (i + 1);
        [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
      }
      const newest = new Map(messages.map(({ code, active }) => [code, active]));
      const expected = [...newest].flatMap(([code, active]) => (active ? [`device.${code}`] : [])).sort();
      expect(held([...mixed, ...mixed])).toEqual(expected);
    }),
  );
});
