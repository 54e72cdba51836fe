import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPort, Opener, openKeyFile, OVERHEAD_BYTES, Sealer, type SealErrorCode } from './index.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-sealed-'));
const newKeys = (): Promise<KeyPort> => openKeyFile(join(folder(), 'kek.json'), { create: 'if-missing' });
const aad = (n: number): Buffer => Buffer.from(`record ${n}`);
/** jest takes a matcher here; its types do not say so. */
const code = (value: SealErrorCode): Error => expect.objectContaining({ code: value }) as unknown as Error;

test('what was sealed opens again, in any order, also when given in parts', async () => {
  const keys = await newKeys();
  const sealer = await Sealer.create(keys, 'log:1');
  const plain = [Buffer.alloc(0), randomBytes(1), randomBytes(5000)];
  const sealed = plain.map((p, i) => sealer.seal(p, aad(i)));
  const inParts = sealer.seal([plain[1]!, plain[2]!], aad(9));
  const opener = await Opener.fromHeader(keys, Buffer.concat([sealer.header, sealed[0]!]), 'log:1');
  expect(opener.headerLength).toBe(sealer.header.length);
  expect(sealed[2]!.length).toBe(5000 + OVERHEAD_BYTES);
  for (const i of [2, 0, 1, 2]) expect(opener.open(sealed[i]!, aad(i)).equals(plain[i]!)).toBe(true);
  expect(opener.open(inParts, aad(9)).equals(Buffer.concat([plain[1]!, plain[2]!]))).toBe(true);
});

test('records sealed one after the other into the same memory open, and one that does not fit is refused', async () => {
  const keys = await newKeys();
  const sealer = await Sealer.create(keys, 'log:1');
  const opener = await Opener.fromHeader(keys, sealer.header, 'log:1');
  const room = Buffer.alloc(100, 0xee);
  for (const [n, text] of ['forty-two', 'seven'].entries()) {
    const sealed = sealer.sealInto([Buffer.from(text)], aad(n), room);
    expect(sealed.length).toBe(text.length + OVERHEAD_BYTES);
    expect(opener.open(sealed, aad(n)).toString()).toBe(text);
  }
  expect(() => sealer.sealInto([randomBytes(73)], aad(2), room)).toThrow(RangeError);
});

test('the plaintext is not in the sealed bytes', async () => {
  const sealer = await Sealer.create(await newKeys(), 'log:1');
  expect(sealer.seal(Buffer.from('canary canary canary'), aad(0)).includes('canary')).toBe(false);
});

test('a flipped bit anywhere in record or header is found', async () => {
  const keys = await newKeys();
  const sealer = await Sealer.create(keys, 'log:1');
  const sealed = sealer.seal(Buffer.from('forty-two'), aad(0));
  const opener = await Opener.fromHeader(keys, sealer.header, 'log:1');
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const bad = Buffer.from(sealed);
    bad[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => opener.open(bad, aad(0))).toThrow(code('tampered'));
  }
  for (let bit = 0; bit < sealer.header.length * 8; bit++) {
    const bad = Buffer.from(sealer.header);
    bad[bit >> 3]! ^= 1 << (bit & 7);
    await expect(Opener.fromHeader(keys, bad, 'log:1')).rejects.toMatchObject({ name: 'SealError' });
  }
});

test('a record at another place and a segment under another name do not open', async () => {
  const keys = await newKeys();
  const sealer = await Sealer.create(keys, 'log:1');
  const sealed = sealer.seal(Buffer.from('x'), aad(0));
  const opener = await Opener.fromHeader(keys, sealer.header, 'log:1');
  expect(() => opener.open(sealed, aad(1))).toThrow(code('tampered'));
  expect(() => opener.open(sealed.subarray(0, 20), aad(0))).toThrow(code('tampered'));
  await expect(Opener.fromHeader(keys, sealer.header, 'log:2')).rejects.toMatchObject({ code: 'tampered' });
});

