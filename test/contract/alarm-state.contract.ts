import { LogEvent } from '@vigil/contracts';
import { InvariantError } from '@vigil/domain';
import fc from 'fast-check';
import type { AlarmState } from '../../src/ports/alarm-state.js';
import type { Alarms } from '../../src/ports/alarms.js';
import type { Directory } from '../../src/ports/directory.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import { alarmIdNo, batch, ending, reject, transition } from './alarm-fixtures.js';

export interface AlarmStateUnderTest {
  readonly alarmState: AlarmState;
  readonly alarms: Alarms;
  readonly directory: Directory;
  readonly logRelay: LogRelay;
  /** Gives partition 0 to somebody else. */
  displace(): Promise<void>;
  end(): Promise<void>;
}

/** Promises of `AlarmState`. Partition 0 is owned; bed icu-1 is in care unit `icu`. */
export function alarmStateContract(open: () => Promise<AlarmStateUnderTest>): void {
  let t: AlarmStateUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const stored = async (): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const each of t.alarmState.transitions()) all.push(each);
    return all;
  };

  test('a partition that was never committed starts from the earliest event, without states', async () => {
    expect(await t.alarmState.load(0)).toEqual({ states: [], replayFrom: null });
  });

  test('the first log is its own, and another one never is', async () => {
    expect(await t.alarmState.isOwnLog('vigil of monday')).toBe(true);
    expect(await t.alarmState.isOwnLog('vigil of monday')).toBe(true);
    expect(await t.alarmState.isOwnLog('vigil of tuesday')).toBe(false);
    expect(await t.alarmState.isOwnLog('vigil of monday')).toBe(true);
  });

  test('states and replay offset are loaded as they were committed last', async () => {
    const state = (key: string, n: number) => ({ key, json: `{"n":${n}}`, offset: String(n), sequence: n });
    await t.alarmState.commit(
      batch([], { states: [state('bed:icu-1', 1), state('engine', 1)], replayFrom: { offset: '1', sequence: 1 } }),
    );
    await t.alarmState.commit(batch([], { states: [state('bed:icu-1', 2)], replayFrom: { offset: '2', sequence: 2 } }));
    await t.alarmState.commit(batch([], { replayFrom: null }));
    expect(await t.alarmState.load(0)).toEqual({
      states: [state('bed:icu-1', 2), state('engine', 1)],
      replayFrom: { offset: '2', sequence: 2 },
    });
    expect(await t.alarmState.load(1)).toEqual({ states: [], replayFrom: null });
  });

  test('a commit tells which alarms changed, under a cursor that grows by one', async () => {
    const first = await t.alarmState.commit(batch([transition(), transition({ alarmId: alarmIdNo(2) })]));
    expect(first).toEqual([
      { alarmId: alarmIdNo(1), careUnitId: 'icu', cursor: 1 },
      { alarmId: alarmIdNo(2), careUnitId: 'icu', cursor: 2 },
    ]);
    expect(await t.alarmState.commit(batch([ending()]))).toMatchObject([{ cursor: 3 }]);
  });

  test('transitions come back in the order of their commit, to the last byte', async () => {
    const all = [transition(), transition({ alarmId: alarmIdNo(2) }), ending(), ending({ alarmId: alarmIdNo(2) })];
    await t.alarmState.commit(batch(all.slice(0, 3)));
    await t.alarmState.commit(batch(all.slice(3)));
    expect(JSON.stringify(await stored())).toBe(JSON.stringify(all));
  });

  test('committing the same batch twice changes nothing', async () => {
    const anyBatch = fc.array(fc.record({ n: fc.integer({ min: 1, max: 50 }), ends: fc.boolean() }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyBatch, async (picks) => {
        const made = batch(
          picks.flatMap(({ n, ends }) => {
            const alarmId = alarmIdNo(n);
            return ends ? [transition({ alarmId }), ending({ alarmId })] : [transition({ alarmId })];
          }),
          { rejects: picks.map(({ n }) => reject(n)) },
        );
        await t.alarmState.commit(made);
        const before = [await stored(), await t.alarms.open('icu' as never), await t.directory.rejects({ limit: 500 })];
        expect(await t.alarmState.commit(made)).toEqual([]);
        const after = [await stored(), await t.alarms.open('icu' as never), await t.directory.rejects({ limit: 500 })];
        expect(after).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });

  test('other content under an id that is stored is a bug, and nothing of that batch is stored', async () => {
    await t.alarmState.commit(batch([transition()]));
    const other = batch([transition({ alarmId: alarmIdNo(2) }), transition({ atMs: 1_001 })], { rejects: [reject(1)] });
    await expect(t.alarmState.commit(other)).rejects.toThrow(InvariantError);
    expect(await stored()).toEqual([transition()]);
    expect((await t.directory.rejects({ limit: 10 })).items).toEqual([]);
  });

  test('a displaced owner commits nothing', async () => {
    await t.displace();
    const late = batch([transition()], {
      rejects: [reject(1)],
      states: [{ key: 'engine', json: '{}', offset: '1', sequence: 1 }],
      replayFrom: { offset: '1', sequence: 1 },
    });
    await expect(t.alarmState.commit(late)).rejects.toMatchObject({ code: 'ownership-lost', retryable: false });
    expect(await stored()).toEqual([]);
    expect(await t.alarmState.load(0)).toEqual({ states: [], replayFrom: null });
    expect((await t.directory.rejects({ limit: 10 })).items).toEqual([]);
  });

  test('commits at the same time do not mix', async () => {
    const batches = Array.from({ length: 20 }, (_, n) =>
      batch([transition({ alarmId: alarmIdNo(n) }), ending({ alarmId: alarmIdNo(n) })]),
    );
    const failing = batch([transition({ alarmId: alarmIdNo(99) }), transition({ alarmId: alarmIdNo(0), atMs: 7 })]);
    const first = t.alarmState.commit(batches[0]!);
    const results = await Promise.allSettled([
      first,
      t.alarmState.commit(failing),
      ...batches.slice(1).map((b) => t.alarmState.commit(b)),
    ]);
    expect(results.filter((r) => r.status === 'rejected')).toHaveLength(1);
    expect(await stored()).toEqual(batches.flatMap((b) => b.transitions));
  });

  test('rejects are kept as they came, each once', async () => {
    await t.alarmState.commit(batch([], { rejects: [reject(1), reject(2), reject(1)] }));
    const { items } = await t.directory.rejects({ limit: 10 });
    expect(items.map((r) => r.id)).toEqual(['reject/2', 'reject/1']);
    expect(LogEvent.parse(reject(1))).toMatchObject({ reason: items[1]!.reason, path: items[1]!.path });
  });

  describe('events for the log', () => {
    const transferIn = (n: number): LogEvent =>
      LogEvent.parse({
        v: 1,
        id: `transfer/${n}`,
        key: 'bed:icu-2',
        origin: 'simulated',
        atMs: n,
        kind: 'transferIn',
        bedId: 'icu-2',
        encounterId: `enc-${n}`,
        patientId: 'pat-1',
        fromBedId: 'icu-1',
      });
    /** What the relay would send now, which is then sent. */
    const sent = async (): Promise<string[]> => {
      const rows = await t.logRelay.next(1_000);
      if (rows.length > 0) await t.logRelay.done(rows.at(-1)!.seq);
      return rows.map((row) => row.event.id);
    };
    const sends = (sequence: number, replaySequence: number | null, ...ns: number[]) =>
      batch([], {
        appends: ns.map(transferIn),
        throughSequence: sequence,
        replayFrom: replaySequence === null ? null : { offset: String(replaySequence), sequence: replaySequence },
      });

    beforeEach(async () => void (await sent()));

    test('are handed to the relay with the commit, in order', async () => {
      await t.alarmState.commit(sends(5, null, 1, 2));
      const rows = await t.logRelay.next(10);
      expect(rows.map((row) => row.event)).toEqual([transferIn(1), transferIn(2)]);
    });

    test('are sent once, also when they are derived again after they were sent', async () => {
      await t.alarmState.commit(sends(5, 3, 1));
      expect(await sent()).toEqual(['transfer/1']);
      await t.alarmState.commit(sends(6, 4, 1, 2));
      expect(await sent()).toEqual(['transfer/2']);
    });

    test('are never sent twice nor lost, wherever the engine dies and begins again', async () => {
      let salt = 0;
      const kills = fc.array(fc.record({ until: fc.integer({ min: 1, max: 30 }), lag: fc.integer({ min: 0, max: 8 }) }));
      await fc.assert(
        fc.asyncProperty(kills, async (runs) => {
          const all: string[] = [];
          let from = 0;
          salt += 1;
          for (const { until, lag } of [...runs, { until: 31, lag: 0 }]) {
            // Each event at `sequence` sends one event of its own, when it is read and when it is replayed.
            for (let sequence = from; sequence < until; sequence++) {
              const replay = Math.max(from - 1, sequence - lag);
              await t.alarmState.commit({
                ...sends(sequence, replay),
                appends: [{ ...transferIn(sequence), id: `${salt}/${sequence}` } as LogEvent],
              });
              all.push(...(await sent()));
            }
            from = Math.max(from, until - lag);
          }
          expect(all).toEqual(Array.from({ length: 31 }, (_, n) => `${salt}/${n}`));
        }),
        { numRuns: 10 },
      );
    });

    test('of a commit that fails are not sent', async () => {
      await t.displace();
      await expect(t.alarmState.commit(sends(5, null, 1))).rejects.toMatchObject({ code: 'ownership-lost' });
      expect(await sent()).toEqual([]);
    });
  });
}
