import { decideFeed } from '@vigil/domain';
import type { FeedRecords } from '../../src/ports/feed-records.js';
import type { Inbound } from '../../src/ports/inbound.js';
import { changeOf, messageOf, moveOf, TIM } from './feed-messages.js';

export interface InboundUnderTest {
  readonly inbound: Inbound;
  readonly feedRecords: Pick<FeedRecords, 'next' | 'work'>;
  /** Looks into the files of the store. */
  holds(text: string): Promise<boolean>;
  stopKeys(isStopped: boolean): void;
  end(): Promise<void>;
}

/** Messages that wait in the stores of this suite at most. */
export const WAITING_MAX = 20;

/** Promises of `Inbound`. */
export function inboundContract(open: () => Promise<InboundUnderTest>): void {
  let t: InboundUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());
  const message = messageOf(moveOf('update', { mrn: 'M1', person: { ...TIM, familyName: 'CANARY' } }), 'CANARY of the bytes');

  test('a message is kept once, and a repeat hears what the first heard', async () => {
    expect(await t.inbound.keep(message, 1)).toEqual({ is: 'kept' });
    expect(await t.inbound.keep({ ...message, answer: 'AE' }, 2)).toEqual({ is: 'repeated', answer: 'AA' });
    expect(await t.feedRecords.next(10)).toEqual([message.messageId]);
  });

  test('what comes while too much waits is refused, and is kept as soon as there is room', async () => {
    for (let n = 0; n < WAITING_MAX; n++) await t.inbound.keep(messageOf(moveOf('update', { mrn: 'M1', person: TIM })), 1);
    await expect(t.inbound.keep(message, 1)).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
    const [first] = await t.feedRecords.next(1);
    await t.feedRecords.work(first!, decideFeed, changeOf({ nowMs: 1, wallMs: 1 }));
    expect(await t.inbound.keep(message, 1)).toEqual({ is: 'kept' });
  });

  test('two at one moment are one', async () => {
    const kept = await Promise.all([t.inbound.keep(message, 1), t.inbound.keep(message, 1)]);
    expect(kept.map(({ is }) => is).sort()).toEqual(['kept', 'repeated']);
  });

  test('other bytes under a used id are kept under a name of their own', async () => {
    await t.inbound.keep(message, 1);
    const other = messageOf(moveOf('update', { mrn: 'M2', messageId: message.messageId }), 'other bytes');
    expect(await t.inbound.keep(other, 2)).toEqual({ is: 'reused-id' });
    expect(await t.inbound.keep(other, 3)).toEqual({ is: 'reused-id' });
    const waiting = await t.feedRecords.next(10);
    expect(waiting).toHaveLength(2);
    expect(waiting[1]).toContain(message.messageId);
  });

  test('what nobody can read is kept as well, to the byte', async () => {
    const { raw } = message;
    const unreadable = {
      ...message,
      messageId: 'hl7x-1',
      raw: Uint8Array.from([0, 255, ...raw]),
      read: { unreadable: 'no-header' } as const,
    };
    expect(await t.inbound.keep(unreadable, 1)).toEqual({ is: 'kept' });
  });

  test('nothing of it is in clear', async () => {
    await t.inbound.keep(message, 1);
    expect(await t.holds(message.messageId)).toBe(true);
    expect(await t.holds('CANARY')).toBe(false);
    expect(await t.holds(Buffer.from('CANARY of the bytes').toString('base64').slice(0, 20))).toBe(false);
  });

  test('without keys nothing is kept', async () => {
    t.stopKeys(true);
    await expect(t.inbound.keep(message, 1)).rejects.toMatchObject({ code: 'keys-unavailable' });
    expect(await t.feedRecords.next(10)).toEqual([]);
  });
}
