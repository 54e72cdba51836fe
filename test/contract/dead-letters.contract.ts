import { type DeadLetterId, LogEvent } from '@vigil/contracts';
import type { AlarmState } from '../../src/ports/alarm-state.js';
import { auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import { type DeadLetter, type DeadLetters } from '../../src/ports/dead-letters.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import { letterOfMalformed } from '../../src/stream/dead-letter-of.js';
import { batch } from './alarm-fixtures.js';

export interface DeadLettersUnderTest {
  readonly deadLetters: DeadLetters;
  readonly alarmState: AlarmState;
  readonly logRelay: LogRelay;
  readonly auditTrail: Pick<AuditTrail, 'list'>;
  nowMs(): number;
  /** Looks into the files of the store. */
  holds(text: string): Promise<boolean>;
  stopKeys(isStopped: boolean): void;
  end(): Promise<void>;
}

const event = LogEvent.parse({
  ...{ v: 1, kind: 'tick', id: 't', key: 'bed:icu-1', origin: 'simulated', atMs: 5 },
  ...{ bedId: 'icu-1', gatewayId: 'gw-1' },
});
const CANARY = 'MUSTERMANN-IN-A-LETTER';

function letter(sequence: number, body: unknown = { ...event, name: CANARY }): DeadLetter {
  const unreadable = { reason: 'invalid-event', path: 'bedId', kind: 'tick', bedId: event.key.slice(4) as never } as const;
  return letterOfMalformed(0, { ...unreadable, sequence, offset: `o${sequence}`, hubAtMs: 1_000 + sequence, body });
}

/** The bounds that the store under test has. */
export const LETTER_BOUNDS = { countMax: 10, bytesMax: 10_000 };

/** Promises of `DeadLetters`. Partition 0 is owned. */
export function deadLettersContract(open: () => Promise<DeadLettersUnderTest>): void {
  let t: DeadLettersUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());
  const put = (...letters: DeadLetter[]) => t.alarmState.commit(batch([], { deadLetters: letters }));
  const who = () => ({
    audit: auditEntry({ actor: 'staff:dan', action: 'dead-letter.rerun', object: 'dead-letter', outcome: 'allowed' }),
    nowMs: t.nowMs(),
    wallMs: t.nowMs(),
  });
  const waiting = async (): Promise<unknown[]> => (await t.logRelay.next(100)).map((row) => row.event);

  test('are listed newest first, page by page, with their place and reason and without their content', async () => {
    await put(letter(1), letter(2), letter(3));
    const first = await t.deadLetters.list({ limit: 2 });
    expect(first.items.map((l) => l.sequence)).toEqual([3, 2]);
    expect(first.items[0]).toEqual({
      ...{ id: letter(3).id, reason: 'invalid-event', detail: 'bedId', kind: 'tick', bedId: 'icu-1', partition: 0, sequence: 3 },
      ...{ offset: 'o3', hubAtMs: 1_003, bytes: letter(3).bytes, sha256: letter(3).sha256, rerunAtMs: null },
    });
    expect((await t.deadLetters.list({ limit: 2, cursor: first.next! })).items.map((l) => l.sequence)).toEqual([1]);
  });

  test('are kept once, however often a replay meets them', async () => {
    await put(letter(1));
    await put(letter(1), letter(2));
    expect((await t.deadLetters.list({ limit: 10 })).items.map((l) => l.sequence)).toEqual([2, 1]);
  });

  test('keep their content sealed', async () => {
    await put(letter(1));
    expect(await t.deadLetters.content(letter(1).id)).toContain(CANARY);
    expect(await t.holds(letter(1).sha256)).toBe(true);
    expect(await t.holds(CANARY)).toBe(false);
  });

  test('are kept by length and hash while there is no key, and alarms do not wait for one', async () => {
    t.stopKeys(true);
    await put(letter(1));
    t.stopKeys(false);
    expect((await t.deadLetters.list({ limit: 1 })).items[0]).toMatchObject({ sha256: letter(1).sha256 });
  });

  test('have a bound in number: the oldest go', async () => {
    await put(...Array.from({ length: 10 }, (_, n) => letter(n, n)));
    await put(letter(10, 10), letter(11, 11), letter(12, 12));
    expect((await t.deadLetters.list({ limit: 50 })).items.map((l) => l.sequence)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(await t.deadLetters.content(letter(2, 2).id)).toBeNull();
  });

  test('have a bound in bytes: the oldest go', async () => {
    for (let n = 0; n < 4; n++) await put(letter(n, 'x'.repeat(3_998)));
    expect((await t.deadLetters.list({ limit: 50 })).items.map((l) => l.sequence)).toEqual([3, 2]);
  });

  test('reach the log again with the next relay, once, with an audit entry', async () => {
    await put(letter(1));
    const before = await waiting();
    await t.deadLetters.rerun(letter(1).id, JSON.stringify(event), who());
    expect(await waiting()).toEqual([...before, event]);
    await expect(t.deadLetters.rerun(letter(1).id, JSON.stringify(event), who())).rejects.toMatchObject({ code: 'conflict' });
    expect(await waiting()).toHaveLength(before.length + 1);
    expect((await t.deadLetters.list({ limit: 1 })).items[0]!.rerunAtMs).toBe(t.nowMs());
    const { items } = await t.auditTrail.list({ limit: 5 });
    expect(items.filter((row) => row.action === 'dead-letter.rerun')).toHaveLength(1);
  });

  test('that are not there are not found', async () => {
    const id = '0'.repeat(32) as DeadLetterId;
    await expect(t.deadLetters.rerun(id, JSON.stringify(event), who())).rejects.toMatchObject({ code: 'not-found' });
    expect(await t.deadLetters.content(id)).toBeNull();
  });
}
