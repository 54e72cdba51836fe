import { BedId, EncounterId, LogEvent } from '@vigil/contracts';
import type { PlacedDraft } from '@vigil/domain';
import { BATCH_MAX } from '../../src/ehr-out/exporter.js';
import type { EhrOutWork } from '../../src/ehr-out/ehr-out-work.js';
import { EhrOutWard, MINUTE_MS, START_MS } from '../support/ehr-out-ward.js';

const HOUR_MS = 3_600_000;
const at = (s: number): number => START_MS + s * 1_000;
/** Past the end of every minute that began, so that silence closes it. */
const SILENCE_MS = 3 * MINUTE_MS;

async function started(ward: EhrOutWard): Promise<EhrOutWork> {
  const work = ward.work();
  await ward.log.subscribe('fhir', 'checkpoint', ward.reader(work));
  return work;
}

describe('what goes out', () => {
  test('a minute of a metric is one Observation of who lay there, and no more however often it is sent', async () => {
    const ward = new EhrOutWard();
    await ward.log.append(Array.from({ length: 180 }, (_, s) => ward.message(at(s), { heartRate: 70 + s / 60, spo2: 97 })));
    await started(ward);
    await ward.pass(180_000 + SILENCE_MS);
    expect(ward.ehr.observations()).toEqual([
      ...['Patient/ann 70', 'Patient/ann 97', 'Patient/ann 71', 'Patient/ann 97', 'Patient/ann 72', 'Patient/ann 97'],
    ]);
    const again = new EhrOutWard();
    Object.assign(again, { ehr: ward.ehr });
    await again.log.append(Array.from({ length: 180 }, (_, s) => again.message(at(s), { heartRate: 70 + s / 60, spo2: 97 })));
    await started(again);
    await again.pass(180_000 + SILENCE_MS);
    expect(ward.ehr.count).toBe(6);
  });

  test('the device is there before an Observation names it, with the metric that it measures', async () => {
    const ward = new EhrOutWard();
    await ward.log.append([ward.message(at(1), { heartRate: 72 })]);
    await started(ward);
    await ward.pass(SILENCE_MS);
    expect([...ward.ehr.stored.values()].map(({ resourceType }) => resourceType)).toEqual([
      'Device',
      'DeviceMetric',
      'Observation',
    ]);
    expect([...ward.ehr.stored.values()].at(-1)).toMatchObject({ device: { reference: 'Device/1' } });
  });

  test('what is not live, not valid or no number never goes out', async () => {
    const ward = new EhrOutWard('every');
    await ward.log.append([
      ward.message(at(1), { heartRate: 72 }, { origin: 'simulated' }),
      ward.message(at(2), { heartRate: 72 }, { origin: 'canary' }),
      ward.message(at(3), { heartRate: 72 }, { quality: 'artefact' }),
      LogEvent.parse({
        ...{ v: 1, kind: 'canary', id: 'canary/1', key: 'gateway:gw-1', origin: 'canary', atMs: at(4), gatewayId: 'gw-1' },
        ...{ bootId: 'b', seq: 1, sentWallMs: at(4) },
      }),
    ]);
    await started(ward);
    await ward.pass(SILENCE_MS);
    expect(ward.ehr.requests).toEqual([]);
  });

  test('what comes after its minute was sent is of the same name, so that there is one', async () => {
    const ward = new EhrOutWard();
    await ward.log.append([ward.message(at(1), { heartRate: 72 }), ward.message(at(75), { heartRate: 80 })]);
    await started(ward);
    await ward.pass(MINUTE_MS);
    expect(ward.ehr.observations()).toEqual(['Patient/ann 72']);
    await ward.log.append([ward.message(at(30), { heartRate: 75 })]);
    await ward.pass(SILENCE_MS);
    expect(ward.ehr.observations()).toEqual(['Patient/ann 72', 'Patient/ann 80']);
  });

  test('a backlog of hours is one for each minute, not one for each message', async () => {
    const ward = new EhrOutWard();
    await ward.log.append([ward.message(at(7_200), { heartRate: 60 })]);
    await ward.log.append(Array.from({ length: 360 }, (_, n) => ward.message(at(n * 10), { heartRate: 70 })));
    await started(ward);
    await ward.pass(7_200_000 + SILENCE_MS);
    expect(ward.ehr.count).toBe(61);
  });

  test('a charted NEWS2 goes out when the engine has said it, and an estimate never', async () => {
    const ward = new EhrOutWard();
    const charted = {
      ...{
        v: 1,
        id: 'c1',
        key: 'bed:icu-1',
        origin: 'live',
        atMs: at(5),
        kind: 'charted',
        bedId: 'icu-1',
        encounterId: 'enc-ann',
      },
      ...{ chartId: 'c1', by: 'amy', validated: true, items: [{ item: 'consciousness', value: 'A' }] },
    };
    await ward.log.append([LogEvent.parse(charted)]);
    await started(ward);
    await ward.pass(10_000);
    const snapshot = { basis: 'estimate', atMs: at(5), total: 9, parts: [] };
    ward.scored.push({ snapshot, sinceMs: at(5) } as never);
    await ward.pass(10_000);
    expect(ward.ehr.count).toBe(0);
    ward.scored.push({ snapshot: { ...snapshot, basis: 'charted', total: 7 }, sinceMs: at(5) } as never);
    await ward.pass(10_000);
    expect(ward.ehr.observations()).toEqual(['Patient/ann 7']);
  });

  test('a charted set that takes the place of another of the same moment does so there too, and not where it was marked wrong', async () => {
    const ward = new EhrOutWard();
    const work = ward.work();
    const stay = ward.stays[0]!;
    const bedId = BedId.parse(stay.bedId);
    const score = (total: number): PlacedDraft => ({
      draft: { is: 'score', form: 'score', bedId, deviceId: null, name: 'news2', slotMs: at(5), atMs: at(5), total, parts: [] },
      stay,
    });
    await work.exporter.deliver([score(7)]);
    await work.exporter.deliver([score(3)]);
    expect(ward.ehr.observations()).toEqual(['Patient/ann 3']);
    const [key, stored] = [...ward.ehr.stored.entries()][0]!;
    await ward.ehr.put({ ...stored, status: 'entered-in-error' }, null);
    await work.exporter.deliver([score(7)]);
    expect(ward.ehr.stored.get(key)).toMatchObject({ status: 'entered-in-error', valueInteger: 3 });
  });
});

