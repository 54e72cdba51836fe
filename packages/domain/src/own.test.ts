import { LogEvent, type RuleSet } from '@vigil/contracts';
import { contentHash } from './hash.js';
import { handoverOf } from './handover.js';
import { emptyPartition } from './state.js';
import { step } from './step.js';
import { activation, admit, assign, bedLog, deviceAlarm, message, run, summary, testRules, tick } from './test-kit.js';

/** What every object has without anybody putting it there, of the names that a device may have. */
const NAME = 'constructor';

const high = (from: number, to: number): LogEvent[] =>
  Array.from({ length: to - from }, (_, i) => message(from + i, { heartRate: 150 }, { deviceId: NAME, seq: i }));

test('a device of that name is heard, alarms and is handed over like any other', () => {
  const events = [activation(), assign(NAME), admit(0), ...high(1, 15)];
  const ran = run([...events, deviceAlarm(15, [{ code: NAME }], { deviceId: NAME, seq: 100 })]);
  expect(summary(ran.transitions)).toEqual(['heartRate.high onset medium on @11', `device.${NAME} onset medium on @15`]);
  const bed = ran.state.keys.get('bed:icu-1');
  if (bed?.kind !== 'bed') throw new Error('no bed');
  const ended = LogEvent.parse({
    ...{ ...tick(20), id: 'ended', kind: 'localWatchEnded', outageId: 'o1', fromMs: bed.clockMs, toMs: bed.clockMs },
    ...{ ruleSetHash: contentHash(testRules), standing: [], handover: handoverOf(bed) },
  });
  const other = step(emptyPartition(), [...bedLog(), assign(NAME), ended]).state.keys.get('bed:icu-1');
  expect(other).toMatchObject({ clockMs: bed.clockMs, sources: { [NAME]: { newestMs: bed.sources[NAME]!.newestMs } } });
});

test('one that nobody assigned is held back', () => {
  expect(summary(run([...bedLog(), ...high(1, 2)]).transitions)).toEqual(['deviceMismatch onset medium on @1']);
});

test('a rule of that name alarms', () => {
  const named = (name: string): RuleSet => ({
    ...testRules,
    rules: testRules.rules.map((r) => (r.id === 'hr-high' ? { ...r, id: name } : r)),
  });
  for (const name of [NAME, 'toString']) {
    const ruleSet = named(name);
    const active = LogEvent.parse({ ...activation(), ruleSet, hash: contentHash(ruleSet) });
    const events = Array.from({ length: 15 }, (_, i) => message(1 + i, { heartRate: 150 }));
    expect(summary(run([active, assign('mon-1'), admit(0), ...events]).transitions)).toEqual([
      'heartRate.high onset medium on @11',
    ]);
  }
});
