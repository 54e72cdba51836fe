/** `npm start`, installed and built, to `vigil ready`: in an empty folder, and again with its data. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onEnd } from './lib/cleanup.mjs';
import { progress, report, round } from './lib/report.mjs';
import { ownEnvironment, root } from './lib/stack.mjs';

const BEDS = 8;

export const about = 'startup: `npm start` to `vigil ready` once installed and built, first and second start';

export async function run({ quick }) {
  const runs = quick ? 1 : 3;
  const taken = { first: [], second: [] };
  for (let i = 1; i <= runs; i++) {
    progress(`startup: run ${i} of ${runs}`);
    const { env, remove } = await ownEnvironment(BEDS);
    taken.first.push(await readyAfterS(env));
    taken.second.push(await readyAfterS(env));
    await remove();
  }
  for (const [which, seconds] of Object.entries(taken)) {
    report(`startup.${which}`, Math.min(...seconds), 's', { aim: 10, runs: seconds, beds: BEDS });
  }
}

async function readyAfterS(env) {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [join(root, 'scripts', 'bootstrap.cjs'), 'start'], {
    env,
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = onEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const seconds = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('vigil ready ')) resolve(round((performance.now() - startedMs) / 1000));
    });
  });
  child.removeAllListeners('exit');
  await stop();
  return seconds;
}
