import { chmodSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStates, writeStates } from './replay-states.js';

test('a saved state is its owner’s alone, also where everybody could read the file before, and nothing is left beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-states-'));
  const file = join(folder, 'states.json');
  writeFileSync(file, '{"v":0}');
  chmodSync(file, 0o644);
  expect(() => readStates(file)).toThrow('write one with --save-state');
  writeStates(file, { v: 1, partitions: {} });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readStates(file)).toEqual({ v: 1, partitions: {} });
  expect(readdirSync(folder)).toEqual(['states.json']);
});
