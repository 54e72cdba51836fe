import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Role, Site } from '@vigil/contracts';
import { parse } from 'yaml';
import { verifyPassword } from '../access/password.js';
import { defaultRuleSet } from '../composition/default-rule-set.js';
import { demoSite } from './demo-site.js';
import { checkModes, checkNames, checkNode, examine } from './doctor.js';
import { init } from './init.js';
import { readDemoAccounts, readDeviceTokens, readPasswordHashes, readServiceTokens, readSite } from './site-files.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'vigil-site-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const demo = { source: 'simulator', beds: 3, speed: 1 } as const;
const snapshot = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((file) => [relative(dataDir, file), readFileSync(file, 'utf8')]),
  );

describe('init', () => {
  test('makes a site that the contracts accept, and secrets that only their owner may read', async () => {
    await init({ dataDir, ...demo });
    const site = readSite(dataDir);
    expect(site.beds.map((bed) => bed.bedId)).toEqual(['icu-1', 'icu-2', 'icu-3']);
    expect(readDeviceTokens(dataDir).map((device) => device.deviceId)).toEqual(['sim-icu-1', 'sim-icu-2', 'sim-icu-3']);
    expect(readServiceTokens(dataDir).map((token) => token.name)).toEqual(['simulator', 'gateway', 'watchdog']);
    for (const file of readdirSync(dataDir)) expect(statSync(join(dataDir, file)).mode & 0o077).toBe(0);
    expect(checkModes(dataDir).ok).toBe(true);
  });

  test('passwords are new every time, and their hashes are those of the accounts', async () => {
    await init({ dataDir, ...demo });
    const accounts = readDemoAccounts(dataDir);
    const hashes = readPasswordHashes(dataDir);
    expect(new Set(accounts.map((account) => account.password)).size).toBe(accounts.length);
    const checked = await Promise.all(accounts.map(({ username, password }) => verifyPassword(password, hashes.get(username)!)));
    expect(checked).toEqual(accounts.map(() => true));
  });

  test('a demo has somebody for every part of it, the life of a rule and wider limits among them', async () => {
    await init({ dataDir, ...demo });
    const { staff, staffAssignments, onCallSchedules = [] } = readSite(dataDir);
    const wanted: Role[] = ['nurse', 'charge-nurse', 'physician', 'on-call', 'biomed', 'admin', 'security-officer', 'auditor'];
    expect(new Set(staff.flatMap(({ roles }) => roles))).toEqual(new Set(wanted));
    const physicians = staff.filter(({ roles }) => roles.includes('physician')).map(({ staffId }) => staffId);
    expect(staffAssignments.some(({ staffId, bedId }) => physicians.includes(staffId) && bedId === null)).toBe(true);
    const duties = new Set(staffAssignments.map(({ role }) => role));
    expect([...duties].sort()).toEqual(['buddy', 'charge', 'primary', 'rapid-response']);
    const onCall = onCallSchedules.flatMap(({ content }) => content.rotations.flatMap(({ participants }) => participants));
    expect(onCall.map((id) => physicians.includes(id))).toEqual([true, true]);
    expect(readDemoAccounts(dataDir)).toHaveLength(staff.length);
  });

  test('running it again changes nothing', async () => {
    await init({ dataDir, ...demo });
    const before = snapshot();
    expect(await init({ dataDir, ...demo })).toEqual([]);
    expect(snapshot()).toEqual(before);
  });

  test('more beds and another source are added; what the hospital wrote stays', async () => {
    await init({ dataDir, ...demo });
    const file = join(dataDir, 'site.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('label: ICU 1', 'label: Window bed # by the door'));
    await init({ dataDir, source: 'recordings', beds: 4, speed: 1 });
    const site = readSite(dataDir);
    expect(site.beds.map((bed) => bed.label)).toEqual(['Window bed', 'ICU 2', 'ICU 3', 'ICU 4']);
    expect(readFileSync(file, 'utf8')).toContain('# by the door');
    expect(site.devices.filter((device) => device.recording).map((device) => device.deviceId)).toEqual([
      'rec-icu-1',
      'rec-icu-2',
      'rec-icu-3',
      'rec-icu-4',
    ]);
    expect(readDeviceTokens(dataDir)).toHaveLength(7);
    expect(site.encounters).toHaveLength(3);
  });

  test('a real site begins with one admin, whose password is shown once and kept nowhere', async () => {
    const said = await init({ dataDir, ...demo, source: 'none' });
    const [, username, password] = /username (\S+), password (\S+)/.exec(said.join('\n'))!;
    expect(readSite(dataDir).staff).toMatchObject([{ username, roles: ['admin'] }]);
    expect(await verifyPassword(password!, readPasswordHashes(dataDir).get(username!)!)).toBe(true);
    expect(JSON.stringify(snapshot())).not.toContain(password!);
    expect(await init({ dataDir, ...demo, source: 'none' })).toEqual([]);
  });

  test('a site of real devices is never added to', async () => {
    await init({ dataDir, ...demo, source: 'none' });
    const before = snapshot();
    await init({ dataDir, source: 'none', beds: 9, speed: 1 });
    expect(snapshot()).toEqual(before);
    expect(readDeviceTokens(dataDir)).toEqual([]);
  });

  test('a folder that was replayed at speed takes no real devices', async () => {
    await init({ dataDir, source: 'recordings', beds: 1, speed: 60 });
    await expect(init({ dataDir, source: 'none', beds: 1, speed: 1 })).rejects.toThrow(/data folder of their own/);
  });

  test('a broken site.yaml is named with the place', async () => {
    await init({ dataDir, ...demo });
    const file = join(dataDir, 'site.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('careUnitId: icu', 'careUnitId: Not A Slug'));
    await expect(init({ dataDir, ...demo })).rejects.toThrow(/site\.yaml: careUnits\.0\.careUnitId: /);
  });
});

test.each(['simulator', 'recordings', 'none'] as const)('the demo site for %s survives YAML', (source) => {
  const site = demoSite({ source, beds: 5 });
  expect(Site.parse(parse(JSON.stringify(site)))).toEqual(site);
});

test('every default limit names its source, and a rule id is used once', () => {
  const ids = defaultRuleSet().rules.map((rule) => rule.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const rule of defaultRuleSet().rules) expect(rule.source.length).toBeGreaterThan(10);
});

describe('doctor', () => {
  test.each([
    ['v24.21.0', true],
    ['v24.7.0', true],
    ['v26.0.0', true],
    ['v24.6.9', false],
    ['v20.20.2', false],
  ])('Node %s: %s', (version, ok) => {
    expect(checkNode(version).ok).toBe(ok);
  });

  test('a healthy folder has no findings to mend', async () => {
    await init({ dataDir, ...demo });
    const findings = await examine({ dataDir, ports: [], wallMs: Date.UTC(2026, 5, 1) });
    expect(findings.filter((finding) => !finding.ok)).toEqual([]);
  });

  test('names in site.yaml are for the demo: on a live site they are to be taken out', async () => {
    await init({ dataDir, ...demo });
    expect(checkNames(dataDir, false).ok).toBe(true);
    expect(checkNames(dataDir, true)).toMatchObject({ ok: false, say: expect.stringMatching(/patients in clear/) as unknown });
  });
});
