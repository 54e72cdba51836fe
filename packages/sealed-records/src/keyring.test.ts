import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FieldPlace, type KeyPort, Keyring, MemoryDataKeyStore, openKeyFile, SITE } from './index.js';

const newKeys = (): Promise<KeyPort> => openKeyFile(join(mkdtempSync(join(tmpdir(), 'vigil-keyring-')), 'kek.json'));
const clock = { wallMs: () => 1_000_000 };
const place = (subject: string, column = 'name'): FieldPlace => ({
  purpose: 'patient',
  subject,
  table: 'patient',
  column,
  row: subject,
});

test('what was sealed opens again, in this process and in another', async () => {
  const [keys, store] = [await newKeys(), new MemoryDataKeyStore()];
  const one = await Keyring.open({ keys, store, clock });
  const sealed = await one.sealMany([
    { place: place('p-1'), plaintext: 'Ada' },
    { place: place('p-2'), plaintext: '' },
    { place: place('p-1', 'mrn'), plaintext: '12 34' },
    { place: place(SITE), plaintext: 'ü'.repeat(1000) },
  ]);
  const other = await Keyring.open({ keys, store, clock });
  expect(await other.open(place('p-1'), sealed[0]!)).toBe('Ada');
  const fields = [place('p-1'), place('p-2'), place('p-1', 'mrn'), place(SITE)].map((at, i) => ({
    place: at,
    sealed: sealed[i]!,
  }));
  expect(await other.openMany(fields)).toEqual(['Ada', '', '12 34', 'ü'.repeat(1000)]);
});
