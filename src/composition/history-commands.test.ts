import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { Command } from 'commander';
import { SqliteObservationStore } from '../adapters/history-sqlite/history-sqlite.js';
import { addHistoryCommands } from './history-commands.js';

async function run(env: Record<string, string>, ...args: string[]): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-history-command-'));
  new SqliteObservationStore(join(dataDir, 'history.db'), new FakeClock()).close();
  const lines: string[] = [];
  const program = new Command().exitOverride();
  addHistoryCommands(program, { dataDir: () => dataDir, env, out: (line) => void lines.push(line) });
  await program.parseAsync(['history', ...args], { from: 'user' });
  return lines.join('\n');
}

test('the size of the file is told where history is in the file', async () => {
  expect(await run({}, 'size')).toContain('0 beds, 0 series');
});

test('where history is in InfluxDB, the file of before does not answer for it', async () => {
  await expect(run({ INFLUX_URL: 'http://127.0.0.1:8086' }, 'size')).rejects.toThrow(
    'INFLUX_URL is set, so history is in InfluxDB',
  );
});
