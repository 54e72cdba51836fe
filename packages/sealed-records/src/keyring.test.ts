import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import fc from 'fast-check';
import { type FieldPlace, Keyring, type KeyringOptions, MemoryDataKeyStore, openKeyFile, rotateKeyFile, SITE } from './index.js';
import { retireKey } from './key-file-change.js';
import { StoppableKeys } from './test-support/stoppable-keys.js';

const place = (subject: string, column = 'name'): FieldPlace => ({
  purpose: 'patient',
  subject,
  table: 'patient',
  column,
  row: subject,
});
const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-keyring-')), 'kek.json');

let file: string;
let keys: StoppableKeys;
let store: MemoryDataKeyStore;
let clock: FakeClock;
const ring = (more: Partial<KeyringOptions> = {}): Promise<Keyring> => Keyring.open({ keys, store, clock, ...more });

beforeEach(async () => {
  file = newFile();
  keys = new StoppableKeys(await openKeyFile(file, { create: 'if-missing' }));
  [store, clock] = [new MemoryDataKeyStore(), new FakeClock()];
});

describe('seal and open', () => {
  test('what was sealed opens again, in this process and in another, one by one and together', async () => {
    const fields = [place('p-1'), place('p-2'), place('p-1', 'mrn'), place(SITE)];
    const texts = ['Ada', '', '12 34', 'ü'.repeat(1000)];
    const sealed = await (await ring()).sealMany(fields.map((at, i) => ({ place: at, plaintext: texts[i]! })));
    const other = await ring();
    expect(await other.open(place('p-1'), sealed[0]!)).toBe('Ada');
    expect(await other.openMany(fields.map((at, i) => ({ place: at, sealed: sealed[i]! })))).toEqual(texts);
  });

  test('any text at any place comes back, and shows neither itself nor, below 32 bytes, its length', async () => {
    const one = await ring();
    const name = fc.string({ minLength: 1, maxLength: 20 });
    const anyPlace = fc.record({
      purpose: fc.constantFrom('patient', 'page'),
      subject: name,
      table: name,
      column: name,
      row: name,
    });
    await fc.assert(
      fc.asyncProperty(anyPlace, fc.string({ unit: 'grapheme' }), async (at, text) => {
        const sealed = await one.seal(at, text);
        expect(one.isSealed(sealed)).toBe(true);
        expect(await one.open(at, sealed)).toBe(text);
        if (Buffer.byteLength(text) < 32) expect(sealed).toHaveLength((await one.seal(at, 'female')).length);
      }),
    );
  });

  test('a value at any other place is refused: another row, column, table, patient or purpose', async () => {
    const one = await ring();
    await one.seal(place('p-2'), 'somebody else');
    const name = fc.constantFrom('a', 'b', 'ab', 'p-1', 'p-2', '');
    const somewhere = fc.record({
      purpose: fc.constantFrom('patient', 'page'),
      subject: fc.constantFrom('p-1', 'p-2', 'p-1a'),
      table: name,
      column: name,
      row: name,
    });
    await fc.assert(
      fc.asyncProperty(somewhere, somewhere, async (here, there) => {
        fc.pre(JSON.stringify(here) !== JSON.stringify(there));
        await expect(one.open(there, await one.seal(here, 'Ada'))).rejects.toMatchObject({ code: 'tampered' });
      }),
    );
  });

  test('one that cannot be opened spoils no other', async () => {
    const one = await ring();
    const [a, b] = [await one.seal(place('p-1'), 'Ada'), await one.seal(place('p-2'), 'Bob')];
    const opened = await one.openMany([
      { place: place('p-1'), sealed: a },
      { place: place('p-1'), sealed: b },
      { place: place('p-2'), sealed: 'Bob' },
      { place: place('p-2'), sealed: b },
    ]);
    expect(opened).toMatchObject(['Ada', { code: 'tampered' }, { code: 'field-malformed' }, 'Bob']);
  });

  test('two of the same are sealed differently, and nothing of the text is in it', async () => {
    const one = await ring();
    const [a, b] = await one.sealMany([1, 2].map(() => ({ place: place('p-1'), plaintext: 'canary-canary' })));
    expect(a).not.toBe(b);
    expect(Buffer.from(a!.slice(4), 'base64url').includes('canary')).toBe(false);
  });

  test.each(['', 'Patient', 'a:b', '-a', 'a'.repeat(65)])('"%s" is no purpose', async (purpose) => {
    await expect((await ring()).seal({ ...place('p-1'), purpose }, 'x')).rejects.toMatchObject({ code: 'place-malformed' });
  });
});

