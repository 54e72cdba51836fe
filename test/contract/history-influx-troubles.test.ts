import { FakeClock } from '@vigil/clock';
import type { BedId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { InfluxTrouble } from '../../src/adapters/influx/influx-error.js';
import { InfluxObservationStore } from '../../src/adapters/influx/influx-store.js';
import type { Refused } from '../../src/adapters/influx/refusals.js';
import type { HistorySample } from '../../src/ports/observation-store.js';
import { type Answer, type Asked, InfluxStub } from '../support/influx-stub.js';

const stubs: InfluxStub[] = [];
const stores: InfluxObservationStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) store.close();
  for (const stub of stubs.splice(0)) await stub.stop().catch(() => undefined);
});

async function opened(timeoutMs = 5_000) {
  const stub = await InfluxStub.start();
  stubs.push(stub);
  const clock = new FakeClock(1_800_000_000_000);
  const troubles: (InfluxTrouble | null)[] = [];
  const refused: Refused[] = [];
  const open = (retention = { rawDays: 90, minuteDays: 730, hourDays: 0 }): InfluxObservationStore => {
    const store = new InfluxObservationStore({
      ...{ url: stub.url, token: 'secret-token', org: 'ward', bucket: 'vigil', retention, clock, timeoutMs },
      onTrouble: (trouble) => troubles.push(trouble),
      onRefused: (some) => refused.push(some),
    });
    stores.push(store);
    return store;
  };
  return { stub, clock, troubles, refused, open, store: open() };
}

const sample = (atMs: number, value = 72): HistorySample => ({
  ...{ bedId: 'icu-3' as BedId, metric: 'heartRate', atMs, value, deviceId: 'mon-1', quality: 'valid' },
});
const samples = (count: number): HistorySample[] => Array.from({ length: count }, (_, n) => sample(1_000 + n));
const isWrite = ({ path, query }: Asked, bucket = 'vigil'): boolean => path === '/api/v2/write' && query.get('bucket') === bucket;
const retryable = expect.objectContaining({ code: 'store-unavailable', retryable: true }) as unknown;
const partial = (message: string): Answer => ({ status: 422, body: { code: 'unprocessable entity', message } });

describe('InfluxObservationStore, what it makes of its server', () => {
  test('buckets with retention and down-sampling tasks are made once, and what differs is set right', async () => {
    const { stub, store, open } = await opened();
    await store.write(0, { samples: samples(1) }, '1');
    expect([...stub.buckets].map(([name, { retentionRules }]) => [name, retentionRules[0]!.everySeconds / 86_400])).toEqual([
      ['vigil_state', 0],
      ['vigil', 90],
      ['vigil_1m', 730],
      ['vigil_1h', 0],
    ]);
    expect(stub.tasks.size).toBe(4);
    const made = (): number => stub.asked.filter(({ method, path }) => method === 'POST' && /(buckets|tasks)$/.test(path)).length;
    expect(made()).toBe(8);
    stub.tasks.get('vigil vigil 1m')!.status = 'inactive';
    await open({ rawDays: 30, minuteDays: 730, hourDays: 0 }).write(0, { samples: samples(1) }, '2');
    expect(made()).toBe(8);
    expect(stub.buckets.get('vigil')!.retentionRules[0]!.everySeconds).toBe(30 * 86_400);
    expect(stub.tasks.get('vigil vigil 1m')!.status).toBe('active');
  });

  test('a bucket of readings that somebody deleted is made at the next start, and gets what the log still has', async () => {
    const { stub, store, open } = await opened();
    await store.write(0, { samples: samples(1) }, '17');
    const forgets = () => stub.asked.filter(({ path, body }) => path === '/api/v2/delete' && body.includes('position')).length;
    expect(forgets()).toBe(1);
    await open().readThrough(0);
    expect(forgets()).toBe(1);
    stub.buckets.delete('vigil');
    const made = (): boolean => stub.buckets.has('vigil');
    stub.script = ({ path, body }) => {
      if (path === '/api/v2/delete' && body.includes('position')) expect(made()).toBe(false);
      return undefined;
    };
    await open().readThrough(0);
    expect([forgets(), made()]).toEqual([2, true]);
  });

  test('a bucket that somebody else has made is given no shorter retention, which would delete', async () => {
    const { stub, store } = await opened();
    stub.buckets.set('vigil', { id: 'theirs', retentionRules: [] });
    stub.buckets.set('vigil_1m', { id: 'theirs-too', retentionRules: [{ everySeconds: 3_600 }] });
    await store.write(0, { samples: samples(1) }, '1');
    expect(stub.buckets.get('vigil')!.retentionRules).toEqual([]);
    expect(stub.buckets.get('vigil_1m')!.retentionRules[0]!.everySeconds).toBe(730 * 86_400);
  });

  test('a reading is named by bed, device, metric and time; nothing else of the patient is sent', async () => {
    const { stub, store } = await opened();
    await store.write(0, { samples: [sample(1_000)] }, '1');
    expect(stub.writes('vigil').map(({ body }) => body)).toEqual([
      'observation,bed=icu-3,device=mon-1,metric=heartRate,quality=valid value=72 1000',
    ]);
    expect(stub.asked.every(({ headers }) => headers.authorization === 'Token secret-token')).toBe(true);
  });

  test('the position is written after every reading was answered, and is found again', async () => {
    const { stub, store } = await opened();
    await store.write(3, { samples: samples(12_000) }, '17');
    const buckets = stub.asked.filter(({ path }) => path === '/api/v2/write').map(({ query }) => query.get('bucket'));
    expect(buckets).toEqual(['vigil', 'vigil', 'vigil', 'vigil_state']);
    expect([await store.readThrough(3), await store.readThrough(4)]).toEqual(['17', null]);
  });
});

