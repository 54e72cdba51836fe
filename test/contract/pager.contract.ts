import { StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { QueuedPage } from '../../src/ports/escalations.js';
import { AddressGone, type Pager } from '../../src/ports/pager.js';
import { alarmIdNo } from './alarm-fixtures.js';

/** What a provider got, as far as every channel carries it. */
export interface ReceivedPage {
  readonly key: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * `later`: please try again; `never`: do not; `busy`: too many (429); `redirect`: somewhere else; `garbage`: what nobody understands;
 * `hang`: nothing at all; `gone`: there is nobody any more.
 */
export type Refusal = 'later' | 'never' | 'busy' | 'redirect' | 'garbage' | 'hang' | 'gone';

export interface PagerUnderTest {
  readonly pager: Pager;
  /** The same with hardly any patience, so that a test of silence need not wait ten seconds. */
  readonly impatient?: Pager;
  received(): Promise<readonly ReceivedPage[]>;
  /** Answers from now on. */
  refuse(how: Refusal): void;
  /** What it can do besides; the tests of the rest are left out. */
  readonly also: readonly Refusal[];
  /** The provider is gone. */
  end(): Promise<void>;
}

export function pageTo(more: Partial<QueuedPage> = {}): QueuedPage {
  return {
    pageId: 'page-1',
    alarmId: alarmIdNo(1),
    staffId: StaffId.parse('amy'),
    staffName: 'Amy Nürse',
    channel: 'smtp',
    address: 'amy@hospital.test',
    subject: 'TEST *** High priority alarm, bed ICU 3',
    text: 'TEST *** High priority alarm, bed ICU 3. Open: http://127.0.0.1:3000/p/abc_DEF-123',
    idempotencyKey: 'page-1',
    attempts: 1,
    failures: 0,
    kind: 'alarm',
    priority: 'high',
    contactId: null,
    covers: ['page-1'],
    ...more,
  };
}

/** What arrives of a page that is sent as it was written. */
const asWritten = ({ subject, text }: QueuedPage): Omit<ReceivedPage, 'key'> => ({ subject, text });

/** Promises of `Pager`. @param shown what a channel shows of a page, where that is not all of it */
export function pagerContract(open: () => Promise<PagerUnderTest>, address = 'amy@hospital.test', shown = asWritten): void {
  let t: PagerUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());
  const queuedPage = (more: Partial<QueuedPage> = {}): QueuedPage => pageTo({ address, ...more });

  const failure = async (page: QueuedPage, pager = t.pager): Promise<PlatformError> => {
    const error: unknown = await pager.send(page).then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(PlatformError);
    return error as PlatformError;
  };

  test('a page arrives as it was written, and gives a receipt', async () => {
    const page = queuedPage();
    const { receipt } = await t.pager.send(page);
    expect(receipt).not.toBe('');
    expect(await t.received()).toMatchObject([{ key: 'page-1', ...shown(page) }]);
  });

  test('sent again it carries the same key', async () => {
    await t.pager.send(queuedPage());
    await t.pager.send(queuedPage({ attempts: 2 }));
    expect((await t.received()).map((r) => r.key)).toEqual(['page-1', 'page-1']);
  });

  test('line ends in a subject stay in the subject', async () => {
    const subject = 'one\r\nBcc: everybody@hospital.test';
    await t.pager.send(queuedPage({ subject, text: `${subject}. Open: https://vigil.test/p/abc` }));
    const [page] = await t.received();
    expect(page!.subject.replace(/\s+/g, ' ')).toBe('one Bcc: everybody@hospital.test');
  });

  test('a provider that asks to try later, or is gone, is a retryable outage; one that refuses is not', async () => {
    t.refuse('later');
    expect(await failure(queuedPage())).toMatchObject({ code: 'pager-unavailable', retryable: true });
    t.refuse('never');
    expect(await failure(queuedPage())).toMatchObject({ code: 'pager-unavailable', retryable: false });
    await t.end();
    expect(await failure(queuedPage())).toMatchObject({ code: 'pager-unavailable', retryable: true });
  });

  test('an error says neither whom the page was for nor what it said', async () => {
    t.refuse('never');
    const { message, cause } = await failure(queuedPage());
    expect(`${message} ${String(cause)}`).not.toMatch(/amy@|hospital|abc_DEF|ICU|\+43|endpoint|whsec/);
  });

  test('what a provider answers beside the rules is tried again or not as the contract says, and never followed', async () => {
    const retryable = { busy: true, garbage: true, hang: true, redirect: false, gone: false, later: true, never: false };
    for (const how of t.also) {
      t.refuse(how);
      const error = await failure(queuedPage(), how === 'hang' ? t.impatient : t.pager);
      expect([how, error.code, error.retryable]).toEqual([how, 'pager-unavailable', retryable[how]]);
      expect([how, error instanceof AddressGone]).toEqual([how, how === 'gone']);
    }
    expect(await t.received()).toEqual([]);
  });

  test('what is not live says so first', async () => {
    await t.pager.send(queuedPage());
    const [page] = await t.received();
    expect(page!.subject.startsWith('TEST')).toBe(true);
    expect(page!.text.startsWith('TEST')).toBe(true);
  });

  test('names, subjects and texts that try to be something else arrive as words', async () => {
    const evil = 'x\r\nX-Evil: 1\r\n\r\n<Dial>+43900</Dial>&To=%2B43900\u2028';
    await t.pager.send(
      queuedPage({ staffName: evil, subject: `TEST ${evil}`, text: `TEST ${evil}. Open: https://vigil.test/p/abc` }),
    );
    const got = await t.received();
    expect(got).toHaveLength(1);
    expect(got[0]!.subject).toMatch(/^TEST x\s+X-Evil: 1/);
  });
}
