import { type PartitionEnd, Progress } from './progress.js';

const end = (lastSequence: number, beginSequence = 0): PartitionEnd => ({ partition: 0, beginSequence, lastSequence });
const AFTER_MS = 15_000;

/** Partition 0, taken at time 0, about to read event 10. */
function reading(): Progress {
  const progress = new Progress(true);
  progress.expect(0, 10, 0);
  progress.opened(0, 0);
  return progress;
}

function read(progress: Progress, first: number, last: number, wallMs: number): number {
  const missing = progress.began(0, first, wallMs);
  progress.finished(0, { sequence: last, offset: `o${last}`, hubAtMs: wallMs }, wallMs);
  return missing;
}

describe('standing still', () => {
  test('a partition whose handler is not called any more is silent', () => {
    const progress = reading();
    progress.began(0, null, 3_000);
    progress.finished(0, null, 3_000);
    expect(progress.stalls(AFTER_MS, 18_000)).toEqual([]);
    expect(progress.stalls(AFTER_MS, 18_001)).toEqual([{ partition: 0, why: 'silent' }]);
  });

  test('a wall clock that is set back hides nothing: it is counted anew from there', () => {
    const progress = reading();
    progress.began(0, null, 3_603_000);
    progress.finished(0, null, 3_603_000);
    expect(progress.stalls(AFTER_MS, 3_000)).toEqual([]);
    expect(progress.stalls(AFTER_MS, 18_001)).toEqual([{ partition: 0, why: 'silent' }]);
    expect(progress.views(18_001).get(0)).toMatchObject({ lastReadWallMs: 3_000 });
  });

  test('a handler that is busy does not stand still, however long it takes', () => {
    const progress = reading();
    progress.began(0, 10, 1_000);
    progress.looked([end(20)], 1_500, 1_500);
    expect(progress.stalls(AFTER_MS, 99_000)).toEqual([]);
    expect(progress.views(99_000).get(0)).toMatchObject({ busySinceWallMs: 1_000 });
  });

  test('empty calls are no sign of life while the hub has events that do not come', () => {
    const progress = reading();
    for (let ms = 1_000; ms <= 20_000; ms += 1_000) {
      if (ms % 5_000 === 0) progress.looked([end(12)], ms - 1, ms);
      progress.began(0, null, ms);
      progress.finished(0, null, ms);
    }
    expect(progress.stalls(AFTER_MS, 20_000)).toEqual([]);
    expect(progress.stalls(AFTER_MS, 20_001)).toEqual([{ partition: 0, why: 'deaf' }]);
  });

  test('a reader without a position, to which nothing of what is kept ever comes, is deaf too', () => {
    const progress = new Progress(true);
    progress.expectEarliest(0);
    progress.opened(0, 0);
    for (let ms = 1_000; ms <= 21_000; ms += 1_000) {
      if (ms % 5_000 === 0) progress.looked([end(12, 7)], ms - 1, ms);
      progress.began(0, null, ms);
      progress.finished(0, null, ms);
    }
    expect(progress.stalls(AFTER_MS, 21_000)).toEqual([{ partition: 0, why: 'deaf' }]);
    expect([read(progress, 7, 12, 22_000), progress.views(22_000).get(0)?.unread]).toEqual([0, 0]);
  });

  test('a reader whose position is not known is not taken for deaf', () => {
    const progress = new Progress(true);
    progress.opened(0, 0);
    progress.looked([end(12)], 1, 1);
    progress.finished(0, null, 60_000);
    expect(progress.stalls(AFTER_MS, 60_001)).toEqual([]);
  });

  test('a reader that comes back to a partition which another process has read on is not taken for deaf', () => {
    const progress = reading();
    read(progress, 10, 12, 1_000);
    progress.closed(0);
    progress.expectAfter(0, 'o500');
    progress.opened(0, 2_000);
    progress.looked([end(500)], 3_000, 3_000);
    progress.finished(0, null, 60_000);
    expect(progress.stalls(AFTER_MS, 60_001)).toEqual([]);
    expect(read(progress, 501, 501, 61_000)).toBe(0);
  });

  test('a reader that goes on where it stopped knows what it has read, so a deaf partition and a gap are still noticed', () => {
    const progress = reading();
    read(progress, 10, 12, 1_000);
    progress.closed(0);
    progress.expectAfter(0, 'o12');
    progress.opened(0, 2_000);
    progress.looked([end(20)], 3_000, 3_000);
    progress.finished(0, null, 18_001);
    expect(progress.stalls(AFTER_MS, 18_001)).toEqual([{ partition: 0, why: 'deaf' }]);
    expect(read(progress, 15, 20, 19_000)).toBe(2);
  });

  test('a reader that is behind and gets on does not stand still', () => {
    const progress = reading();
    for (let ms = 1_000, next = 10; ms <= 60_000; ms += 1_000, next += 1) {
      progress.looked([end(100_000)], ms - 1, ms);
      read(progress, next, next, ms);
    }
    expect(progress.stalls(AFTER_MS, 60_000)).toEqual([]);
  });

  test('a partition that is not read here does not stand still here', () => {
    const progress = reading();
    progress.looked([end(12)], 1, 1);
    progress.closed(0);
    expect(progress.stalls(AFTER_MS, 99_000)).toEqual([]);
    expect(progress.views(99_000).size).toBe(0);
  });
});

