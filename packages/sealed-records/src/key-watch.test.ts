import { FakeClock } from '@vigil/clock';
import { type KeyPort, type KeyState, KeyWatch, type SealedSegments, SealError } from './index.js';

/** Keys that rotate, vanish and come back by setting fields. */
class Keys implements KeyPort {
  currentKeyId = 'a';
  next = 'a';
  fault: Error | null = null;

  async refresh(): Promise<boolean> {
    if (this.fault !== null) throw this.fault;
    const isNew = this.next !== this.currentKeyId;
    this.currentKeyId = this.next;
    return isNew;
  }

  wrap(): never {
    throw new Error('not asked for here');
  }

  unwrap(): never {
    throw new Error('not asked for here');
  }
}

/** Segments by number, the last of which is written to. */
class Segments implements SealedSegments {
  readonly ids = new Map<number, string | null>();
  readonly done: number[] = [];
  failing = new Map<number, Error>();
  rolls = 0;

  constructor(
    private readonly keys: KeyPort,
    count: number,
  ) {
    for (let n = 0; n < count; n++) this.ids.set(n, 'a');
  }

  keyIds(): ReadonlyMap<number, string | null> {
    return this.ids;
  }

  active(): number | null {
    return Math.max(...this.ids.keys());
  }

  roll(): void {
    this.rolls++;
    this.ids.set(this.ids.size, this.keys.currentKeyId);
  }

  async rewrap(segment: number): Promise<void> {
    const error = this.failing.get(segment);
    if (error !== undefined) throw error;
    this.done.push(segment);
    this.ids.set(segment, this.keys.currentKeyId);
  }
}

function watched(count = 5) {
  const keys = new Keys();
  const clock = new FakeClock();
  const segments = new Segments(keys, count);
  const states: KeyState[] = [];
  const lines: string[] = [];
  const log = {
    info: (_: object, msg: string) => void lines.push(`info ${msg}`),
    warn: (_: object, msg: string) => void lines.push(`warn ${msg}`),
  };
  const watch = new KeyWatch({ keys, clock, segments: [segments], log, onState: (state) => states.push(state) });
  /** Starts it and lets its first look end. */
  const begin = async (): Promise<void> => {
    watch.start();
    await clock.advance(0);
  };
  return { keys, clock, segments, states, lines, watch, begin, last: () => states.at(-1)! };
}

test('while the keys stay as they are nothing is rolled, wrapped or said', async () => {
  const { begin, clock, segments, lines, last } = watched();
  await begin();
  await clock.advance(60_000);
  expect([segments.rolls, segments.done, lines, last()]).toEqual([0, [], [], { toRewrap: 0, fault: null }]);
});

test('after a rotation every segment is wrapped anew, one at a time with pauses, and the active one is rolled', async () => {
  const { begin, keys, clock, segments, states, lines, last } = watched();
  await begin();
  keys.next = 'b';
  await clock.advance(5_000);
  expect([segments.rolls, segments.done, last().toRewrap]).toEqual([0, [0], 4]);
  await clock.advance(25);
  expect(segments.done).toEqual([0, 1]);
  await clock.advance(1_000);
  expect([segments.rolls, segments.done]).toEqual([1, [0, 1, 2, 3, 4]]);
  expect([...new Set(states.map((s) => s.toRewrap))]).toEqual([0, 5, 4, 3, 2, 1]);
  expect(last().toRewrap).toBe(0);
  expect(lines).toEqual([
    'info another key is current; wrapping data keys anew',
    'info every data key is under the current key; older keys are no longer needed here',
  ]);
});

test('a rotation in the middle of another ends with every segment under the newest key', async () => {
  const { begin, keys, clock, segments, last } = watched(20);
  await begin();
  keys.next = 'b';
  await clock.advance(5_100);
  keys.next = 'c';
  await clock.advance(12_000);
  expect([new Set(segments.ids.values()), last().toRewrap]).toEqual([new Set(['c']), 0]);
});

test('a start goes on with what the last process left, and mends what is damaged', async () => {
  const { begin, clock, segments, last } = watched();
  segments.ids.set(1, null).set(3, 'older');
  await begin();
  await clock.advance(100);
  expect([segments.done, segments.rolls, last().toRewrap]).toEqual([[1, 3], 0, 0]);
});

test('a segment that fails holds up no other, counts on, and is tried again', async () => {
  const { begin, keys, clock, segments, lines, last } = watched();
  await begin();
  segments.failing.set(1, new SealError('tampered', 'no key z; put it back'));
  keys.next = 'b';
  await clock.advance(30_000);
  expect([new Set(segments.done), last().toRewrap]).toEqual([new Set([0, 2, 3, 4]), 1]);
  expect(lines.filter((line) => line.startsWith('warn'))).toEqual([expect.stringMatching(/keep the older keys: no key z/)]);
  segments.failing.clear();
  await clock.advance(10_000);
  expect([last().toRewrap, lines.at(-1)]).toEqual([0, expect.stringMatching(/no longer needed/)]);
});

test('nothing is begun under keys that do not open what is there, until they do', async () => {
  const { begin, keys, clock, segments, last } = watched();
  await begin();
  for (const n of segments.ids.keys()) segments.failing.set(n, new SealError('key-unknown', 'no key a'));
  keys.next = 'foreign';
  await clock.advance(60_000);
  expect([segments.rolls, last().toRewrap]).toEqual([0, 5]);
  keys.next = 'a';
  await clock.advance(10_000);
  expect(last().toRewrap).toBe(0);
});

test('a roll for which there is no room now is asked for again', async () => {
  const { begin, keys, clock, segments } = watched();
  await begin();
  let asked = 0;
  segments.roll = () => void asked++;
  keys.next = 'b';
  await clock.advance(30_000);
  expect(asked).toBeGreaterThan(3);
});

test('keys that can not be read for an hour stop nothing, are said once a minute, and their return is said', async () => {
  const { begin, keys, clock, lines, last } = watched();
  await begin();
  keys.fault = new SealError('key-file', 'the key file is gone; restore it');
  await clock.advance(3_600_000);
  expect(last()).toEqual({ toRewrap: 0, fault: 'key-file' });
  expect(lines.length).toBeGreaterThanOrEqual(59);
  expect(lines.length).toBeLessThanOrEqual(61);
  expect(new Set(lines)).toEqual(new Set([expect.stringMatching(/going on with those in memory: the key file is gone/)]));
  keys.fault = null;
  await clock.advance(5_000);
  expect([last().fault, lines.at(-1)]).toEqual([null, 'info the keys can be read again']);
});

test('what a driver says in an error is not repeated in the log', async () => {
  const { begin, keys, lines } = watched();
  keys.fault = Object.assign(new Error('token=secret'), { code: 'ETIMEDOUT' });
  await begin();
  expect(lines.join()).not.toContain('secret');
});

test('a stop ends after the segment that is under way', async () => {
  const { begin, watch, keys, clock, segments } = watched(100);
  keys.next = 'b';
  await begin();
  await clock.advance(60);
  await watch.stop();
  const { length } = segments.done;
  await clock.advance(60_000);
  expect(length).toBeLessThan(10);
  expect(segments.done.length).toBe(length);
});
