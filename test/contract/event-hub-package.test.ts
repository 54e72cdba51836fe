/** The package as somebody else gets it: packed, installed into an empty folder, and used as its README says. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { producerFor } from './event-hub-clients.js';

jest.setTimeout(180_000);

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'vigil-package-'));
const installed = join(folder, 'node_modules/@vigil/event-hub');
/** Nothing of this repository may help: neither its settings nor its commands, only the same Node. */
const env = Object.fromEntries(
  Object.entries({ ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` }).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS|NODE_PATH)/i.test(name),
  ),
);
const OFFLINE = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|E40[134]|E5\d\d/;

/** Why it could not be installed, when that is the network's fault. */
let unreachable: string | null = null;

beforeAll(async () => {
  const script = join(ROOT, 'packages/event-hub/scripts/pack.mjs');
  const tarball = (await run(process.execPath, [script, folder])).stdout.trim();
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
  const beside = ['@azure/event-hubs', '@types/node'].map(
    (name) => `${name}@${{ ...manifest['dependencies'], ...manifest['devDependencies'] }[name]}`,
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "elsewhere", "private": true, "type": "module" }');
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=0', '--loglevel=error'];
  await run('npm', ['install', ...flags, tarball, ...beside], { cwd: folder, env, timeout: 120_000 }).catch((e: Error) => {
    const why = OFFLINE.exec(`${e.message}`)?.[0];
    if (why === undefined) throw e;
    unreachable = why;
    process.stdout.write(`skipped: the package registry can't be reached (${why}), so the package is not installed elsewhere\n`);
  });
});

const started: ChildProcess[] = [];
afterAll(() => {
  for (const { pid, exitCode, signalCode } of started)
    if (exitCode === null && signalCode === null) process.kill(-pid!, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A test that says nothing where nothing could be installed; the reason has been printed. */
function installedTest(title: string, check: () => Promise<void>): void {
  test(title, async () => {
    if (unreachable === null) await check();
  });
}

function blockOf(language: string, holds: string): string {
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter((m) => m[1] === language && m[2]!.includes(holds));
  expect(blocks).toHaveLength(1);
  return blocks[0]![2]!;
}

installedTest('it holds what it needs and nothing of this repository', async () => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    private?: boolean;
    dependencies: Record<string, string>;
  };
  expect(manifest.private).toBeUndefined();
  expect(Object.keys(manifest.dependencies).filter((name) => name.startsWith('@vigil/'))).toEqual([]);
  for (const [name, version] of Object.entries(manifest.dependencies))
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d/)]);
  expect(readdirSync(installed).sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
  expect(readFileSync(join(installed, 'README.md'), 'utf8')).not.toMatch(/\]\(\.\.\//);
  const files = readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const entry of files) {
    expect(entry.name).toMatch(/\.(js|d\.ts)$/);
    expect(join(entry.parentPath, entry.name)).not.toMatch(/\.(test|contract)\.|test-support|forgetful-disk|test-log/);
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    expect(text).not.toMatch(/from ['"]@vigil\//);
    expect(text).not.toContain(ROOT);
  }
});

installedTest('the quick start of its README passes the strictest type check, libraries included, and runs', async () => {
  writeFileSync(join(folder, 'quick-start.ts'), blockOf('ts', '// quick-start.ts'));
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2024'];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const checked = await run(process.execPath, [tsc, ...options, '--types', 'node', 'quick-start.ts'], { cwd: folder, env }).catch(
    (e: { stdout: string }) => e,
  );
  const ours = checked.stdout.split('\n').filter((line) => /^(quick-start|node_modules\/@vigil)/.test(line));
  expect(ours).toEqual([]);
  const { stdout } = await run(process.execPath, ['quick-start.ts'], { cwd: folder, env, timeout: 60_000 });
  expect(stdout).toContain("{ hello: 'world' }");
});

installedTest('its commands start it, tell a client how to connect, and the client sends', async () => {
  const [, start, connect] = blockOf('sh', 'connection-string').trim().split('\n');
  const words = (line: string): string[] => line.replace(/^npx /, '').split(' ');
  const ports = ['--port', '0', '--http-port', '0'];
  const hub = spawn('npx', ['--no-install', ...words(start!), ...ports], { cwd: folder, env, detached: true });
  started.push(hub);
  await new Promise<void>((resolve, reject) => {
    let text = '';
    hub.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('"hub ready"')) resolve();
    });
    hub.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    hub.once('exit', (code, signal) => reject(new Error(`the hub ended (${signal ?? code}): ${text}`)));
  });
  const { stdout } = await run('npx', ['--no-install', ...words(connect!)], { cwd: folder, env });
  const producer = producerFor(stdout.trim());
  await producer.sendBatch([{ body: 1 }]);
  // While the hub is there to answer: the client waits for that without an end.
  await producer.close();
  const ended = new Promise((resolve) => hub.once('exit', resolve));
  process.kill(-hub.pid!, 'SIGTERM');
  await ended;
});