describe('InfluxObservationStore, an outage', () => {
  test.each<[string, Answer | 'cut', InfluxTrouble]>([
    ['401', { status: 401, body: { code: 'unauthorized', message: 'unauthorized access' } }, 'influx-token-refused'],
    ['403', { status: 403, body: { code: 'forbidden', message: 'no' } }, 'influx-token-refused'],
    ['404', { status: 404, body: { code: 'not found', message: 'bucket "vigil" not found' } }, 'influx-not-found'],
    ['429', { status: 429, body: { message: 'rate' } }, 'influx-busy'],
    ['503', { status: 503, body: { message: 'busy' } }, 'influx-busy'],
    ['500, as a full disk answers', { status: 500, body: { message: 'no space left on device' } }, 'influx-failed'],
    ['a cut connection', 'cut', 'influx-silent'],
  ])(
    '%s in the middle of a batch: the write is to be made again, no position moves, and it is said what is wrong',
    async (...row) => {
      const [, answer, trouble] = row;
      const { stub, store, troubles } = await opened();
      let fail = true;
      stub.script = (asked) => (fail && isWrite(asked) && stub.writes('vigil').length === 2 ? answer : undefined);
      await expect(store.write(0, { samples: samples(12_000) }, '9')).rejects.toEqual(retryable);
      // A question that is answered does not say that readings can be stored.
      expect(await store.readThrough(0)).toBeNull();
      expect(troubles).toEqual([trouble]);
      fail = false;
      await store.write(0, { samples: samples(12_000) }, '9');
      expect(troubles).toEqual([trouble, null]);
      expect([stub.linesOf('vigil'), await store.readThrough(0)]).toEqual([12_000, '9']);
    },
  );

  test('a server that takes the connection and says nothing is given up', async () => {
    const { stub, store, troubles } = await opened(200);
    stub.script = (asked) => (isWrite(asked) ? 'silent' : undefined);
    await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
    expect(troubles).toEqual(['influx-silent']);
  });

  test('nobody listens: an outage, and once that is known callers are refused at once', async () => {
    const { stub, store, clock } = await opened();
    await stub.stop();
    for (let n = 0; n < 3; n++) await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
    expect(store.breaker.state).toMatchObject({ name: 'history', state: 'open', refused: 1 });
    clock.advance(1_000);
    await expect(store.latest('icu-3' as BedId, 0)).rejects.toEqual(retryable);
    expect(store.breaker.state.refused).toBe(1);
  });

  test('a server that asks for time is left alone for so long', async () => {
    const { stub, store, clock } = await opened();
    stub.script = (asked) => (isWrite(asked) ? { status: 429, headers: { 'retry-after': '7' }, body: {} } : undefined);
    await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
    stub.script = () => undefined;
    const before = stub.asked.length;
    await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
    clock.advance(6_900);
    await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
    expect(stub.asked).toHaveLength(before);
    clock.advance(1_100);
    await store.write(0, { samples: samples(1) }, '9');
    expect(await store.readThrough(0)).toBe('9');
  });

  test('no text of an error has the token or a reading', async () => {
    const { stub, store } = await opened();
    stub.script = (asked) => (isWrite(asked) ? { status: 500, body: { message: 'value=72 secret-token' } } : undefined);
    const error = await store.write(0, { samples: samples(1) }, '9').catch((reason: unknown) => reason as PlatformError);
    expect(error).toBeInstanceOf(PlatformError);
    expect(`${(error as PlatformError).message} ${String((error as PlatformError).cause)}`).not.toMatch(/secret-token|72/);
  });

  test('a token that may write and not make tasks is said once, not once for each try', async () => {
    const { stub, store, troubles, clock } = await opened();
    stub.script = ({ path }) => (path.startsWith('/api/v2/tasks') ? { status: 403, body: {} } : undefined);
    for (let n = 0; n < 3; n++) {
      await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
      await expect(store.readThrough(0)).rejects.toEqual(retryable);
      clock.advance(1_000);
    }
    expect(troubles).toEqual(['influx-token-refused']);
    stub.script = () => undefined;
    await store.write(0, { samples: samples(1) }, '9');
    expect(troubles).toEqual(['influx-token-refused', null]);
  });

  test('an answer that is not of InfluxDB is an outage', async () => {
    const { stub, store, troubles } = await opened();
    stub.script = ({ path }) => (path === '/api/v2/orgs' ? { status: 200, body: ['hello'] } : undefined);
    await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
    expect([stub.linesOf('vigil'), troubles]).toEqual([0, ['influx-not-understood']]);
  });
});

