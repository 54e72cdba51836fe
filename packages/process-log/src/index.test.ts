import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'index.js');

/** A process that says one line, waits to be told, says another and leaves with code 3. */
const PROGRAM = `
  import { processLog } from ${JSON.stringify(`file://${built}`)};
  const { log, leave } = processLog({ name: 'probe' });
  log.info('up');
  process.stdin.once('data', () => { log.info('down'); leave(3); });
`;

function run(closeOutput: boolean): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['pipe', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    child.stdout.once('data', () => {
      if (closeOutput) child.stdout.destroy();
      child.stdin.write('now\n');
    });
    // Its end may be heard of before what it said last; `close` comes behind both.
    child.on('close', (code) => resolve({ code, said }));
  });
}

test('the last lines are out before the process leaves', async () => {
  const { code, said } = await run(false);
  expect({
    code,
    lines: said
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg),
  }).toEqual({ code: 3, lines: ['up', 'down'] });
});

test('a process whose reader is gone still leaves', async () => {
  expect((await run(true)).code).toBe(3);
});
