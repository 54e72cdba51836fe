import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onEnd } from './cleanup.mjs';
import { progress } from './report.mjs';
import { root } from './stack.mjs';

/** Runs the script, and answers with the JSON lines that it prints. */
export async function linesOf(script, args = [], env = {}) {
  progress(`${script} ${args.join(' ')}`);
  const child = spawn(process.execPath, [join(root, script), ...args.map(String)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = onEnd(() => void child.kill('SIGTERM'));
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('{') && lines.push(JSON.parse(line)));
  const [code] = await once(child, 'close');
  await stop();
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return lines;
}
