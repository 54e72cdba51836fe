import { FakeClock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import { LIMITS } from './limits.js';
import { type Contest, type Session, Sessions, SPOKEN_MS } from './sessions.js';

/** A connection whose other side does what the test says. */
class FakeSession implements Session {
  probes = 0;
  isOver = false;
  /** What came of its claim: `pending`, `in`, or why it was refused. */
  verdict = 'pending';
  private heard: (() => void) | null = null;

  constructor(
    readonly name: string,
    readonly deviceId = 'mon-1' as DeviceId,
  ) {}

  probe(): void {
    this.probes++;
  }

  whenHeard(run: (() => void) | null): void {
    this.heard = run;
  }

  end(then: () => void, onAnswer: () => void): void {
    this.isOver = true;
    sessions.gone(this);
    then();
    this.answers = onAnswer;
  }

  answers: () => void = () => undefined;

  speaks(): void {
    this.heard?.();
  }

  breaks(): void {
    this.isOver = true;
    sessions.gone(this);
  }
}

let clock: FakeClock;
let sessions: Sessions;
let contests: { result: Contest; holder: string; newcomer: string; isConflict: boolean }[];

beforeEach(() => {
  clock = new FakeClock();
  contests = [];
  const startMs = clock.wallMs();
  sessions = new Sessions({
    limits: LIMITS,
    clock,
    second: () => Math.floor((clock.wallMs() - startMs) / 1_000),
    onContest: ({ holder, newcomer, result, isConflict }) =>
      contests.push({
        holder: (holder as FakeSession).name,
        newcomer: (newcomer as FakeSession).name,
        result,
        isConflict,
      }),
  });
});

function connects(name: string, deviceId?: string): FakeSession {
  const session = new FakeSession(name, deviceId as DeviceId | undefined);
  sessions.claim(session, (refusal) => {
    session.verdict = refusal ?? 'in';
    if (refusal !== null) session.breaks();
  });
  return session;
}

const seconds = (count: number): Promise<void> => clock.advance(count * 1_000);

test('the first is in at once, and so is another device', async () => {
  expect([connects('a').verdict, connects('b', 'mon-2').verdict]).toEqual(['in', 'in']);
  expect(contests).toEqual([]);
});

test('a device that left comes back at once', async () => {
  connects('a').breaks();
  expect(connects('b').verdict).toBe('in');
  expect(contests).toEqual([]);
});

test('a device that lost its network is back as soon as its old connection proves dead', async () => {
  const old = connects('old');
  const again = connects('again');
  expect([old.probes, again.verdict]).toEqual([1, 'pending']);
  old.breaks();
  expect(again.verdict).toBe('in');
  expect(contests).toEqual([{ result: 'gone', holder: 'old', newcomer: 'again', isConflict: false }]);
});

test('a device whose old connection hangs is back within three seconds', async () => {
  const old = connects('old');
  const again = connects('again');
  await clock.advance(LIMITS.proofMs - 1);
  expect([old.isOver, again.verdict]).toEqual([false, 'pending']);
  await clock.advance(1);
  expect([old.isOver, again.verdict]).toEqual([true, 'in']);
  expect(contests).toEqual([{ result: 'taken-over', holder: 'old', newcomer: 'again', isConflict: false }]);
});

test('a device that gives up sooner than the old connection is judged is in at a later try, however it goes on', async () => {
  const old = connects('old');
  const impatient = connects('impatient');
  await seconds(2);
  impatient.breaks();
  await seconds(2);
  expect(old.isOver).toBe(false);
  const later = connects('later');
  expect([old.isOver, later.verdict]).toEqual([true, 'in']);
  later.breaks();
  expect(connects('last').verdict).toBe('in');
});

test('a holder that speaks after an impatient newcomer left is not taken for silent', async () => {
  const holder = connects('holder');
  connects('impatient').breaks();
  await seconds(4);
  holder.speaks();
  const newcomer = connects('newcomer');
  expect([holder.isOver, newcomer.verdict]).toEqual([false, 'pending']);
});

test('whoever leaves while the old connection is being ended for it leaves no ghost', async () => {
  let ended = (): void => undefined;
  const old = connects('old');
  old.end = (then) => {
    ended = then;
  };
  const impatient = connects('impatient');
  await seconds(3);
  impatient.breaks();
  const later = connects('later');
  expect(later.verdict).toBe('in');
  ended();
  expect(connects('third').verdict).toBe('pending');
});

test('a holder that is heard stays, the newcomer is refused, and the conflict is said within the time of proof', async () => {
  const holder = connects('holder');
  const clone = connects('clone');
  await seconds(1);
  holder.speaks();
  await clock.advance(SPOKEN_MS);
  expect([holder.isOver, clone.verdict]).toEqual([false, 'session-in-use']);
  expect(contests).toEqual([{ result: 'session-in-use', holder: 'holder', newcomer: 'clone', isConflict: true }]);
  await seconds(60);
  expect(holder.isOver).toBe(false);
});

test('what an old connection still had to say just before its end keeps nobody out, and is no conflict', async () => {
  const old = connects('old');
  const again = connects('again');
  old.speaks();
  await clock.advance(SPOKEN_MS - 1);
  old.breaks();
  expect(again.verdict).toBe('in');
  expect(contests).toEqual([{ result: 'gone', holder: 'old', newcomer: 'again', isConflict: false }]);
});

test('a silent holder that lives is a conflict with its first takeover', async () => {
  const holder = connects('holder');
  connects('clone');
  await clock.advance(LIMITS.proofMs);
  holder.answers();
  expect(contests.map((c) => [c.result, c.isConflict])).toEqual([
    ['taken-over', false],
    ['answered', true],
  ]);
});

test('only one waits: a later newcomer takes the place of an earlier one, and the time is not started anew', async () => {
  connects('old');
  const first = connects('first');
  await seconds(2);
  const second = connects('second');
  expect([first.verdict, second.verdict]).toEqual(['session-replaced', 'pending']);
  await seconds(1);
  expect(second.verdict).toBe('in');
});

test('a newcomer that leaves while it waits costs a holder that speaks nothing', async () => {
  const holder = connects('holder');
  connects('gone').breaks();
  await seconds(1);
  holder.speaks();
  await seconds(1);
  const next = connects('next');
  await seconds(2);
  expect([holder.isOver, next.verdict]).toEqual([false, 'pending']);
  await seconds(1);
  expect(next.verdict).toBe('in');
});

test('two silent places that take turns are a conflict at the second takeover and are stopped at the fourth', async () => {
  const verdicts: string[] = [];
  connects('a0');
  for (let turn = 1; turn <= 4; turn++) {
    const next = connects(`${'ab'[turn % 2]!}${turn}`);
    await seconds(LIMITS.proofMs / 1_000);
    verdicts.push(next.verdict);
  }
  expect(verdicts).toEqual(['in', 'in', 'in', 'session-blocked']);
  expect(contests.map((c) => c.isConflict)).toEqual([false, true, true, true]);
});

describe('while a session is blocked', () => {
  let holder: FakeSession;
  beforeEach(async () => {
    for (let turn = 0; turn <= LIMITS.takeoversPerMinuteMax; turn++) {
      holder = connects(`turn${turn}`);
      await seconds(LIMITS.proofMs / 1_000);
    }
    connects('fourth');
    await seconds(LIMITS.proofMs / 1_000);
  });

  test('newcomers are refused at once, and the holder stays', async () => {
    expect(connects('next').verdict).toBe('session-blocked');
    expect(holder.isOver).toBe(false);
  });

  test('a holder whose connection is dead gives way all the same: the device is not locked out', async () => {
    connects('next');
    expect(holder.probes).toBeGreaterThan(0);
    holder.breaks();
    expect(connects('back').verdict).toBe('in');
  });

  test('it is over after a minute', async () => {
    await seconds(LIMITS.blockSeconds);
    const next = connects('next');
    await seconds(LIMITS.proofMs / 1_000);
    expect([next.verdict, holder.isOver]).toEqual(['in', true]);
  });
});

test('takeovers that are more than a minute apart are never blocked', async () => {
  connects('a');
  for (let turn = 0; turn < 10; turn++) {
    const next = connects(`next${turn}`);
    await seconds(LIMITS.proofMs / 1_000);
    expect(next.verdict).toBe('in');
    await seconds(60);
  }
  expect(contests.every((c) => !c.isConflict)).toBe(true);
});
