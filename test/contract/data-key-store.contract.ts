import { type DataKeyStore, Keyring, openKeyFile, type ShardKeyRow, type SubjectKeyRow } from '@vigil/sealed-records';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const shard = (id: string, more: Partial<ShardKeyRow> = {}): ShardKeyRow => {
  return { id, purpose: 'patient', shard: 0, generation: 1, kekId: 'kek-1', wrapped: `w-${id}`, createdAtMs: 5, ...more };
};
const subjectKey = (id: string, more: Partial<SubjectKeyRow> = {}): SubjectKeyRow => {
  const place = { purpose: 'patient', subject: 'p-1', version: 1, generation: 1, shardKeyId: 's-1' };
  return { id, ...place, wrapped: `w-${id}`, createdAtMs: 5, usesReserved: 10, ...more };
};

/**
 * Run by one file per store, so that each is held to the same promises. `open` twice opens the same store. What is said
 * at once is said to one of the two: SQLite makes a second connection of the same thread wait for the first, for ever.
 */
export function dataKeyStoreContract(newStore: () => Promise<{ open(): Promise<DataKeyStore> }>): void {
  let store: DataKeyStore;
  let other: DataKeyStore;
  beforeEach(async () => {
    const { open } = await newStore();
    [store, other] = [await open(), await open()];
    await store.addShardKey(shard('s-1'));
  });

  test('of two shard keys for one place the first stays, and both callers get it', async () => {
    expect(await other.addShardKey(shard('s-2'))).toEqual(shard('s-1'));
    expect(await store.shardKey('s-2')).toBeNull();
    expect(await other.shardKey('s-1')).toEqual(shard('s-1'));
    expect(await other.addShardKey(shard('s-3', { shard: 1 }))).toEqual(shard('s-3', { shard: 1 }));
    expect(await store.shardKeyAt('patient', 1, 1)).toEqual(shard('s-3', { shard: 1 }));
    expect(await store.shardKeyAt('patient', 1, 2)).toBeNull();
  });

  test('shard keys of one purpose come newest generation first, bounded', async () => {
    await store.addShardKey(shard('s-2', { generation: 2 }));
    await store.addShardKey(shard('s-3', { purpose: 'index:mrn' }));
    expect((await store.shardKeysOf('patient', 10)).map(({ id }) => id)).toEqual(['s-2', 's-1']);
    expect(await store.shardKeysOf('patient', 1)).toHaveLength(1);
  });

  test('what another key-encryption key wraps is found in pages, and wrapped anew only while it is unchanged', async () => {
    for (let n = 2; n <= 5; n++) await store.addShardKey(shard(`s-${n}`, { shard: n }));
    expect((await store.shardKeysNotUnder('kek-2', '', 2)).map(({ id }) => id)).toEqual(['s-1', 's-2']);
    expect((await store.shardKeysNotUnder('kek-2', 's-2', 9)).map(({ id }) => id)).toEqual(['s-3', 's-4', 's-5']);
    const change = { id: 's-1', fromWrapped: 'w-s-1', kekId: 'kek-2', wrapped: 'new' };
    expect(await store.rewrapShardKey({ ...change, fromWrapped: 'other' })).toBe(false);
    expect(await store.rewrapShardKey(change)).toBe(true);
    expect(await other.rewrapShardKey(change)).toBe(false);
    expect(await other.rewrapShardKey({ ...change, id: 's-9' })).toBe(false);
    expect(await other.shardKey('s-1')).toEqual({ ...shard('s-1'), kekId: 'kek-2', wrapped: 'new' });
    expect((await store.shardKeysNotUnder('kek-2', '', 9)).map(({ id }) => id)).toEqual(['s-2', 's-3', 's-4', 's-5']);
  });

  test('of two subject keys of one version the first stays; the highest version is the newest', async () => {
    expect(await store.newestSubjectKey('patient', 'p-1')).toBeNull();
    expect(await store.addSubjectKey(subjectKey('k-1'))).toEqual(subjectKey('k-1'));
    expect(await other.addSubjectKey(subjectKey('k-2'))).toEqual(subjectKey('k-1'));
    await other.addSubjectKey(subjectKey('k-3', { version: 10 }));
    await other.addSubjectKey(subjectKey('k-4', { version: 9 }));
    await other.addSubjectKey(subjectKey('k-5', { purpose: 'page', version: 11 }));
    expect((await store.newestSubjectKey('patient', 'p-1'))?.id).toBe('k-3');
    const found = await store.subjectKeys(['k-1', 'k-2', 'k-4']);
    expect(found.map(({ id }) => id).sort()).toEqual(['k-1', 'k-4']);
    expect(await store.subjectKeys([])).toEqual([]);
  });

  test('uses are reserved once each, up to the cap and not beyond', async () => {
    await store.addSubjectKey(subjectKey('k-1'));
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => store.reserveUses('k-1', 10, 100)));
    expect(outcomes.filter((outcome) => outcome === 'reserved')).toHaveLength(9);
    expect(outcomes.filter((outcome) => outcome === 'used-up')).toHaveLength(3);
    expect((await store.subjectKeys(['k-1']))[0]?.usesReserved).toBe(100);
    expect(await store.reserveUses('k-9', 10, 100)).toBe('gone');
  });

  test('the cap of reservations may be two to the thirty-first', async () => {
    await store.addSubjectKey(subjectKey('k-1', { usesReserved: 2 ** 31 - 1024 }));
    expect(await store.reserveUses('k-1', 1024, 2 ** 31)).toBe('reserved');
    expect(await store.reserveUses('k-1', 1, 2 ** 31)).toBe('used-up');
  });

  test('erasing destroys the keys of one subject for every purpose, and none is made for it again', async () => {
    await store.addSubjectKey(subjectKey('k-1'));
    await store.addSubjectKey(subjectKey('k-2', { purpose: 'page', version: 3 }));
    await store.addSubjectKey(subjectKey('k-3', { subject: 'p-2' }));
    expect(await other.erasedAtMs('p-1')).toBeNull();
    expect(await other.eraseSubject('p-1', 700)).toBe(2);
    expect(await store.eraseSubject('p-1', 900)).toBe(0);
    expect(await store.erasedAtMs('p-1')).toBe(700);
    expect(await store.subjectKeys(['k-1', 'k-2', 'k-3'])).toEqual([subjectKey('k-3', { subject: 'p-2' })]);
    expect(await store.addSubjectKey(subjectKey('k-4'))).toBe('erased');
    expect(await store.reserveUses('k-1', 1, 100)).toBe('gone');
    expect((await store.counts()).erasedSubjects).toBe(1);
  });

  test('a generation begins at 1 and is raised once by whoever asks first', async () => {
    expect(await store.generation('patient')).toBe(1);
    await Promise.all([store.raiseGeneration('patient', 1), store.raiseGeneration('patient', 1)]);
    expect(await other.generation('patient')).toBe(2);
    await other.raiseGeneration('patient', 1);
    await other.raiseGeneration('patient', 2);
    expect([await store.generation('patient'), await store.generation('page')]).toEqual([3, 1]);
  });

  test('counts tell how many there are of what, and how old', async () => {
    await store.addShardKey(shard('s-2', { shard: 1, createdAtMs: 3 }));
    await store.addShardKey(shard('s-3', { shard: 2, kekId: 'kek-2' }));
    await store.addSubjectKey(subjectKey('k-1', { createdAtMs: 9 }));
    await store.addSubjectKey(subjectKey('k-2', { subject: 'p-2', createdAtMs: 8 }));
    const { shardKeys, subjectKeys, erasedSubjects } = await store.counts();
    expect([...shardKeys].sort((a, b) => (a.kekId < b.kekId ? -1 : 1))).toEqual([
      { purpose: 'patient', generation: 1, kekId: 'kek-1', count: 2, oldestMs: 3 },
      { purpose: 'patient', generation: 1, kekId: 'kek-2', count: 1, oldestMs: 5 },
    ]);
    expect(subjectKeys).toEqual([{ purpose: 'patient', generation: 1, count: 2, oldestMs: 8 }]);
    expect(erasedSubjects).toBe(0);
  });

  test('two keyrings that begin at once make one key each, and read each other', async () => {
    const keys = await openKeyFile(join(mkdtempSync(join(tmpdir(), 'vigil-store-')), 'kek.json'), { create: 'if-missing' });
    const clock = { wallMs: () => 1 };
    const rings = await Promise.all([store, store].map((at) => Keyring.open({ keys, store: at, clock })));
    const place = { purpose: 'note', subject: 'p-7', table: 't', column: 'c', row: 'r' };
    const sealed = await Promise.all([0, 1, 0, 1].map((n) => rings[n]!.seal(place, `text ${n}`)));
    for (const [n, text] of sealed.entries()) expect(await rings[(n + 1) % 2]!.open(place, text)).toBe(`text ${n % 2}`);
    const { shardKeys, subjectKeys } = await store.counts();
    expect(shardKeys.filter(({ purpose }) => purpose === 'note').map(({ count }) => count)).toEqual([1]);
    expect(subjectKeys.map(({ count }) => count)).toEqual([1]);
  });
}
