import { Command } from 'commander';
import { addReplayCommand } from './replay-options.js';

const replay = (...args: string[]): Promise<unknown> => {
  const program = new Command('vigil').exitOverride().configureOutput({ writeErr: () => {} });
  const silent = () => {};
  addReplayCommand(program, { dataDir: () => '/nowhere', env: {}, out: silent, progress: silent });
  return program.parseAsync(['replay', ...args], { from: 'user' });
};

test.each([
  [['--from', '2026-03-14T04:00:00Z', '--to', '2026-03-14T03:00:00Z']],
  [['--from', '5', '--to', '5']],
  [['--partition', '1', '--from-sequence', '9', '--to-sequence', '3']],
  [['--to-test', 'night', '--bed', 'icu-1', '--from', '9', '--to', '5']],
])('a replay of %j is refused: nothing compared is not the same bytes', async (args) => {
  await expect(replay(...args)).rejects.toThrow('the period is empty');
});

test.each(['16:20', '2026-03-14', '2026-03-14T03:17:00', '2026-03-14 03:17Z', '2026-03-14T25:00Z'])(
  'the time %s is refused: without form and zone it is another one on another machine',
  async (text) => {
    await expect(replay('--from', text)).rejects.toThrow('2026-03-14T03:17:00Z');
  },
);

test('a time with its zone is the same everywhere', async () => {
  await expect(replay('--from', '2026-03-14T05:00+01:00', '--to', '2026-03-14T04:00:00.000Z')).rejects.toThrow('period is empty');
});