describe('whose it is', () => {
  test('a device that moves brings each value to who lay where it stood then, also what comes late', async () => {
    const ward = new EhrOutWard('every');
    ward.lies('bob', 'icu-2');
    ward.spans.clear();
    ward.stands('mon-1', 'icu-1', 0, at(60));
    ward.stands('mon-1', 'icu-2', at(60));
    await ward.log.append([
      ward.message(at(90), { heartRate: 90 }, { bedId: 'icu-2' }),
      ward.message(at(30), { heartRate: 70 }, { bedId: 'icu-2' }),
    ]);
    await started(ward);
    await ward.pass(SILENCE_MS);
    expect(ward.ehr.observations().toSorted()).toEqual(['Patient/ann 70', 'Patient/bob 90']);
  });

  test('where one patient leaves and another comes, each has what was measured in their own time, and nobody the rest', async () => {
    const ward = new EhrOutWard();
    ward.stays = [];
    ward.lies('ann', 'icu-1', 0, at(30));
    ward.lies('bob', 'icu-1', at(40));
    await ward.log.append([10, 29, 30, 39, 40, 50].map((s) => ward.message(at(s), { heartRate: 100 + s })));
    await started(ward);
    await ward.pass(SILENCE_MS);
    expect(ward.ehr.observations()).toEqual(['Patient/ann 110', 'Patient/bob 140']);
    expect((await ward.store.kept({ reasons: ['no-stay'], afterSeq: 0, limit: 9 })).map(({ draft }) => draft.atMs)).toEqual([
      at(30),
    ]);
  });

  test('a copy that history brought to its bed is the same Observation', async () => {
    const ward = new EhrOutWard('every', 4);
    ward.lies('bob', 'icu-2');
    ward.spans.clear();
    ward.stands('mon-1', 'icu-2');
    const stray = ward.message(at(30), { heartRate: 70 });
    const copy = { ...stray, key: 'bed:icu-2', bedId: 'icu-2', readdressed: { fromKey: 'bed:icu-1', hops: 1 } };
    await ward.log.append([stray, LogEvent.parse(copy)]);
    await started(ward);
    await ward.pass(SILENCE_MS);
    expect(ward.ehr.observations()).toEqual(['Patient/bob 70']);
  });

  test('a device at no bed brings nothing, and one that names its metrics nothing else', async () => {
    const ward = new EhrOutWard('every');
    ward.stands('mon-2', 'icu-1', 0, null, ['spo2']);
    await ward.log.append([
      ward.message(at(1), { heartRate: 70, spo2: 91 }),
      ward.message(at(2), { heartRate: 80, spo2: 97 }, { deviceId: 'mon-2' }),
      ward.message(at(3), { heartRate: 90 }, { deviceId: 'mon-3', bedId: null, key: 'device:mon-3' }),
    ]);
    await started(ward);
    await ward.pass(SILENCE_MS);
    expect(ward.ehr.observations().toSorted()).toEqual(['Patient/ann 70', 'Patient/ann 97']);
  });

  test('what nobody is known to have lain there for waits, with one task for the bed, and goes out when somebody has', async () => {
    const ward = new EhrOutWard();
    ward.stays = [];
    await ward.log.append(Array.from({ length: 120 }, (_, s) => ward.message(at(s), { heartRate: 70 })));
    const work = await started(ward);
    await ward.pass(120_000 + SILENCE_MS);
    expect(await ward.store.counts()).toEqual({ 'no-stay': 2, 'no-identifier': 0, refused: 0 });
    expect(ward.tasks.map(({ reason, bedId, patientId }) => [reason, bedId, patientId])).toEqual([
      ['stay-unknown', 'icu-1', null],
    ]);
    ward.lies('ann', 'icu-1', at(60));
    await work.again.look();
    expect(ward.ehr.observations()).toEqual(['Patient/ann 70']);
    expect(await ward.store.counts()).toEqual({ 'no-stay': 1, 'no-identifier': 0, refused: 0 });
  });

  test('a patient whom the server does not know waits for a link, and the others do not', async () => {
    const ward = new EhrOutWard();
    ward.stays = [];
    ward.lies('cid', 'icu-1');
    ward.lies('bob', 'icu-2');
    ward.stands('mon-2', 'icu-2');
    await ward.log.append([
      ward.message(at(1), { heartRate: 70, spo2: 95 }),
      ward.message(at(1), { heartRate: 80 }, { deviceId: 'mon-2', bedId: 'icu-2' }),
    ]);
    const work = await started(ward);
    await ward.pass(SILENCE_MS);
    expect(ward.ehr.observations()).toEqual(['Patient/bob 80']);
    expect(ward.tasks.map(({ reason, patientId }) => [reason, patientId])).toEqual([['no-identifier', 'cid']]);
    await work.again.look();
    expect(await ward.store.counts()).toEqual({ 'no-stay': 0, 'no-identifier': 2, refused: 0 });
    ward.links.add('patient', 'cid');
    await work.again.look();
    expect(ward.ehr.observations().toSorted()).toEqual(['Patient/bob 80', 'Patient/cid 70', 'Patient/cid 95']);
    expect(await ward.store.counts()).toEqual({ 'no-stay': 0, 'no-identifier': 0, refused: 0 });
  });
});

