/** What the page alone costs and takes, against the scripted ward of the browser tests: packages/dashboard/scripts/measure-*.mjs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasChromium } from './lib/chromium.mjs';
import { onEnd } from './lib/cleanup.mjs';
import { progress, report } from './lib/report.mjs';
import { root } from './lib/stack.mjs';

const DASHBOARD = join(root, 'packages', 'dashboard');

export const grid = {
  about: 'dashboard-grid: 64 beds at 1 Hz in Chromium: frames, processor, memory after an hour accelerated',
  run: ({ quick }) => measured('dashboard-grid', 'measure-grid.mjs', quick ? ['5', '20'] : ['30', '120']),
};
export const pager = {
  about: 'dashboard-pager: a cold phone on a slow network, from the tap on a notification to Accept',
  run: ({ quick }) => measured('dashboard-pager', 'measure-load.mjs', [quick ? '3' : '40']),
};

const UNITS = [
  [/Ms$|^p\d+$|^max$/, 'ms'],
  [/Mb$/, 'MB'],
  [/Pct$/, '%'],
  [/^fps$/, '1/s'],
  [/^seconds$/, 's'],
];

/** Each line of the script is `{ what, <figure>: number, … }`. */
async function measured(name, script, args) {
  if (!hasChromium(name)) return;
  progress(`${name}: ${script} ${args.join(' ')}`);
  const file = join(DASHBOARD, 'scripts', script);
  const child = spawn(process.execPath, ['--import', './scripts/ts-names.mjs', file, join(DASHBOARD, 'dist'), ...args], {
    cwd: DASHBOARD,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onEnd(() => child.kill('SIGTERM'));
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const { what, ...figures } = JSON.parse(line);
    for (const [figure, value] of Object.entries(figures)) {
      const unit = UNITS.find(([pattern]) => pattern.test(figure))?.[1];
      if (unit) report(`${name}.${figure}`, value, unit, { what });
    }
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
}
