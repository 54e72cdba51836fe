import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from './lock-file.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-lock-'));

test('a folder is locked once and can be locked again when it was given back', () => {
  const dir = folder();
  const unlock = lockFolder(dir);
  expect(() => lockFolder(dir)).toThrow(/open in this process/);
  unlock();
  expect(existsSync(join(dir, 'lock'))).toBe(false);
  lockFolder(dir)();
});

test('the lock of a process that runs is respected, and it is named', () => {
  const dir = folder();
  writeFileSync(join(dir, 'lock'), JSON.stringify({ pid: process.ppid, startedAt: null }));
  expect(() => lockFolder(dir)).toThrow(new RegExp(`process ${process.ppid}`));
});

test.each([
  ['a dead process', (): string => JSON.stringify({ pid: spawnSync(process.execPath, ['-e', '']).pid, startedAt: null })],
  ['a process that only has the same number', (): string => JSON.stringify({ pid: process.ppid, startedAt: 'another boot:1' })],
  ['a crash in the middle of locking', (): string => ''],
])('the lock of %s is taken over', (_, text) => {
  const dir = folder();
  writeFileSync(join(dir, 'lock'), text());
  lockFolder(dir)();
});