describe('damage', () => {
  test('a flipped bit anywhere, and a cut anywhere, is refused', async () => {
    const one = await ring();
    const sealed = await one.seal(place('p-1'), 'Ada');
    const bytes = Buffer.from(sealed.slice(4), 'base64url');
    const codes = new Set<string>();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bad = Buffer.from(bytes);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      const [refused] = await one.openMany([{ place: place('p-1'), sealed: `vsf.${bad.toString('base64url')}` }]);
      codes.add((refused as { code: string }).code);
    }
    expect([...codes].sort()).toEqual(['key-unknown', 'tampered', 'version-unknown']);
    for (let size = 0; size < sealed.length; size++) {
      const refused = one.open(place('p-1'), sealed.slice(0, size));
      await expect(refused).rejects.toMatchObject({
        name: 'SealError',
        code: expect.stringMatching(/field-malformed|tampered/) as string,
      });
    }
  });

  test('no other spelling of the same bytes is taken', async () => {
    const one = await ring();
    const sealed = await one.seal(place('p-1'), 'Ada');
    const spelt = [`${sealed}=`, `${sealed} `, `${sealed.slice(0, 9)}\n${sealed.slice(9)}`, sealed.replaceAll(/[-_]/g, '+')];
    for (const text of spelt.filter((text) => text !== sealed)) {
      await expect(one.open(place('p-1'), text)).rejects.toMatchObject({ code: 'field-malformed' });
    }
  });

  test('a row of the key store that was given to another subject, or changed, opens nothing', async () => {
    const one = await ring();
    const sealed = await one.seal(place('p-1'), 'Ada');
    await one.seal(place('p-2'), 'Bob');
    const [ada, bob] = [await store.newestSubjectKey('patient', 'p-1'), await store.newestSubjectKey('patient', 'p-2')];
    const swapped = new MemoryDataKeyStore();
    for (const row of await store.shardKeysOf('patient', 100)) await swapped.addShardKey(row);
    await swapped.addSubjectKey({ ...bob!, id: ada!.id, subject: 'p-1' });
    const other = await ring({ store: swapped });
    await expect(other.open(place('p-1'), sealed)).rejects.toMatchObject({ code: 'tampered' });
  });
});

describe('blind index', () => {
  test('the same value gives the same index in every process, another name or value another', async () => {
    const [one, other] = [await ring(), await ring()];
    const index = await one.blindIndex('patient-mrn', '1234');
    expect(index).toMatch(/^[\w-]{43}$/);
    expect(await other.blindIndex('patient-mrn', '1234')).toBe(index);
    expect(await one.blindIndex('patient-mrn', '1235')).not.toBe(index);
    expect(await one.blindIndex('patient-name', '1234')).not.toBe(index);
    expect(await (await ring({ store: new MemoryDataKeyStore() })).blindIndex('patient-mrn', '1234')).not.toBe(index);
  });

  test('rotating a purpose leaves every index as it is', async () => {
    const one = await ring();
    const index = await one.blindIndex('patient', '1234');
    await one.rotate('patient');
    expect(await one.blindIndex('patient', '1234')).toBe(index);
  });
});

describe('budget', () => {
  test('uses are reserved before they are used, in blocks, and a restart never counts one again', async () => {
    const reserved = async (): Promise<number> => (await store.newestSubjectKey('patient', 'p-1'))!.usesReserved;
    const first = await ring({ blockUses: 10 });
    await first.seal(place('p-1'), 'x');
    expect(await reserved()).toBe(10);
    for (let n = 0; n < 9; n++) await first.seal(place('p-1'), 'x');
    expect(await reserved()).toBe(10);
    await first.seal(place('p-1'), 'x');
    expect(await reserved()).toBe(20);
    await (await ring({ blockUses: 10 })).seal(place('p-1'), 'x');
    expect(await reserved()).toBe(30);
  });

  test('whoever can not reserve does not seal', async () => {
    const one = await ring({ blockUses: 2 });
    await one.sealMany([1, 2].map(() => ({ place: place('p-1'), plaintext: 'x' })));
    store.reserveUses = () => Promise.reject(new Error('disk full'));
    await expect(one.seal(place('p-1'), 'x')).rejects.toThrow('disk full');
  });

  test('while a reservation is on its way to the disk nobody seals with it', async () => {
    const one = await ring({ blockUses: 2 });
    await one.sealMany([1, 2].map(() => ({ place: place('p-1'), plaintext: 'x' })));
    let written = (): void => undefined;
    const reserve = store.reserveUses.bind(store);
    store.reserveUses = async (...args) => {
      await new Promise<void>((resolve) => (written = resolve));
      return reserve(...args);
    };
    let sealed = 0;
    const seals = [1, 2].map(() => one.seal(place('p-1'), 'x').then(() => sealed++));
    await clock.advance(1);
    expect(sealed).toBe(0);
    written();
    await Promise.all(seals);
    expect(sealed).toBe(2);
  });

  test('a key that has sealed its share is followed by the next, and what it sealed stays readable', async () => {
    const one = await ring({ blockUses: 4, usesMax: 10 });
    const sealed = await Promise.all(Array.from({ length: 50 }, (_, n) => one.seal(place('p-1'), `${n}`)));
    const uses = new Map<string, number>();
    for (const text of sealed) uses.set(text.slice(7, 23), (uses.get(text.slice(7, 23)) ?? 0) + 1);
    expect(Math.max(...uses.values())).toBeLessThanOrEqual(10);
    expect(uses.size).toBeGreaterThanOrEqual(5);
    for (const [n, text] of sealed.entries()) expect(await one.open(place('p-1'), text)).toBe(`${n}`);
  });

  test('a key of 90 days is followed by the next', async () => {
    const one = await ring();
    const old = await one.seal(place('p-1'), 'x');
    await clock.advance(90 * 86_400_000 - 1);
    await one.seal(place('p-1'), 'x');
    expect(await one.isStale(old)).toBe(false);
    await clock.advance(1);
    await one.seal(place('p-1'), 'x');
    expect(await one.isStale(old)).toBe(true);
    expect(await one.open(place('p-1'), old)).toBe('x');
  });
});

