/** The gateway as it is carried to another machine: one tarball, unpacked into a clean folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { ROOT } from '../support/root.js';

jest.setTimeout(120_000);

const exec = promisify(execFile);
let gateway: ChildProcess | null = null;
let folder: string;
afterAll(async () => {
  gateway?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

test('one tarball has all that the gateway needs: it starts in a clean folder, and its doctor looks at it', async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-package-'));
  await exec(process.execPath, [join(ROOT, 'scripts', 'pack.mjs'), 'gateway', '--out', folder]);
  const [tarball] = await readdir(folder);
  expect(tarball).toMatch(/^vigil-gateway-[\d.]+\.tar\.gz$/);
  await exec('tar', ['-xzf', join(folder, tarball!), '-C', folder]);
  const home = join(folder, tarball!.replace('.tar.gz', ''));
  const starter = join(home, 'bin', 'vigil-gateway');
  const nowhere = 'Endpoint=sb://127.0.0.1:9/;SharedAccessKeyName=gateway;SharedAccessKey=none;UseDevelopmentEmulator=true';
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, EVENT_HUBS_CONNECTION_STRING: nowhere };
  const flags = ['--data-dir', join(folder, 'data'), '--mqtt-port', '0', '--http-port', '0', '--watch-port', '0'];
  const started = spawn(starter, flags, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  gateway = started;
  let said = '';
  await new Promise<void>((resolve, reject) => {
    started.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
    started.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('gateway ready')) resolve();
    });
  });
  const doctor = await exec(starter, ['doctor', ...flags], { cwd: folder, env }).catch((error: { stdout: string }) => error);
  expect(doctor.stdout).toMatch(/^ok {3}data folder/m);
  expect(doctor.stdout).toMatch(/^MEND log .*does not answer/m);
});