describe('lag', () => {
  test('nothing unread is no lag, however long ago the last event was', () => {
    const progress = reading();
    read(progress, 10, 12, 1_000);
    progress.looked([end(12)], 90_000, 90_000);
    expect(progress.views(100_000).get(0)).toMatchObject({ unread: 0, lagMs: 0 });
  });

  test('an event that came after a quiet hour is as old as the last look that did not show it, not an hour', () => {
    const progress = reading();
    read(progress, 10, 12, 1_000);
    progress.looked([end(12)], 3_600_000, 3_600_000);
    progress.looked([end(14)], 3_605_000, 3_605_000);
    expect(progress.views(3_606_000).get(0)).toMatchObject({ unread: 2, lagMs: 6_000 });
  });

  test('while catching up the lag is the age of the last event read', () => {
    const progress = reading();
    progress.looked([end(1_000)], 100_000, 100_000);
    progress.began(0, 10, 100_500);
    progress.finished(0, { sequence: 309, offset: 'o309', hubAtMs: 40_000 }, 101_000);
    expect(progress.views(101_000).get(0)).toMatchObject({ unread: 691, lagMs: 61_000 });
  });

  test('it is unknown until the hub has said where it ends', () => {
    expect(reading().views(1).get(0)).toMatchObject({ unread: null, lagMs: null });
  });
});

describe('events that are gone', () => {
  test('the first event after the position may not skip any: those between were removed before they were read', () => {
    const progress = reading();
    expect(read(progress, 25, 30, 1_000)).toBe(15);
    expect(read(progress, 31, 31, 2_000)).toBe(0);
  });

  test('reading events again misses none', () => {
    const progress = reading();
    expect(read(progress, 10, 30, 1_000)).toBe(0);
    expect(read(progress, 5, 30, 2_000)).toBe(0);
  });

  test('on a partition without new events the beginning of the log shows it, once', () => {
    const progress = reading();
    const looks = [5_000, 10_000, 15_000, 20_000].map((ms) => progress.looked([end(99, 40)], ms, ms).missed);
    expect(looks).toEqual([[], [], [{ partition: 0, count: 30 }], []]);
    expect(read(progress, 40, 41, 21_000)).toBe(0);
  });

  test('nothing is missed on a partition that another process reads now', () => {
    const progress = reading();
    read(progress, 10, 12, 1_000);
    progress.closed(0);
    const looks = [5_000, 10_000, 15_000, 20_000].map((ms) => progress.looked([end(99, 40)], ms, ms).missed);
    expect(looks.flat()).toEqual([]);
  });

  test('a reader that starts at the end misses nothing', () => {
    const progress = new Progress(false);
    progress.opened(0, 0);
    progress.looked([end(50)], 1, 1);
    expect(read(progress, 70, 71, 1_000)).toBe(0);
    expect(progress.views(1_000).get(0)).toMatchObject({ unread: 0 });
  });
});

describe('a log that went back', () => {
  test('three looks in a row that end before the position tell that it is not the log that was read', () => {
    const progress = reading();
    const looks = [5_000, 10_000, 15_000].map((ms) => progress.looked([end(4)], ms, ms).wentBack);
    expect(looks).toEqual([[], [], [0]]);
  });

  test('one stale answer tells nothing', () => {
    const progress = reading();
    const looks = [4, 4, 9, 4, 4].map((last, i) => progress.looked([end(last)], (i + 1) * 5_000, (i + 1) * 5_000).wentBack);
    expect(looks.flat()).toEqual([]);
  });

  test('what is read while the hub is being asked is not held against the answer', () => {
    const progress = reading();
    for (let ms = 5_000; ms <= 30_000; ms += 5_000) {
      read(progress, 10, ms, ms);
      expect(progress.looked([end(9)], ms, ms + 1).wentBack).toEqual([]);
    }
  });
});
