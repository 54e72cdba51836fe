/** Who may read a partition beside whom, and whom the others displace. */
import { LATEST, noRetries, type Reader, until } from './event-hub-clients.js';
import { localOnly, Marked, type Suite } from './event-hub-namespace.js';

const DISPLACED = 'ReceiverDisconnectedError';
/** The client starts a displaced reader anew after this, and of equals it would then be the newest. */
const balanceEveryMs = 300_000;

export function epochsContract(suite: Suite): void {
  // A partition of its own where there is one: nobody else's readers are displaced.
  const marked = (): Marked => new Marked(suite.namespace(), suite.namespace().partitions.at(-1));

  /** Attaches and waits until it reads: an event that is sent after it came arrives. */
  async function reading(own: Marked, ownerLevel?: number, group?: string): Promise<Reader> {
    const reader = own.read({
      startPosition: LATEST,
      // Who is displaced is told by the hub, not when its own wait is over.
      maxWaitTimeInSeconds: 300,
      balanceEveryMs,
      ...(ownerLevel === undefined ? {} : { ownerLevel }),
      ...(group === undefined ? {} : { group }),
    });
    for (let n = 0; own.of(reader).length === 0 && reader.errors.length === 0 && n < 300; n++) {
      await own.send([`ping ${n}`]);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return reader;
  }
  const told = async (reader: Reader): Promise<string[]> => {
    await until('it is told', () => reader.errors.length > 0);
    return reader.errors.slice(0, 1);
  };

  test.each([
    ['the same epoch', 3, 3],
    ['a higher epoch', 3, 4],
  ])('of two with %s the newest reads, and the other is told', async (_, before, after) => {
    const own = marked();
    const first = await reading(own, before);
    expect(first.errors).toEqual([]);
    const second = await reading(own, after);
    expect(second.errors).toEqual([]);
    expect(await told(first)).toEqual([DISPLACED]);
    const seen = own.of(first).length;
    await own.send(['after']);
    await until('the second has it', () => own.of(second).some((e) => e.body === 'after'));
    expect(own.of(first)).toHaveLength(seen);
  });

  test('a lower epoch is refused, and the reader that is there goes on', async () => {
    const own = marked();
    const first = await reading(own, 3);
    const lower = own.read({ startPosition: LATEST, ownerLevel: 2, balanceEveryMs, retry: noRetries });
    expect(await told(lower)).toEqual([DISPLACED]);
    await own.send(['after']);
    await until('the first has it', () => own.of(first).some((e) => e.body === 'after'));
    expect(first.errors).toEqual([]);
  });

  test('one without an epoch is refused beside one that has, and displaced by one that has', async () => {
    const own = marked();
    const plain = await reading(own);
    expect(plain.errors).toEqual([]);
    const owner = await reading(own, 1);
    expect(await told(plain)).toEqual([DISPLACED]);
    const late = own.read({ startPosition: LATEST, balanceEveryMs, retry: noRetries });
    expect(await told(late)).toEqual([DISPLACED]);
    expect(owner.errors).toEqual([]);
  });

  test('five without an epoch read side by side, a sixth is refused, and has its place when one has left', async () => {
    const own = marked();
    const five = await Promise.all([1, 2, 3, 4, 5].map(() => reading(own)));
    const from = await own.here();
    await own.send(['for all']);
    for (const reader of five) await until('each has it', () => own.of(reader).some((e) => e.body === 'for all'));
    const sixth = own.read({ startPosition: from, balanceEveryMs, retry: noRetries });

    expect(await told(sixth)).toEqual(['QuotaExceededError']);
    await five[0]!.close();
    const next = own.read({ startPosition: from });
    await until('the next reads', () => own.of(next).some((e) => e.body === 'for all'));
    expect(next.errors).toEqual([]);
  });

  test('when the owner leaves, any epoch may come', async () => {
    const own = marked();
    const first = await reading(own, 9);
    await first.close();
    const second = await reading(own, 1);
    expect(second.errors).toEqual([]);
    await second.close();
    expect((await reading(own)).errors).toEqual([]);
  });

  localOnly(suite, 'owners in different groups do not meet', 'needs a second group', async () => {
    const own = marked();
    const first = await reading(own, 1, 'alarms');
    const second = await reading(own, 1, 'history');
    const third = await reading(own, 1, '$Default');
    await own.send(['after']);
    for (const reader of [first, second, third]) {
      await until('each has it', () => own.of(reader).some((e) => e.body === 'after'));
      expect(reader.errors).toEqual([]);
    }
  });
}
