import { randomUUID } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import type { StaffId, TestPage } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { TooManyAttempts } from '../http/invalid-request.js';
import { RateLimiter } from '../http/rate-limiter.js';
import type { ContactMethod, Escalations } from '../ports/escalations.js';
import type { Pagers } from '../ports/pager.js';
import type { TestPages } from '../ports/test-pages.js';

/** By one person, to whomever; and to one person, by whomever: a test wakes people. */
const SENT = { max: 20, windowMs: 3_600_000, keysMax: 10_000 };
const TAKEN = { max: 1, windowMs: 60_000, keysMax: 10_000 };

const SUBJECT = 'TEST Vigil: a test page';
const TEXT = 'TEST Vigil: this is a test page. It is about no patient and there is nothing to do.';

export interface TestPageSenderParts {
  readonly testPages: TestPages;
  readonly escalations: Pick<Escalations, 'contacts'>;
  readonly pagers: Pagers;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** The site has data that are not live: messages leave only by channels that are marked for it (D22). */
  readonly demo: boolean;
}

/** Sends a test page by every way by which an alarm of high priority would be told, all at once. */
export class TestPageSender {
  private readonly sent = new RateLimiter(SENT);
  private readonly taken = new RateLimiter(TAKEN);

  constructor(private readonly parts: TestPageSenderParts) {}

  /**
   * Answers once it is kept; how far each message comes is looked up afterwards.
   * @throws PlatformError 'too-many-attempts', 'conflict' where no way is there that may be tried
   */
  async send(staffId: StaffId, by: StaffId): Promise<TestPage> {
    const { testPages, escalations, clock, demo } = this.parts;
    const wallMs = clock.wallMs();
    const known = await escalations.contacts(staffId, 'high');
    const ways = known.filter((way) => way.demo || !demo);
    if (ways.length === 0) throw new PlatformError('conflict');
    const waitMs = this.sent.take(by, wallMs) || this.taken.take(staffId, wallMs);
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
    const testId = randomUUID();
    const messages = ways.map((way, at) => ({ way, pageId: `test-${testId}-${at}`, channel: way.channel }));
    await testPages.begin({ testId, staffId, by, ways: messages }, wallMs);
    const test = await testPages.get(staffId, testId);
    if (test === null) throw new PlatformError('not-found');
    for (const { way, pageId } of messages) void this.sendOne(way, { pageId, staffId, staffName: test.name });
    return test;
  }

  /** Never fails: what went wrong is on the ladder, or, where the store is away, not known. */
  private async sendOne(way: ContactMethod, page: { pageId: string; staffId: StaffId; staffName: string }): Promise<void> {
    const { testPages, pagers, clock } = this.parts;
    const { contactId, channel, address } = way;
    const pager = pagers.all().find((each) => each.channel === channel);
    const said = (stage: 'sent' | 'failed', problem?: string): Promise<void> =>
      testPages.reached(page.pageId, stage, clock.wallMs(), problem).catch(() => undefined);
    if (pager === undefined) return said('failed', 'this site has no such channel now');
    try {
      await pager.send({
        ...{ ...page, contactId, channel, address, alarmId: null, idempotencyKey: page.pageId },
        ...{ subject: SUBJECT, text: TEXT, attempts: 1, kind: 'test', priority: 'low', covers: [] },
      });
      await said('sent');
    } catch {
      await said('failed', 'the provider did not take it');
    }
  }
}
