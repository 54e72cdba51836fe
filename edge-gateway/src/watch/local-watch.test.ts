import { InvariantError } from '@vigil/domain';
import { type LogEvent } from '@vigil/contracts';
import { reading, START_MS, watchConfig, watchRules, WatchBench } from '../test-support/watch-fixture.js';
import { GIVEN_UP_MS } from './cloud-link.js';
import { STALE_CONFIG_MS } from './local-watch.js';

const codes = (bench: WatchBench): string[] => bench.watch.view().alarms.map((a) => `${a.bedLabel} ${a.conditionCode}`);
const causes = (bench: WatchBench): string[] =>
  bench.spool.events('localAlarm').map(({ transition: t }) => `${t.conditionCode} ${t.cause}`);

describe('the local watch', () => {
  test('shows an alarm as soon as its reading is durable, whether or not an outage was noticed', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(5, 70);
    expect(codes(bench)).toEqual([]);
    await bench.seconds(4, 150);
    expect(codes(bench)).toEqual(['ICU 1 heartRate.high']);
    expect(bench.watch.view()).toMatchObject({ cloudAwayMs: null, configured: true });
    expect(bench.spool.said).toEqual([]);
  });

  test('a platform that answers nothing is away too, although the log takes everything; nothing is handed over for that', async () => {
    const bench = await WatchBench.start();
    bench.beds.platformHeardWallMs = bench.clock.wallMs();
    await bench.seconds(15, 70);
    expect(bench.watch.view().cloudAwayMs).toBeNull();
    await bench.seconds(5, 150);
    expect(bench.watch.view().cloudAwayMs).toBe(20_000);
    expect(codes(bench)).toEqual(['ICU 1 heartRate.high']);
    bench.beds.platformHeardWallMs = bench.clock.wallMs();
    expect(bench.watch.view().cloudAwayMs).toBeNull();
    expect(bench.spool.said).toEqual([]);
  });

  test('what it derives while the log is away goes to the spool, from the last moment that the log took something', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(5, 150);
    bench.cut();
    await bench.seconds(4, 70);
    expect(bench.spool.said).toEqual([]);
    await bench.seconds(4, 150);
    expect(bench.watch.view().cloudAwayMs).toBe(8_000);
    expect(causes(bench)).toEqual(['heartRate.high end', 'heartRate.high closed', 'heartRate.high onset']);
    expect(bench.watch.view().alarms[0]).toMatchObject({ recorded: true });
    expect(new Set(bench.spool.said.map((r) => r.lane))).toEqual(new Set(['alarms']));
  });

  test('at the end of an outage each bed is told what stands, with the rules that were used', async () => {
    const bench = await WatchBench.start();
    bench.cut();
    await bench.seconds(20, 150);
    bench.heal();
    await bench.seconds(1, 150);
    const ended = bench.spool.events('localWatchEnded');
    expect(ended.map((e) => [e.bedId, e.standing.map((t) => t.conditionCode)])).toEqual([
      ['icu-1', ['heartRate.high']],
      ['icu-2', []],
    ]);
    expect(ended[0]).toMatchObject({ ruleSetHash: watchConfig().watch!.ruleSetHash, handover: { encounterId: 'e1' } });
    expect(ended[0]!.outageId).toBe(bench.spool.events('localAlarm')[0]!.outageId);
    expect(bench.watch.view().cloudAwayMs).toBeNull();
  });

  test('a gap of a few seconds is no outage', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(3, 150);
    bench.cut();
    await bench.seconds(4, 150);
    bench.heal();
    await bench.seconds(10, 150);
    expect(bench.spool.said).toEqual([]);
  });

  test('one key that the log does not take is an outage too', async () => {
    const bench = await WatchBench.start();
    const record = (key: string) => ({ lane: 'numerics', key, body: Buffer.alloc(0) }) as const;
    for (let n = 0; n < 7; n++) {
      await bench.clock.advance(1_000);
      bench.link.note([record('bed:icu-1'), record('bed:icu-2')], ['retry', 'sent']);
    }
    expect(bench.watch.view().cloudAwayMs).not.toBeNull();
    bench.link.note([record('bed:icu-1')], ['sent']);
    expect(bench.watch.view().cloudAwayMs).toBeNull();
  });

  test('a key that has nothing to send any more is no outage for good', async () => {
    const bench = await WatchBench.start();
    const record = (key: string) => ({ lane: 'numerics', key, body: Buffer.alloc(0) }) as const;
    bench.link.note([record('bed:icu-9')], ['retry']);
    await bench.seconds(10, 70);
    expect(bench.watch.view().cloudAwayMs).not.toBeNull();
    await bench.seconds(GIVEN_UP_MS / 1_000, 70);
    expect(bench.watch.view().cloudAwayMs).toBeNull();
  });

  test('what came before the first configuration was not judged, so nothing is handed over as if it were', async () => {
    const bench = await WatchBench.start(null);
    bench.cut();
    await bench.seconds(10, 150);
    bench.beds.replace(watchConfig());
    await bench.seconds(10, 150);
    bench.heal();
    await bench.seconds(2, 150);
    expect(bench.spool.events('localWatchEnded').map((e) => e.handover)).toEqual([null, null]);
  });

  test('what the spool would not take is said again later', async () => {
    const bench = await WatchBench.start();
    bench.cut();
    await bench.seconds(8, 70);
    bench.spool.refuses = true;
    await bench.seconds(5, 150);
    expect(bench.watch.view().alarms[0]).toMatchObject({ conditionCode: 'heartRate.high', recorded: false });
    bench.spool.refuses = false;
    await bench.seconds(2, 150);
    expect(causes(bench)).toContain('heartRate.high onset');
  });

  test('a restart in an outage goes on with the same outage, and forgets no standing alarm', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(2, 70);
    bench.cut();
    await bench.seconds(30, 150);
    const before = bench.spool.events('localAlarm');
    await bench.seconds(4, 150);
    const onset = bench.watch.view().alarms[0]!.alarmId;
    await bench.open();
    expect(bench.watch.view().alarms.map((a) => a.alarmId)).toEqual([onset]);
    expect(bench.watch.view().cloudAwayMs).not.toBeNull();
    bench.heal();
    await bench.seconds(2, 150);
    const ended = bench.spool.events('localWatchEnded').find((e) => e.bedId === 'icu-1')!;
    expect(ended.outageId).toBe(before[0]!.outageId);
    expect(ended.standing.map((t) => t.alarmId)).toEqual([onset]);
    expect(ended.handover).not.toBeNull();
  });

  test('a restart that has lost its checkpoint hands nothing over that may be wrong', async () => {
    const bench = await WatchBench.start();
    bench.cut();
    await bench.seconds(12, 150);
    bench.spool.from = bench.spool.endIndex;
    await bench.open();
    await bench.seconds(8, 150);
    bench.heal();
    await bench.seconds(2, 150);
    expect(bench.spool.events('localWatchEnded').map((e) => e.handover)).toEqual([null, null]);
  });

  test.each(['checkpoint', 'state of a bed'])('a %s of a later version is told, and the watch begins anew', async (what) => {
    const bench = await WatchBench.start();
    await bench.seconds(5, 150);
    await bench.watch.stop();
    const kept = (await bench.file.load())!;
    const later = kept.shadow.replaceAll(/"v":\d+,"kind":"bed"/g, '"v":99,"kind":"bed"');
    expect(later).not.toBe(kept.shadow);
    await bench.file.save(what === 'checkpoint' ? ({ ...kept, v: 2 } as never) : { ...kept, shadow: later });
    await bench.open();
    expect(bench.raised).toEqual(['watchFailed']);
    expect(bench.watch.view()).toMatchObject({ failing: true, configured: true, alarms: [] });
    await bench.seconds(5, 150);
    expect(codes(bench)).toEqual(['ICU 1 heartRate.high']);
  });

  test('a bug in the engine stops nothing, is counted and told, and what comes later is judged', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(12, 70);
    const broken = { ...reading(START_MS + 12_500, 900, { heartRate: 70 }) } as LogEvent;
    Object.defineProperty(broken, 'bootId', {
      get: () => {
        throw new InvariantError('a bug that was planted');
      },
    });
    bench.watch.take(bench.spool.keep([{ lane: 'numerics', key: broken.key, body: Buffer.alloc(0), event: broken }]));
    expect(bench.watch.view().failing).toBe(true);
    await bench.seconds(5, 150);
    expect(codes(bench)).toEqual(['ICU 1 heartRate.high']);
    expect(bench.raised).toEqual(['watchFailed']);
    expect((await bench.metrics.watchFailures.get()).values[0]!.value).toBe(1);
  });

  test('without a configuration it judges nothing and says so', async () => {
    const bench = await WatchBench.start(null);
    await bench.seconds(10, 150);
    expect(bench.watch.view()).toMatchObject({ configured: false, beds: [], alarms: [] });
  });

  test('after a day without the platform it says that beds and patients may be others', async () => {
    const bench = await WatchBench.start();
    bench.cut();
    await bench.seconds(7, 70);
    expect(bench.raised).toEqual([]);
    await bench.clock.advance(STALE_CONFIG_MS);
    expect(bench.raised).toEqual(['watchStale']);
  });

  test('on a disk that does not answer no more than one checkpoint waits, and that one has the newest state', async () => {
    const bench = await WatchBench.start();
    const before = bench.file.saves;
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.file.slow = promise;
    await bench.clock.advance(600_000);
    bench.offer([reading(bench.clock.nowMs(), 0, { heartRate: 70 })]);
    expect(bench.file.saves).toBe(before + 1);
    resolve();
    await bench.file.settled();
    expect(bench.file.saves).toBe(before + 2);
    expect(await bench.file.load()).toMatchObject({ nextIndex: 1 });
  });

  test('a bed that falls silent is an alarm, and its numbers grow old', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(5, 70);
    await bench.seconds(14, null);
    expect(codes(bench)).toEqual(['ICU 1 noData']);
    const [bed] = bench.watch.view().beds;
    expect(bed).toMatchObject({ label: 'ICU 1', occupied: true, ageMs: 14_000 });
    expect(bed!.numerics).toMatchObject([{ metric: 'heartRate', value: 70, ageMs: 14_000, staleMs: 5_000 }]);
  });

  test('numbers of a patient who has left are not shown as those of the next', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(5, 150);
    const next = { encounterId: 'e2', patientId: 'p2', sinceMs: START_MS + 5_000 };
    bench.beds.replace(
      watchConfig({ beds: [{ bedId: 'icu-1', careUnitId: 'icu', label: 'ICU 1', encounter: next, limits: [] }] }),
    );
    expect(bench.watch.view().beds).toMatchObject([{ label: 'ICU 1', numerics: [] }]);
    expect(codes(bench)).toEqual([]);
    expect(bench.watch.view().over).toMatchObject([{ conditionCode: 'heartRate.high', active: false }]);
  });

  test('the same configuration again changes nothing; other limits hold from then on', async () => {
    const bench = await WatchBench.start();
    await bench.seconds(5, 150);
    bench.beds.replace(watchConfig());
    expect(codes(bench)).toEqual(['ICU 1 heartRate.high']);
    const [first, second] = watchConfig().watch!.beds;
    const limits = [{ metric: 'heartRate', low: null, high: 180, toMs: START_MS + 3_600_000 }];
    bench.beds.replace(watchConfig({ ruleSet: watchRules, beds: [{ ...first, limits }, second] }));
    await bench.seconds(6, 150);
    expect(codes(bench)).toEqual([]);
    bench.beds.replace(watchConfig());
    await bench.seconds(6, 150);
    expect(codes(bench)).toEqual(['ICU 1 heartRate.high']);
  });
});
