import type { AlarmView } from '@vigil/contracts';
import { type AlarmMap, awayBetween, togetherWith } from './away.js';
import { alarmOf } from './test-data.js';

const map = (...alarms: AlarmView[]): AlarmMap => new Map(alarms.map((alarm) => [alarm.alarmId, alarm]));
const times = { fromWallMs: 1_000, toWallMs: 9_000 };
const over = { active: false, presence: 'off', endedAtMs: 5 } as const;

describe('awayBetween', () => {
  test('tells what arose, what rose and what ended, and nothing of the rest', () => {
    const before = map(alarmOf('a'), alarmOf('b', { priority: 'low' }), alarmOf('c'));
    const after = map(alarmOf('b', { priority: 'high' }), alarmOf('c'), alarmOf('d'));
    const away = awayBetween(before, after, times);
    const ids = (alarms: readonly AlarmView[] | undefined) => alarms?.map(({ alarmId }) => alarmId[0]);
    expect([ids(away?.arose), ids(away?.rose), ids(away?.ended)]).toEqual([['d'], ['b'], ['a']]);
  });

  test('an alarm that came and went meanwhile is told', () => {
    const gone = alarmOf('e', over, { state: 'ended' });
    expect(awayBetween(map(), map(gone), times)?.arose).toEqual([gone]);
  });

  test('an alarm that was over before and began again has arisen', () => {
    const before = map(alarmOf('e', over, { state: 'ended' }));
    expect(awayBetween(before, map(alarmOf('e')), times)?.arose).toHaveLength(1);
  });

  test('where nothing came about there is nothing to tell', () => {
    expect(awayBetween(map(alarmOf('a')), map(alarmOf('a', { rev: 9 })), times)).toBeNull();
  });
});

test('two absences are told as one, each alarm once', () => {
  const first = awayBetween(map(), map(alarmOf('a')), times);
  const second = awayBetween(map(), map(alarmOf('a'), alarmOf('b')), { fromWallMs: 20_000, toWallMs: 30_000 });
  const both = togetherWith(first, second);
  expect(both?.arose).toHaveLength(2);
  expect([both?.fromWallMs, both?.toWallMs]).toEqual([1_000, 30_000]);
  expect(togetherWith(first, null)).toBe(first);
});
