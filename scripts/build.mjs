/** `npm run build`: builds what has changed since the last build. Also called by `npm start` and `npm test`. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.cache', 'vigil', 'build.json');
const from = (dir) => createRequire(join(root, dir, 'package.json'));

const WORKSPACES = ['packages', 'edge-gateway'];
/** Order matters only for `after`; steps without it run side by side. */
const STEPS = [
  {
    name: 'packages and gateway',
    inputs: [...WORKSPACES, 'tsconfig.base.json', 'tsconfig.build.json'],
    skip: /(^|\/)(dist|node_modules|bench|dashboard)(\/|$)|\.test\.tsx?$/,
    outputs: ['packages/contracts/dist/index.js', 'packages/event-hub/dist/main.js', 'edge-gateway/dist/main.js'],
    command: () => [from('.').resolve('typescript/bin/tsc'), '-b', 'tsconfig.build.json'],
    after: [],
  },
  {
    name: 'platform',
    inputs: ['src', 'nest-cli.json', '.swcrc', 'tsconfig.platform.json', 'tsconfig.json'],
    skip: /\.test\.ts$/,
    outputs: ['dist/main.js', 'dist/cli.js', 'dist/watchdog.js'],
    command: () => [join(dirname(from('.').resolve('@nestjs/cli/package.json')), 'bin', 'nest.js'), 'build'],
    after: [],
  },
  {
    name: 'dashboard',
    inputs: ['packages/dashboard', 'packages/contracts/src'],
    skip: /(^|\/)(dist|node_modules)(\/|$)|\.test\.tsx?$/,
    outputs: ['packages/dashboard/dist/index.html'],
    cwd: 'packages/dashboard',
    command: () => [
      join(dirname(from('packages/dashboard').resolve('vite/package.json')), 'bin', 'vite.js'),
      'build',
      '--logLevel',
      'warn',
    ],
    after: ['packages and gateway'],
  },
];

function files(path, skip) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !skip.test(relative(root, join(path, entry.name))))
    .flatMap((entry) => files(join(path, entry.name), skip));
}

/** Hash of the content of everything that the step reads, and of the tools' versions. */
function contentStamp(step) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const file of step.inputs.flatMap((input) => files(join(root, input), step.skip)).sort()) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex');
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

function runStep(step) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let said = '';
    const child = spawn(process.execPath, step.command(), {
      cwd: join(root, step.cwd ?? '.'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = (data) => (said = (said + data).slice(-20_000));
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('close', (code) => {
      const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
      if (code === 0) console.log(`  built ${step.name} in ${took}`);
      else console.error(`  building ${step.name} failed after ${took}:\n${said.trim()}`);
      resolve(code === 0);
    });
  });
}

/** Builds what is out of date. Answers false when a step failed; what it said is on stderr by then. */
export async function build() {
  const stamps = readStamps();
  const due = STEPS.map((step) => ({ step, stamp: contentStamp(step) })).filter(
    ({ step, stamp }) => stamps[step.name] !== stamp || !step.outputs.every((file) => existsSync(join(root, file))),
  );
  if (due.length === 0) return true;
  console.log(`building ${due.map(({ step }) => step.name).join(', ')}`);
  const running = new Map();
  for (const { step, stamp } of due) {
    const ready = Promise.all(step.after.map((name) => running.get(name) ?? true));
    const done = ready.then(async (before) => {
      if (before.includes(false)) return false;
      const ok = await runStep(step);
      if (ok) stamps[step.name] = stamp;
      return ok;
    });
    running.set(step.name, done);
  }
  const results = await Promise.all(running.values());
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify(stamps));
  return results.every(Boolean);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await build()) ? 0 : 1;
