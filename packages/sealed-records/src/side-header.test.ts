import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type KeyPort, openKeyFile, openSegmentHeaders, rewrapSegment, Sealer } from './index.js';

const aad = Buffer.from('record 0');
const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-side-')), 'kek.json');

interface KeyFile {
  current: string;
  keys: { id: string; key: string }[];
}

/** Edits a key file as a person would; `refresh` then reads it. */
async function edit(keys: KeyPort, path: string, change: (file: KeyFile) => void): Promise<void> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as KeyFile;
  change(file);
  writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
  await keys.refresh();
}

const add = (keys: KeyPort, path: string, id: string): Promise<void> =>
  edit(keys, path, (file) => {
    file.keys.push({ id, key: randomBytes(32).toString('base64') });
    file.current = id;
  });
const keepOnly = (keys: KeyPort, path: string, id: string): Promise<void> =>
  edit(keys, path, (file) => (file.keys = file.keys.filter((key) => key.id === id)));

/** A segment under `kek-a` with one record, and keys of which `kek-b` is current. */
async function rotated(context = 'log:1') {
  const path = newFile();
  const keys = await openKeyFile(path, { create: 'if-missing' });
  await add(keys, path, 'kek-a');
  const sealer = await Sealer.create(keys, context);
  const segment = { own: sealer.header, sealed: sealer.seal(Buffer.from('kept'), aad) };
  await add(keys, path, 'kek-b');
  return { path, keys, ...segment };
}

test('a data key that was wrapped anew opens its segment without the old key, again and again', async () => {
  const { path, keys, own, sealed } = await rotated();
  let side: Buffer | null = null;
  for (const id of ['kek-b', 'kek-c', 'kek-d']) {
    if (id !== 'kek-b') await add(keys, path, id);
    side = await rewrapSegment(keys, { own, side }, 'log:1');
    await keepOnly(keys, path, id);
    const opened = await openSegmentHeaders(keys, { own: Buffer.concat([own, sealed]), side }, 'log:1');
    expect(opened).toMatchObject({ keyId: id, headerLength: own.length, sideFault: null });
    expect(opened.opener.open(sealed, aad).toString()).toBe('kept');
    expect(await rewrapSegment(keys, { own, side }, 'log:1')).toBeNull();
  }
});

test('without its side header, or with one that is damaged, a segment needs its first key', async () => {
  const { path, keys, own } = await rotated();
  const side = (await rewrapSegment(keys, { own, side: null }, 'log:1'))!;
  const torn = side.subarray(0, side.length - 1);
  expect(await openSegmentHeaders(keys, { own, side: torn }, 'log:1')).toMatchObject({
    keyId: 'kek-a',
    sideFault: { code: 'header-malformed' },
  });
  await keepOnly(keys, path, 'kek-b');
  await expect(openSegmentHeaders(keys, { own, side: null }, 'log:1')).rejects.toMatchObject({ code: 'key-unknown' });
  await expect(openSegmentHeaders(keys, { own, side: torn }, 'log:1')).rejects.toThrow(/first key kek-a is gone.*backup/);
});

test('any changed bit, missing or added byte of a side header is found, and a good one is written in its place', async () => {
  const { keys, own } = await rotated();
  const side = (await rewrapSegment(keys, { own, side: null }, 'log:1'))!;
  const damage = fc.oneof(
    fc.nat(side.length * 8 - 1).map((bit) => side.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))),
    fc.nat(side.length - 1).map((length) => side.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Buffer.concat([side, more])),
  );
  await fc.assert(
    fc.asyncProperty(damage, async (bytes) => {
      const bad = Buffer.from(bytes);
      const opened = await openSegmentHeaders(keys, { own, side: bad }, 'log:1');
      expect([opened.keyId, opened.sideFault?.name]).toEqual(['kek-a', 'SealError']);
      const mended = await rewrapSegment(keys, { own, side: bad }, 'log:1');
      expect(await openSegmentHeaders(keys, { own, side: mended }, 'log:1')).toMatchObject({ keyId: 'kek-b', sideFault: null });
    }),
    { numRuns: 300 },
  );
});

test("another segment's side header, or that of an earlier segment of the same name, is not accepted", async () => {
  const { path, keys, own } = await rotated();
  const foreign = await Sealer.create(keys, 'log:2');
  const earlier = await Sealer.create(keys, 'log:1');
  await add(keys, path, 'kek-c');
  for (const [header, context] of [
    [foreign.header, 'log:2'],
    [earlier.header, 'log:1'],
  ] as const) {
    const side = await rewrapSegment(keys, { own: header, side: null }, context);
    expect(await openSegmentHeaders(keys, { own, side }, 'log:1')).toMatchObject({
      keyId: 'kek-a',
      sideFault: { code: 'tampered' },
    });
  }
});

test("a segment's own header that was changed does not open, whatever lies beside it", async () => {
  const { keys, own } = await rotated();
  const side = await rewrapSegment(keys, { own, side: null }, 'log:1');
  for (let bit = 0; bit < own.length * 8; bit++) {
    const bad = Buffer.from(own);
    bad[bit >> 3]! ^= 1 << (bit & 7);
    await expect(openSegmentHeaders(keys, { own: bad, side }, 'log:1')).rejects.toMatchObject({ name: 'SealError' });
  }
});

test('an outage of the keys is not taken for a damaged side header', async () => {
  const { keys, own } = await rotated();
  const side = await rewrapSegment(keys, { own, side: null }, 'log:1');
  const away: KeyPort = { ...keys, currentKeyId: 'kek-b', unwrap: () => Promise.reject(new Error('away')) };
  await expect(openSegmentHeaders(away, { own, side }, 'log:1')).rejects.toThrow('away');
});

test('what a key port wraps and does not give back is not taken', async () => {
  const { keys, own } = await rotated();
  const broken: KeyPort = {
    ...keys,
    currentKeyId: 'kek-b',
    wrap: (_, context) => keys.wrap(randomBytes(32), context),
    unwrap: (...args) => keys.unwrap(...args),
  };
  await expect(rewrapSegment(broken, { own, side: null }, 'log:1')).rejects.toMatchObject({ code: 'tampered' });
});
