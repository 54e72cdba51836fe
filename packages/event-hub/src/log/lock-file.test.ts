import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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

// After a crash of everything at once the dead hub waits for whoever inherited it, in some containers for ever; the
// next start must not wait too.
const isLinux = process.platform === 'linux';
if (!isLinux) process.stdout.write('skipped: the lock of a dead process that nobody has collected (needs /proc)\n');
(isLinux ? test : test.skip)('the lock of a dead process that nobody has collected is taken over', async () => {
  // The shell becomes a program that never looks after the child it began with.
  const parent = spawn('sh', ['-c', '(sleep 0.2) & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  try {
    const isZombie = (): boolean => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
    for (let looks = 0; !isZombie() && looks < 200; looks += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isZombie()).toBe(true);
    const dir = folder();
    writeFileSync(join(dir, 'lock'), JSON.stringify({ pid, startedAt: null }));
    lockFolder(dir)();
  } finally {
    parent.kill();
  }
});
