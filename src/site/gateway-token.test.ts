import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { init } from './init.js';
import { rotateServiceToken } from './rotate-service-token.js';

const options = (dataDir: string) => ({ dataDir, speed: 1, beds: 1, source: 'simulator' as const });
const read = (dataDir: string): Record<string, unknown>[] =>
  JSON.parse(readFileSync(join(dataDir, 'service-tokens.json'), 'utf8')) as Record<string, unknown>[];

test('the token of the gateway names its gateway, in a new folder and after the next start of an older one', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-gateway-token-'));
  await init(options(dataDir));
  const made = read(dataDir);
  const ofGateway = made.find(({ name }) => name === 'gateway')!;
  expect(ofGateway).toMatchObject({ gatewayId: 'gw-1', roles: ['service'] });
  expect(made.find(({ name }) => name === 'simulator')).not.toHaveProperty('gatewayId');
  const older = made.map(({ gatewayId: _, ...row }) => row);
  writeFileSync(join(dataDir, 'service-tokens.json'), JSON.stringify(older), { mode: 0o600 });
  await init(options(dataDir));
  expect(read(dataDir).find(({ name }) => name === 'gateway')).toEqual(ofGateway);
  rotateServiceToken(dataDir, 'gateway');
  const renewed = read(dataDir).find(({ name }) => name === 'gateway')!;
  expect(renewed).toEqual({ ...ofGateway, token: renewed['token'] });
  expect(renewed['token']).not.toBe(ofGateway['token']);
});
