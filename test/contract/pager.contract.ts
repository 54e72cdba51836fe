import { StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { QueuedPage } from '../../src/ports/escalations.js';
import type { Pager } from '../../src/ports/pager.js';
import { alarmIdNo } from './alarm-fixtures.js';

/** What a provider got, as far as every channel carries it. */
export interface ReceivedPage {
  readonly key: string;
  readonly subject: string;
  readonly text: string;
}

export interface PagerUnderTest {
  readonly pager: Pager;
  received(): Promise<readonly ReceivedPage[]>;
  /** Answers from now on: `later` please try again, `never` do not. */
  refuse(how: 'later' | 'never'): void;
  /** The provider is gone. */
  end(): Promise<void>;
}

export function queuedPage(more: Partial<QueuedPage> = {}): QueuedPage {
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
    ...more,
  };
}

/** Promises of `Pager`. */
export function pagerContract(open: () => Promise<PagerUnderTest>): void {
  let t: PagerUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const failure = async (page: QueuedPage): Promise<PlatformError> => {
    const error: unknown = await t.pager.send(page).then(
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
    expect(await t.received()).toMatchObject([{ key: 'page-1', subject: page.subject, text: page.text }]);
  });

  test('sent again it carries the same key', async () => {
    await t.pager.send(queuedPage());
    await t.pager.send(queuedPage({ attempts: 2 }));
    expect((await t.received()).map((r) => r.key)).toEqual(['page-1', 'page-1']);
  });

  test('line ends in a subject stay in the subject', async () => {
    await t.pager.send(queuedPage({ subject: 'one\r\nBcc: everybody@hospital.test' }));
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
    expect(`${message} ${String(cause)}`).not.toMatch(/amy@|hospital|abc_DEF|ICU/);
  });
}
