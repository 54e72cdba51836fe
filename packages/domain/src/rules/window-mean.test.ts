import type { LogEvent } from '@vigil/contracts';
import { assign, message, tick } from '../test-kit.js';
import { runSet, type SaidRule, setOf } from './test-kit.js';

const mean = {
  ...{ kind: 'windowMean', id: 'mean', metric: 'heartRate', sizeMs: 10_000, side: 'high', limit: 100, coveragePct: 10 },
};

describe('a mean over a tumbling window', () => {
  test('is closed for good: what a slower device says of that time decides nothing any more', () => {
    const log: LogEvent[] = [assign('mon-2')];
    for (let s = 0; s < 4; s++) log.push(message(s, { heartRate: 80 }));
    // A tick lets time pass, and the second device goes on from its own, seven seconds behind.
    log.push(message(1, { spo2: 97 }, { deviceId: 'mon-2' }), tick(16));
    const behind = message(9, { heartRate: 190 }, { deviceId: 'mon-2' });
    expect(runSet(setOf([mean]), [...log, behind]).said).toEqual([]);
    const intoTheNext = message(10, { heartRate: 190 }, { deviceId: 'mon-2' });
    expect(runSet(setOf([mean]), [...log, intoTheNext]).said).toEqual(['heartRate.mean-high onset medium on @10']);
  });

  test('ends its alarm when a window closes within the limit, and not while it is open', () => {
    const log = [message(1, { heartRate: 130 }), message(11, { heartRate: 80 })];
    expect(runSet(setOf([mean]), log).said).toEqual(['heartRate.mean-high onset medium on @1']);
    expect(runSet(setOf([mean]), [...log, tick(26)]).said).toEqual([
      'heartRate.mean-high onset medium on @1',
      'heartRate.mean-high end medium off @20',
    ]);
  });

  test('of two of one side the alarm has the priority of the more urgent that holds, and ends with the last', () => {
    const long = { ...mean, id: 'long', sizeMs: 40_000, limit: 90, coveragePct: 1 };
    const short = { ...mean, id: 'short', priority: 'high' };
    const log = [message(1, { heartRate: 130 }), ...[11, 21, 31].map((s) => message(s, { heartRate: 95 }))];
    const calm = [41, 51, 81, 100].map((s) => message(s, { heartRate: 70 }));
    const said = (rules: SaidRule[]): string[] => runSet(setOf(rules), [...log, ...calm]).said;
    const after = ['heartRate.mean-high lowered medium on @20', 'heartRate.mean-high end medium latched @80'];
    expect(said([short, long])).toEqual(['heartRate.mean-high onset high on @1', ...after]);
    expect(said([long, short]).slice(1)).toEqual(['heartRate.mean-high raised high on @1', ...after]);
  });
});