test('a header that is cut short, foreign or of a later version is refused', async () => {
  const keys = await newKeys();
  const { header } = await Sealer.create(keys, 'log:1');
  for (let n = 0; n < header.length; n++) {
    await expect(Opener.fromHeader(keys, header.subarray(0, n), 'log:1')).rejects.toMatchObject({ code: 'header-malformed' });
  }
  for (const at of [4, 5]) {
    const later = Buffer.from(header);
    later[at] = 2;
    await expect(Opener.fromHeader(keys, later, 'log:1')).rejects.toMatchObject({ code: 'version-unknown' });
  }
});

test('each sealer has a data key of its own, and no nonce comes twice from one', async () => {
  const keys = await newKeys();
  const [a, b] = [await Sealer.create(keys, 'log:1'), await Sealer.create(keys, 'log:1')];
  const opener = await Opener.fromHeader(keys, a.header, 'log:1');
  expect(() => opener.open(b.seal(Buffer.from('x'), aad(0)), aad(0))).toThrow(code('tampered'));
  const nonces = new Set(Array.from({ length: 1000 }, () => a.seal(Buffer.from('x'), aad(0)).toString('hex', 0, 12)));
  expect(nonces.size).toBe(1000);
});

test('a sealer stops at its cap', async () => {
  const sealer = await Sealer.create(await newKeys(), 'log:1', 2);
  sealer.seal(Buffer.from('x'), aad(0));
  sealer.seal(Buffer.from('x'), aad(1));
  expect(() => sealer.seal(Buffer.from('x'), aad(2))).toThrow(code('exhausted'));
});

test('the key file is made once, with mode 0600, and leaves no other file behind', async () => {
  const dir = folder();
  const path = join(dir, 'kek.json');
  const opened = await Promise.all(Array.from({ length: 5 }, () => openKeyFile(path, { create: 'if-missing' })));
  expect(new Set(opened.map((k) => k.currentKeyId)).size).toBe(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['kek.json']);
});

test('a key file that others may read is refused with the command that mends it', async () => {
  const path = join(folder(), 'kek.json');
  await openKeyFile(path, { create: 'if-missing' });
  chmodSync(path, 0o640);
  await expect(openKeyFile(path, { create: 'if-missing' })).rejects.toThrow(/chmod 600/);
});

test('a key that is not in the file is named, and the advice says where to get it', async () => {
  const sealer = await Sealer.create(await newKeys(), 'log:1');
  await expect(Opener.fromHeader(await newKeys(), sealer.header, 'log:1')).rejects.toThrow(/has no key kek-.*backup/);
});

test('after rotation new segments use the new key and old ones still open', async () => {
  const path = join(folder(), 'kek.json');
  const old = await Sealer.create(await openKeyFile(path, { create: 'if-missing' }), 'log:1');
  const sealed = old.seal(Buffer.from('kept'), aad(0));
  const file = JSON.parse(readFileSync(path, 'utf8')) as { current: string; keys: { id: string; key: string }[] };
  file.keys.push({ id: 'kek-next', key: randomBytes(32).toString('base64') });
  file.current = 'kek-next';
  writeFileSync(path, JSON.stringify(file));
  const keys = await openKeyFile(path, { create: 'if-missing' });
  expect((await Opener.fromHeader(keys, old.header, 'log:1')).open(sealed, aad(0)).toString()).toBe('kept');
  expect((await Sealer.create(keys, 'log:2')).header.includes('kek-next')).toBe(true);
});

test.each([
  ['not JSON', '{'],
  ['an unknown format', '{"format":2}'],
  ['a short key', '{"format":1,"current":"a","keys":[{"id":"a","key":"AAAA"}]}'],
  ['no current key', '{"format":1,"current":"b","keys":[]}'],
])('a key file with %s is refused without showing its content', async (_, text) => {
  const path = join(folder(), 'kek.json');
  writeFileSync(path, text, { mode: 0o600 });
  await expect(openKeyFile(path, { create: 'if-missing' })).rejects.toMatchObject({ code: 'key-file' });
});
