import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings } from '../../edge-gateway/src/settings.js';
import { enrolGateway, listGateways } from './enrol-gateway.js';
import { init } from './init.js';
import { readServiceTokens, readSite } from './site-files.js';

async function newSite(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-enrol-gateway-'));
  await init({ dataDir, source: 'none', beds: 2, speed: 1 });
  return dataDir;
}
const gw2 = { gatewayId: 'gw-2', platformUrl: 'https://vigil.ward.example/', names: [], nowMs: Date.now() };
const envOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(join(folder, 'gateway.env'), 'utf8').matchAll(/^([A-Z_]+)="(.*)"$/gm)].map(([, k, v]) => [k!, v!]),
  );

test('a gateway gets a place in the site, a token, keys and settings that it starts with', async () => {
  const dataDir = await newSite();
  mkdirSync(join(dataDir, 'hub', 'tls'), { recursive: true });
  writeFileSync(join(dataDir, 'hub', 'tls', 'ca.pem'), 'CA');
  writeFileSync(
    join(dataDir, 'hub', 'keys.json'),
    JSON.stringify({ keys: [{ name: 'platform', rights: ['Send', 'Listen'], primary: 'p', secondary: 's' }] }),
  );
  writeFileSync(join(dataDir, 'corporate.pem'), 'PLATFORM CA');
  const more = { hubHost: 'hub.ward.example', platformCa: join(dataDir, 'corporate.pem'), names: ['gw2.ward.example'] };
  const { folder, files, nextSteps } = await enrolGateway(dataDir, { ...gw2, ...more });
  expect(readSite(dataDir).gateways.map((g) => g.gatewayId)).toEqual(['gw-1', 'gw-2']);
  const row = readServiceTokens(dataDir).find((r) => r.gatewayId === 'gw-2')!;
  expect(row).toMatchObject({ name: 'gateway-gw-2', roles: ['service'] });
  const { keys } = JSON.parse(readFileSync(join(dataDir, 'hub', 'keys.json'), 'utf8'));
  expect(keys).toMatchObject([{ name: 'platform' }, { name: 'gateway-gw-2', rights: ['Send'] }]);
  expect(files).toEqual([
    'config-keys.pem',
    'device-ca.pem',
    'hub-ca.pem',
    'platform-ca.pem',
    'tls/server.pem',
    'tls/server.key',
    'tls/ca.pem',
  ]);
  for (const file of ['gateway.env', 'files/config-keys.pem', 'files/tls/server.key']) {
    expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  }
  expect(statSync(folder).mode & 0o077).toBe(0);
  const env = envOf(folder);
  expect(env.VIGIL_GATEWAY_TOKEN).toBe(row.token);
  const settings = parseSettings(['--data-dir', '/var/lib/vigil-gateway', ...env.VIGIL_GATEWAY_FLAGS!.split(' ')], env);
  expect(settings).toMatchObject({
    gatewayId: 'gw-2',
    configUrl: 'https://vigil.ward.example/api/v1/gateways/gw-2/config',
    configKey: '/var/lib/vigil-gateway/config-keys.pem',
    platformCa: '/var/lib/vigil-gateway/platform-ca.pem',
    mqttsPort: 8883,
    connectionString: `Endpoint=sb://hub.ward.example:5671/;SharedAccessKeyName=gateway-gw-2;SharedAccessKey=${keys[1].primary}`,
  });
  expect(nextSteps.join('\n')).toMatch(/Start Vigil anew.*\n.*gateway\.env/);
  expect(listGateways(dataDir)).toEqual([
    { gatewayId: 'gw-1', hasToken: true, devices: 0 },
    { gatewayId: 'gw-2', hasToken: true, devices: 0 },
  ]);
});

test('enrolling again keeps token and key; what is missing is said', async () => {
  const dataDir = await newSite();
  const first = await enrolGateway(dataDir, gw2);
  const before = envOf(first.folder);
  expect(before.EVENT_HUBS_CONNECTION_STRING).toBe('');
  expect(first.nextSteps.join('\n')).toMatch(/In Azure: make a shared access policy "gateway-gw-2".*Send alone/);
  expect(envOf((await enrolGateway(dataDir, gw2)).folder)).toEqual(before);
  expect(readSite(dataDir).gateways).toHaveLength(2);
});

test.each([
  [{ gatewayId: 'GW 2' }, /a gateway id has lower-case letters/],
  [{ platformUrl: 'vigil' }, /--platform is an address such as/],
  [{ platformUrl: 'http://vigil.ward.example' }, /--platform must begin with https/],
  [{ platformCa: '/nowhere/ca.pem' }, /is not there/],
])('%j is refused with what to do', async (wrong, line) => {
  const dataDir = await newSite();
  await expect(enrolGateway(dataDir, { ...gw2, ...wrong })).rejects.toThrow(line);
});
