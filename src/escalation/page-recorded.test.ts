import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { MemoryPager, PagerList } from '../adapters/memory/memory-pager.js';
import { ProcessAlarmFeed } from '../adapters/sql/notices.js';
import type { Escalations, QueuedPage } from '../ports/escalations.js';
import { LEASE_MS, PageSender, RECORD_UNTIL_MS } from './page-sender.js';

const page = {
  pageId: 'p-1',
  alarmId: 'a-1',
  channel: 'smtp',
  attempts: 1,
  failures: 0,
  covers: ['p-1'],
} as unknown as QueuedPage;

/** One page in a store that goes away as soon as the page has left. */
class Ward {
  readonly clock = new FakeClock();
  readonly pager = new MemoryPager();
  readonly errors: string[] = [];
  isAway = true;
  recorded = 0;
  private claimedMs: number | null = null;
  readonly sender: PageSender;

  constructor() {
    const escalations: Pick<Escalations, 'claimPages' | 'pageSent'> = {
      claimPages: (wallMs, leaseMs) => {
        const isFree = this.recorded === 0 && (this.claimedMs === null || this.claimedMs <= wallMs - leaseMs);
        if (isFree) this.claimedMs = wallMs;
        return Promise.resolve(isFree ? [page] : []);
      },
      pageSent: () => {
        if (this.isAway) return Promise.reject(new PlatformError('store-unavailable', {}, true));
        this.recorded += 1;
        return Promise.resolve();
      },
    };
    this.sender = new PageSender({
      escalations: escalations as Escalations,
      pagers: new PagerList([this.pager]),
      feed: new ProcessAlarmFeed(),
      clock: this.clock,
      log: { warn: () => undefined, error: (_, message) => void this.errors.push(message) },
    });
    this.sender.start();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) await this.clock.advance(Math.min(100, left));
  }
}

test('a page that left as its store went away is recorded once the store is back, and nobody is told twice', async () => {
  const ward = new Ward();
  await ward.pass(RECORD_UNTIL_MS - 1_000);
  expect([ward.pager.sent.length, ward.recorded]).toEqual([1, 0]);
  ward.isAway = false;
  await ward.pass(2 * LEASE_MS);
  expect([ward.pager.sent.length, ward.recorded, ward.errors]).toEqual([1, 1, []]);
  await ward.sender.stop();
});

test('where the store is away for longer it is left to its lease, which is said, and goes out again', async () => {
  const ward = new Ward();
  await ward.pass(LEASE_MS - 1_000);
  expect(ward.errors).toEqual(['what became of a page could not be recorded; it is sent again after its lease']);
  expect(ward.pager.sent.length).toBe(1);
  ward.isAway = false;
  await ward.pass(LEASE_MS);
  expect([ward.pager.sent.length, ward.recorded]).toEqual([2, 1]);
  await ward.sender.stop();
});

test('a process that stops does not wait for a store that is away', async () => {
  const ward = new Ward();
  await ward.pass(200);
  const stopped = ward.sender.stop().then(() => 'stopped');
  await ward.pass(2_000);
  expect(await stopped).toBe('stopped');
  expect(ward.errors).toHaveLength(1);
});