describe('InfluxObservationStore, what the server will not take', () => {
  const conflict = (dropped: number): Answer =>
    partial(`failure writing points to database: partial write: field type conflict: input field "value" dropped=${dropped}`);

  test('a reading that is refused is counted, named and kept aside, and keeps no other from being stored', async () => {
    const { stub, store, refused } = await opened();
    const bad = new Set([1_003, 1_900]);
    stub.script = (asked) => {
      if (!isWrite(asked)) return undefined;
      const dropped = asked.body.split('\n').filter((text) => bad.has(Number(text.split(' ').at(-1)))).length;
      return dropped === 0 ? undefined : conflict(dropped);
    };
    await store.write(0, { samples: samples(1_000) }, '9');
    expect(refused.map(({ reason, samples: some }) => [reason, some.map(({ atMs }) => atMs)])).toEqual([
      ['type-conflict', [1_003]],
      ['type-conflict', [1_900]],
    ]);
    expect(stub.linesOf('vigil')).toBe(998);
    expect(stub.writes('vigil').length).toBeLessThan(64);
    expect([...stub.points.get('vigil_state')!.keys()]).toEqual([
      'refused,bed=icu-3,device=mon-1,metric=heartRate,quality=valid 1003',
      'refused,bed=icu-3,device=mon-1,metric=heartRate,quality=valid 1900',
      'position,partition=0 0',
    ]);
  });

  test('a batch that is refused whole costs one request, and is kept aside whole', async () => {
    const { stub, store, refused } = await opened();
    stub.script = (asked) => (isWrite(asked) ? conflict(asked.body.split('\n').length) : undefined);
    await store.write(0, { samples: samples(1_000) }, '9');
    expect([stub.writes('vigil').length, refused[0]!.samples.length, stub.linesOf('vigil_state')]).toEqual([1, 1_000, 1_001]);
  });

  test('nothing is let go that could not be kept aside', async () => {
    const { stub, store, refused } = await opened();
    stub.script = (asked) => {
      if (isWrite(asked)) return conflict(1);
      return isWrite(asked, 'vigil_state') ? { status: 500, body: {} } : undefined;
    };
    await expect(store.write(0, { samples: samples(1) }, '9')).rejects.toEqual(retryable);
    expect([refused, await store.readThrough(0)]).toEqual([[], null]);
  });

  test('what is older than the site keeps is counted and named, and not kept elsewhere', async () => {
    const { stub, store, refused } = await opened();
    const message = 'failure writing points to database: partial write: points beyond retention policy dropped=1';
    stub.script = (asked) => (isWrite(asked) && asked.body.includes(' 1000') ? partial(message) : undefined);
    await store.write(0, { samples: [sample(1_000), sample(2_000)] }, '9');
    expect(refused.map(({ reason, samples: some }) => [reason, some.length])).toEqual([['beyond-retention', 1]]);
    expect(stub.linesOf('vigil_state')).toBe(1);
  });

  test('a value that is no number is named and keeps nothing from being stored', async () => {
    const { stub, store, refused } = await opened();
    await store.write(0, { samples: [sample(1_000, NaN), sample(2_000)] }, '9');
    expect([refused[0]!.reason, stub.linesOf('vigil')]).toEqual(['not-parsed', 1]);
  });

  test('a batch that is too large for something in between goes in parts', async () => {
    const { stub, store } = await opened();
    stub.script = (asked) => (isWrite(asked) && asked.body.length > 20_000 ? { status: 413, body: {} } : undefined);
    await store.write(0, { samples: samples(1_000) }, '9');
    expect(stub.linesOf('vigil')).toBe(1_000);
  });
});