describe('rotation', () => {
  test('a rotated purpose seals under new keys; what is sealed stays readable and is known to be stale', async () => {
    const [one, other] = [await ring(), await ring()];
    const old = await one.seal(place('p-1'), 'x');
    await other.seal(place('p-1'), 'x');
    await one.rotate('patient');
    expect(await one.isStale(old)).toBe(true);
    const fresh = await one.seal(place('p-1'), 'x');
    expect(await one.isStale(fresh)).toBe(false);
    await other.refresh();
    expect(await other.isStale(await other.seal(place('p-1'), 'x'))).toBe(false);
    expect([await other.open(place('p-1'), old), await other.open(place('p-1'), fresh)]).toEqual(['x', 'x']);
  });

  test('another key-encryption key takes over while running: shard keys alone are wrapped anew, and the old may go', async () => {
    const one = await ring();
    const subjects = Array.from({ length: 200 }, (_, n) => `p-${n}`);
    const sealed = await one.sealMany(subjects.map((subject) => ({ place: place(subject), plaintext: subject })));
    await one.blindIndex('patient-mrn', 'x');
    const [before, rowsBefore] = [keys.currentKeyId, await store.subjectKeys(subjects)];
    await rotateKeyFile(file);
    expect(await one.refresh()).toEqual({ kekChanged: true, away: null, damaged: null });
    expect((await one.status()).toRewrap).toBe(33);
    const told: number[] = [];
    expect(await one.rewrapAll({ onProgress: ({ left }) => void told.push(left) })).toEqual({ rewrapped: 33, left: 0 });
    expect(told.at(-1)).toBe(0);
    expect(await store.subjectKeys(subjects)).toEqual(rowsBefore);
    await retireKey(file, before);
    const restarted = await Keyring.open({ keys: await openKeyFile(file, { create: 'never' }), store, clock });
    const opened = await restarted.openMany(subjects.map((subject, i) => ({ place: place(subject), sealed: sealed[i]! })));
    expect(opened).toEqual(subjects);
  });

  test('re-wrapping may be stopped at any key and begun again, by two at once', async () => {
    const one = await ring();
    await one.sealMany(Array.from({ length: 200 }, (_, n) => ({ place: place(`p-${n}`), plaintext: 'x' })));
    await rotateKeyFile(file);
    await one.refresh();
    keys.stopAfter(7);
    await expect(one.rewrapAll()).rejects.toMatchObject({ code: 'key-away' });
    const left = (await one.status()).toRewrap;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(32);
    keys.start();
    await clock.advance(10_000);
    const reports = await Promise.all([one.rewrapAll(), (await ring()).rewrapAll()]);
    expect(reports[0]!.rewrapped + reports[1]!.rewrapped).toBe(left);
    expect((await one.status()).toRewrap).toBe(0);
  });
});

describe('erasing', () => {
  test('an erased subject is unreadable everywhere, for every purpose, and takes nothing more; others are untouched', async () => {
    const [one, other] = [await ring(), await ring()];
    const page = { ...place('p-1'), purpose: 'page' };
    const [name, text, bob] = [
      await one.seal(place('p-1'), 'Ada'),
      await one.seal(page, 'call'),
      await one.seal(place('p-2'), 'Bob'),
    ];
    expect(await other.open(place('p-1'), name)).toBe('Ada');
    expect(await one.erase('p-1')).toBe(2);
    expect(await one.erase('p-1')).toBe(0);
    await other.refresh();
    for (const keyring of [one, other, await ring()]) {
      await expect(keyring.open(place('p-1'), name)).rejects.toMatchObject({ code: 'erased' });
      await expect(keyring.open(page, text)).rejects.toMatchObject({ code: 'erased' });
      await expect(keyring.seal(place('p-1'), 'Ada')).rejects.toMatchObject({ code: 'erased' });
      expect(await keyring.open(place('p-2'), bob)).toBe('Bob');
    }
    expect((await one.status()).erasedSubjects).toBe(1);
  });

  test('an erasure while somebody seals leaves no key behind', async () => {
    const one = await ring({ blockUses: 1 });
    const seals = Array.from({ length: 50 }, (_, n) => one.seal(place('p-1'), `${n}`));
    await one.erase('p-1');
    const done = await Promise.allSettled(seals);
    expect(done.some(({ status }) => status === 'rejected')).toBe(true);
    expect(await store.newestSubjectKey('patient', 'p-1')).toBeNull();
  });
});
