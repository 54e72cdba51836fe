import { FakeClock } from '@vigil/clock';
import { BROKER_LIMITS, brokerLimitsFault } from '../limits.js';
import { ByteBudget } from './byte-budget.js';
import { Throughput } from './throughput.js';
import { TokenBucket } from './token-bucket.js';

describe('a token bucket', () => {
  test('lets a burst through at once and the rate after that', () => {
    const bucket = new TokenBucket(10, 20, 0);
    bucket.take(20, 0);
    expect(bucket.waitMs(0)).toBe(100);
    expect(bucket.waitMs(99)).toBeGreaterThan(0);
    expect(bucket.waitMs(100)).toBe(0);
    expect(bucket.available(1000)).toBe(10);
    expect(bucket.available(100_000)).toBe(20);
  });

  test('lets one large piece pass, which is paid back before the next', () => {
    const bucket = new TokenBucket(10, 10, 0);
    bucket.take(50, 0);
    expect(bucket.waitMs(0)).toBe(4100);
    expect(bucket.waitMs(4100)).toBe(0);
  });

  test('stands still while the clock goes back, and a leap ahead fills it once', () => {
    const bucket = new TokenBucket(10, 10, 1_000_000);
    bucket.take(10, 1_000_000);
    expect(bucket.available(0)).toBe(0);
    expect(bucket.available(500)).toBe(5);
    expect(bucket.available(10_000_000_000)).toBe(10);
  });
});

describe('throughput units', () => {
  const limits = { ...BROKER_LIMITS, throughputUnits: 2 };

  test('take in 1,000 events or 1 MB a second each; beyond, a send is refused and not counted', async () => {
    const clock = new FakeClock(0);
    const throughput = new Throughput(clock, limits);
    expect(throughput.ingressWaitMs(1000, 1999)).toBe(0);
    expect(throughput.ingressWaitMs(1000, 1)).toBe(0);
    const waitMs = throughput.ingressWaitMs(1000, 1);
    expect(waitMs).toBeGreaterThan(0);
    await clock.advance(waitMs);
    expect(throughput.ingressWaitMs(3_000_000, 1)).toBe(0);
    expect(throughput.ingressWaitMs(1, 1)).toBeGreaterThan(400);
  });

  test('let 4,096 events or 2 MB a second go out', async () => {
    const clock = new FakeClock(0);
    const throughput = new Throughput(clock, limits);
    expect(throughput.egress()).toEqual({ events: 8192, waitMs: 0 });
    throughput.sent(4_000_000, 10);
    expect(throughput.egress().waitMs).toBeGreaterThan(0);
    await clock.advance(1000);
    expect(throughput.egress().waitMs).toBe(0);
  });

  test('throttle nothing when there are none', () => {
    const throughput = new Throughput(new FakeClock(0), BROKER_LIMITS);
    for (let i = 0; i < 100; i++) expect(throughput.ingressWaitMs(1_000_000, 1_000_000)).toBe(0);
    throughput.sent(1e12, 1e12);
    expect(throughput.egress()).toEqual({ events: Infinity, waitMs: 0 });
  });

  test('of questions for properties 50 a second are answered, and a burst of ten seconds', async () => {
    const clock = new FakeClock(0);
    const throughput = new Throughput(clock, BROKER_LIMITS);
    expect(Array.from({ length: 500 }, () => throughput.mayRead())).not.toContain(false);
    expect(throughput.mayRead()).toBe(false);
    await clock.advance(1000);
    expect(Array.from({ length: 50 }, () => throughput.mayRead())).not.toContain(false);
    expect(throughput.mayRead()).toBe(false);
  });
});

describe('the byte budget of producers', () => {
  test('is tight from its half on, full at its end, and eases at a quarter', () => {
    const budget = new ByteBudget(100);
    expect([budget.hold(50), budget.isTight]).toEqual([true, false]);
    expect([budget.hold(50), budget.isTight]).toEqual([true, true]);
    expect(budget.hold(1)).toBe(false);
    let eased = 0;
    const run = () => void eased++;
    budget.whenEased(run);
    budget.whenEased(run);
    budget.release(50);
    expect([eased, budget.isTight]).toEqual([0, false]);
    budget.release(25);
    expect(eased).toBe(1);
    budget.release(25);
    expect([eased, budget.held, budget.waitingCount]).toEqual([1, 0, 0]);
  });

  test('takes nothing more once it is closed, and is done when all is released', async () => {
    const budget = new ByteBudget(100);
    budget.hold(60);
    let isDone = false;
    const closed = budget.close().then(() => (isDone = true));
    await Promise.resolve();
    expect([budget.isClosed, isDone]).toEqual([true, false]);
    budget.release(60);
    await closed;
    await new ByteBudget(1).close();
  });

  test('forgets a link that ends while it waits', () => {
    const budget = new ByteBudget(100);
    const run = (): void => {
      throw new Error('the link has ended');
    };
    budget.hold(60);
    budget.whenEased(run);
    budget.forget(run);
    budget.release(60);
    expect(budget.waitingCount).toBe(0);
  });
});

test('limits outside their range are named', () => {
  expect(brokerLimitsFault(BROKER_LIMITS)).toBeNull();
  expect(brokerLimitsFault({ ...BROKER_LIMITS, throughputUnits: 0 })).toMatch('throughputUnits');
  expect(brokerLimitsFault({ ...BROKER_LIMITS, publicationBytes: 2 ** 21 })).toMatch('publicationBytes');
  expect(brokerLimitsFault({ ...BROKER_LIMITS, readers: 1.5 })).toMatch('readers');
});
