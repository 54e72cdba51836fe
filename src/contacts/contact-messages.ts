import { randomUUID } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import type { StaffChannel, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { TooManyAttempts } from '../http/invalid-request.js';
import { RateLimiter } from '../http/rate-limiter.js';
import type { Contacts, ContactTarget } from '../ports/contacts.js';
import type { Escalations } from '../ports/escalations.js';
import type { OutgoingPage, Pagers } from '../ports/pager.js';

/** A change by somebody else is told by this many ways at most. */
const NOTICES_MAX = 3;

/** Codes of one person, by whatever way: each costs money, and goes where nobody has said yet that it is wanted. */
const TESTS = { max: 20, windowMs: 3_600_000, keysMax: 10_000 };

export interface ContactMessagesParts {
  readonly contacts: Contacts;
  readonly escalations: Pick<Escalations, 'contacts'>;
  readonly pagers: Pagers;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** The site has data that are not live: messages leave only by channels that are marked for it (D22). */
  readonly demo: boolean;
}

/** Messages about the ways themselves: a code to confirm one, and that somebody else has changed them. About no alarm and no patient. */
export class ContactMessages {
  private readonly tests = new RateLimiter(TESTS);

  constructor(private readonly parts: ContactMessagesParts) {}

  /**
   * Sends a code by the way that is to be confirmed.
   * @throws PlatformError 'not-found', 'too-many-attempts', 'conflict' where this site may not use it, 'pager-unavailable'
   */
  async test(target: ContactTarget): Promise<void> {
    const wallMs = this.parts.clock.wallMs();
    const waitMs = this.tests.take(target.staffId, wallMs);
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
    const test = await this.parts.contacts.startTest(target, wallMs);
    if (this.parts.demo && !test.demo) throw new PlatformError('conflict');
    const { contactId, channel, address, staffName, code } = test;
    const spoken = channel === 'voice' ? [...code].join(' ') : code;
    await this.send({
      ...{ contactId, channel, address, staffName, staffId: target.staffId },
      subject: 'TEST Vigil: confirm that you can be reached here',
      text: `TEST Vigil: your code is ${spoken}. Enter it within ten minutes to confirm that you can be reached here.`,
    });
  }

  /** Tells a person that somebody else has changed how they are reached, by the ways that are not concerned. Never fails. */
  async changed(staffId: StaffId, staffName: string, what: string, except: string): Promise<void> {
    const ways = await this.parts.escalations.contacts(staffId, 'low').catch(() => []);
    const others = ways.filter((way) => way.contactId !== except && (way.demo || !this.parts.demo)).slice(0, NOTICES_MAX);
    const text = `${this.parts.demo ? 'TEST ' : ''}Vigil: ${what}. If that is wrong, tell whoever is in charge of your unit.`;
    const sent = others.map(({ contactId, channel, address }) =>
      this.send({ contactId, channel, address, staffName, staffId, subject: text, text }),
    );
    await Promise.allSettled(sent);
  }

  private async send(message: {
    readonly contactId: string;
    readonly channel: StaffChannel;
    readonly address: string;
    readonly staffName: string;
    readonly staffId: StaffId;
    readonly subject: string;
    readonly text: string;
  }): Promise<void> {
    const pager = this.parts.pagers.all().find(({ channel }) => channel === message.channel);
    if (pager === undefined) throw new PlatformError('pager-unavailable');
    const pageId = `test-${randomUUID()}`;
    const page: OutgoingPage = {
      ...message,
      ...{ pageId, alarmId: null, idempotencyKey: pageId, attempts: 1, kind: 'test', priority: 'low', covers: [] },
    };
    await pager.send(page);
  }
}