describe('a server in trouble', () => {
  test('one that is away holds back this group alone, and what it missed is there afterwards', async () => {
    const ward = new EhrOutWard();
    ward.ehr.away = true;
    const seen: number[] = [];
    const other = {
      open: async () => {},
      close: async () => {},
      read: async (_n: number, batch: readonly unknown[]) => void seen.push(batch.length),
    };
    await ward.log.subscribe('alarms', 'checkpoint', { ...other, position: () => Promise.resolve(null) });
    await ward.log.append(Array.from({ length: 240 }, (_, s) => ward.message(at(s), { heartRate: 70 })));
    const work = await started(ward);
    await ward.pass(HOUR_MS);
    expect(seen.reduce((sum, n) => sum + n, 0)).toBe(240);
    expect(ward.store.positions.size).toBe(0);
    expect(work.exporter.state()).toMatchObject({ awaySinceWallMs: expect.any(Number), lastTrouble: 'http-503' });
    ward.ehr.away = false;
    for (let n = 0; n < 10; n++) await ward.pass(MINUTE_MS);
    expect(ward.ehr.count).toBe(4);
    expect(work.exporter.state().awaySinceWallMs).toBeNull();
  });

  test('a crash between sending and the position sends again, and there is one of each', async () => {
    const ward = new EhrOutWard();
    await ward.log.append(Array.from({ length: 180 }, (_, s) => ward.message(at(s), { heartRate: 70 })));
    const crashing = ward.work({
      store: Object.assign(Object.create(ward.store) as typeof ward.store, { moveOn: () => new Promise<void>(() => {}) }),
    });
    await ward.log.subscribe('fhir', 'checkpoint', ward.reader(crashing));
    await ward.pass(HOUR_MS);
    expect(ward.store.positions.size).toBe(0);
    expect(ward.ehr.count).toBeGreaterThan(0);
    const after = Object.assign(new EhrOutWard(), { ehr: ward.ehr, store: ward.store });
    await after.log.append(Array.from({ length: 180 }, (_, s) => after.message(at(s), { heartRate: 70 })));
    await started(after);
    for (let n = 0; n < 5; n++) await after.pass(MINUTE_MS);
    expect(ward.ehr.count).toBe(3);
  });

  test('the position never passes a minute that is not sent', async () => {
    const ward = new EhrOutWard();
    await ward.log.append([ward.message(at(0), { heartRate: 70 }), ward.message(at(1), { spo2: 97 })]);
    await started(ward);
    await ward.pass(1_000);
    await ward.log.append(Array.from({ length: 65 }, (_, n) => ward.message(at(2 + n), { heartRate: 70 })));
    await ward.pass(10_000);
    expect(ward.store.positions.get(0)).toBeUndefined();
    await ward.log.append(Array.from({ length: 15 }, (_, n) => ward.message(at(67 + n), { heartRate: 70 })));
    await ward.pass(10_000);
    // The minute of second 60 is open: its first event has the number 60.
    expect(ward.store.positions.get(0)).toMatchObject({ sequence: 59 });
  });

  test('what it refuses waits with its code and one task, keeps nothing back, and is sent again when a person says so', async () => {
    const ward = new EhrOutWard();
    ward.ehr.refuses = (resource) =>
      JSON.stringify(resource).includes('8867-4') && resource.resourceType === 'Observation'
        ? { status: 422, issue: 'invariant' }
        : null;
    await ward.log.append(Array.from({ length: 120 }, (_, s) => ward.message(at(s), { heartRate: 70, spo2: 97 })));
    const work = await started(ward);
    await ward.pass(120_000 + SILENCE_MS);
    expect(ward.ehr.observations()).toEqual(['Patient/ann 97', 'Patient/ann 97']);
    expect(ward.tasks).toMatchObject([
      { reason: 'refused-by-server', patientId: 'ann', detail: { issue: 'invariant', status: 422 } },
    ]);
    await work.again.look();
    expect(ward.ehr.count).toBe(2);
    expect(await work.again.askAgain()).toBe(2);
    await work.again.look();
    expect(await ward.store.counts()).toMatchObject({ refused: 2 });
    ward.ehr.refuses = () => null;
    expect(await work.again.askAgain()).toBe(2);
    await work.again.look();
    expect(ward.ehr.count).toBe(4);
    expect(await ward.store.counts()).toMatchObject({ refused: 0 });
  });

  test('a request has a bound, and one name is in one request at a time', async () => {
    const ward = new EhrOutWard('every', 2);
    ward.ehr.work = () => new Promise((resolve) => setImmediate(resolve));
    await ward.log.append(
      Array.from({ length: 300 }, (_, n) => ward.message(at(Math.floor(n / 3)), { heartRate: 70, spo2: 97 })),
    );
    await started(ward);
    for (let n = 0; n < 5; n++) await ward.pass(MINUTE_MS);
    expect(ward.ehr.count).toBe(200);
    expect(Math.max(...ward.ehr.requests)).toBeLessThanOrEqual(BATCH_MAX);
    expect(ward.errors).toEqual([]);
  });
});

