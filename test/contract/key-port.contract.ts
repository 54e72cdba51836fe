import { randomBytes } from 'node:crypto';
import { type KeyPort, Keyring, MemoryDataKeyStore, Opener, Sealer } from '@vigil/sealed-records';

/** One place that keeps key-encryption keys. */
export interface KeyStand {
  open(): Promise<KeyPort>;
  /** Makes another key the current one, as an operator does; nobody is told. */
  rotate(): Promise<void>;
  /** Takes a key away for good. */
  retire(keyId: string): Promise<void>;
}

/** Run by one file per driver, so that each is held to the same promises. */
export function keyPortContract(newStand: () => Promise<KeyStand>): void {
  let stand: KeyStand;
  let keys: KeyPort;
  const dataKey = randomBytes(32);

  beforeEach(async () => {
    stand = await newStand();
    keys = await stand.open();
  });

  test('what one process wrapped, another unwraps', async () => {
    const { keyId, wrapped } = await keys.wrap(dataKey, 'segment:1');
    expect(keyId).toBe(keys.currentKeyId);
    expect(Buffer.byteLength(keyId)).toBeLessThanOrEqual(255);
    expect(wrapped.includes(dataKey)).toBe(false);
    expect((await (await stand.open()).unwrap(keyId, wrapped, 'segment:1')).equals(dataKey)).toBe(true);
  });

  test('what was wrapped for one place does not unwrap for another', async () => {
    const { keyId, wrapped } = await keys.wrap(dataKey, 'segment:1');
    await expect(keys.unwrap(keyId, wrapped, 'segment:2')).rejects.toMatchObject({ code: 'tampered' });
    await expect(keys.unwrap(keyId, wrapped, '')).rejects.toMatchObject({ code: 'tampered' });
  });

  test('a wrapped key that was changed or cut short does not unwrap', async () => {
    const { keyId, wrapped } = await keys.wrap(dataKey, 'x');
    for (const at of [0, Math.floor(wrapped.length / 2), wrapped.length - 1]) {
      const bad = Buffer.from(wrapped);
      bad[at]! ^= 1;
      await expect(keys.unwrap(keyId, bad, 'x')).rejects.toMatchObject({ code: 'tampered' });
      await expect(keys.unwrap(keyId, wrapped.subarray(0, at), 'x')).rejects.toMatchObject({ code: 'tampered' });
    }
  });

  test('a key that was never there is unknown, whatever it is called', async () => {
    const { wrapped } = await keys.wrap(dataKey, 'x');
    for (const keyId of ['kek-000000000000', 'https://evil.example/keys/a/b', '../../etc/passwd', '', 'arn:aws:kms:x']) {
      await expect(keys.unwrap(keyId, wrapped, 'x')).rejects.toMatchObject({ code: 'key-unknown' });
    }
  });

  test('a rotation is noticed by refresh, once, and older keys still unwrap', async () => {
    const before = await keys.wrap(dataKey, 'x');
    expect(await keys.refresh()).toBe(false);
    await stand.rotate();
    expect(await keys.refresh()).toBe(true);
    expect(await keys.refresh()).toBe(false);
    const after = await keys.wrap(dataKey, 'x');
    expect(after.keyId).not.toBe(before.keyId);
    for (const { keyId, wrapped } of [before, after]) {
      expect((await keys.unwrap(keyId, wrapped, 'x')).equals(dataKey)).toBe(true);
      expect((await (await stand.open()).unwrap(keyId, wrapped, 'x')).equals(dataKey)).toBe(true);
    }
  });

  test('what a key wrapped that is gone for good is refused as unknown', async () => {
    const { keyId, wrapped } = await keys.wrap(dataKey, 'x');
    await stand.rotate();
    await stand.retire(keyId);
    await keys.refresh();
    await expect(keys.unwrap(keyId, wrapped, 'x')).rejects.toMatchObject({ code: 'key-unknown', retryable: false });
  });

  test('the caller may overwrite what it gave and what it got', async () => {
    const mine = Buffer.from(dataKey);
    const { keyId, wrapped } = await keys.wrap(mine, 'x');
    mine.fill(0);
    (await keys.unwrap(keyId, wrapped, 'x')).fill(0);
    expect((await keys.unwrap(keyId, wrapped, 'x')).equals(dataKey)).toBe(true);
  });

  test('segments and single values are sealed under it', async () => {
    const sealer = await Sealer.create(keys, 'log:1');
    const sealed = sealer.seal(Buffer.from('kept'), Buffer.alloc(0));
    const opener = await Opener.fromHeader(await stand.open(), sealer.header, 'log:1');
    expect(opener.open(sealed, Buffer.alloc(0)).toString()).toBe('kept');
    const [store, clock] = [new MemoryDataKeyStore(), { wallMs: () => 0 }];
    const place = { purpose: 'patient', subject: 'p-1', table: 'patient', column: 'name', row: 'p-1' };
    const text = await (await Keyring.open({ keys, store, clock })).seal(place, 'Ada');
    expect(await (await Keyring.open({ keys: await stand.open(), store, clock })).open(place, text)).toBe('Ada');
  });
}