describe('what was put right', () => {
  test('what was sent of the wrong patient is marked wrong there and sent as whose it is, once, with an entry', async () => {
    const ward = new EhrOutWard();
    const samples = Array.from({ length: 120 }, (_, s) => ({ atMs: at(s), value: 70 }));
    await ward.log.append(samples.map(({ atMs, value }) => ward.message(atMs, { heartRate: value })));
    const read = ({ metric, fromMs, toMs }: { metric: string; fromMs: number; toMs: number }) =>
      Promise.resolve(
        metric === 'heartRate'
          ? samples
              .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
              .map((each) => ({ ...each, min: null, max: null, count: 1 }))
          : [],
      );
    const work = ward.work({ observations: { read: read as never } });
    await ward.log.subscribe('fhir', 'checkpoint', ward.reader(work));
    await ward.pass(120_000 + SILENCE_MS);
    expect(ward.ehr.observations()).toEqual(['Patient/ann 70', 'Patient/ann 70']);
    ward.stays = [];
    ward.lies('ann', 'icu-1', 0, at(60));
    ward.lies('bob', 'icu-1', at(60));
    const [wrongEncounterId, encounterId] = [EncounterId.parse('enc-ann'), EncounterId.parse('enc-bob')];
    ward.corrected.push({
      ...{ seq: 1, correctionId: 'c-1', fromMs: at(60), toMs: null, is: 'stay', bedId: ward.stays[0]!.bedId as never },
      ...{ wrongEncounterId, encounterId },
    });
    await work.corrections.look();
    expect(ward.ehr.observations('entered-in-error')).toEqual(['Patient/ann 70']);
    await ward.pass(MINUTE_MS * 2);
    await work.corrections.look();
    await work.corrections.look();
    expect(ward.ehr.observations()).toEqual(['Patient/ann 70', 'Patient/bob 70']);
    expect(ward.audited).toMatchObject([
      { object: 'correction:c-1', patientIds: ['ann', 'bob'], detail: 'retracted 1, reinstated 0, sent 1, left out 0' },
    ]);
  });

  test('what was marked wrong and is right after all is right again', async () => {
    const ward = new EhrOutWard();
    await ward.log.append([ward.message(at(1), { heartRate: 70 })]);
    const work = await started(ward);
    await ward.pass(SILENCE_MS);
    const bed = { fromMs: at(0), toMs: at(60), is: 'device', deviceId: 'mon-1' } as never as object;
    ward.corrected.push({ ...bed, seq: 1, correctionId: 'c-1', fromBedId: 'icu-1', toBedId: null } as never);
    await work.corrections.look();
    await ward.pass(MINUTE_MS * 2);
    await work.corrections.look();
    expect(ward.ehr.observations()).toEqual([]);
    ward.corrected.push({ ...bed, seq: 2, correctionId: 'c-2', fromBedId: 'icu-9', toBedId: 'icu-1' } as never);
    await work.corrections.look();
    await ward.pass(MINUTE_MS * 2);
    await work.corrections.look();
    expect(ward.ehr.observations()).toEqual(['Patient/ann 70']);
    expect(ward.audited.map(({ detail }) => detail)).toEqual([
      ...['retracted 1, reinstated 0, sent 0, left out 0', 'retracted 0, reinstated 1, sent 0, left out 0'],
    ]);
  });
});
