import { readdirSync } from 'node:fs';
import { readHere } from '../../support/anchors.js';

const MODULES = readdirSync(new URL('../../../deploy/azure/modules/', import.meta.url));
const main = readHere('deploy/azure/main.bicep');
const moduleOf = (file: string): string => readHere(`deploy/azure/modules/${file}`);
const hub = moduleOf('event-hubs.bicep');

/** What the local hub is made with is what the platform was tested with. */
const start = readHere('packages/event-hub/src/start.ts');

test('the log has the partitions and the consumer groups of the local one', () => {
  const [, partitions, groups] = /name: 'vigil', partitions: (\d+), consumerGroups: (\[[^\]]+\])/.exec(start)!;
  expect(hub).toContain(`partitionCount: ${partitions}`);
  expect(/^var groups = (.+)$/m.exec(hub)![1]).toBe(groups);
});

test('each key may do what the local one may, and nobody may manage', () => {
  const local = readHere('packages/event-hub/src/auth/key-file.ts');
  for (const name of ['gateway', 'platform', 'watchdog']) {
    const rights = new RegExp(`name: '${name}', rights: (\\[[^\\]]+\\])`);
    expect([name, rights.exec(hub)?.[1]]).toEqual([name, rights.exec(local)?.[1]]);
  }
  expect(hub).not.toContain('Manage');
});

test('nothing has an address in the internet', () => {
  for (const file of ['event-hubs.bicep', 'key-vault.bicep', 'postgres.bicep', 'redis.bicep'])
    expect(moduleOf(file)).toContain("publicNetworkAccess: 'Disabled'");
  expect(moduleOf('aks.bicep')).toContain('enablePrivateCluster: true');
  const all = [main, ...MODULES.map(moduleOf)].join('\n');
  expect(all).not.toMatch(/publicNetworkAccess: 'Enabled'|0\.0\.0\.0\/0|Microsoft\.Network\/publicIPAddresses/);
});

test('the platform may wrap and unwrap with the key, which nobody can destroy at once', () => {
  const vault = moduleOf('key-vault.bicep');
  expect(vault).toContain('enablePurgeProtection: true');
  expect(vault).toContain("keyOps: ['wrapKey', 'unwrapKey']");
  // Key Vault Crypto Service Encryption User.
  expect([...vault.matchAll(/roleDefinitions', '([0-9a-f-]+)'/g)].map((match) => match[1])).toEqual([
    'e147488a-f6f5-4113-8e2d-b22465e65bf6',
  ]);
});

test('every module that is used is there, and gets what it asks for and nothing else', () => {
  const used = [main, hub, moduleOf('key-vault.bicep'), moduleOf('postgres.bicep'), moduleOf('redis.bicep')].flatMap((text) => [
    ...text.matchAll(/^module \w+ '(?:modules\/)?([\w-]+\.bicep)' = (?:if \(\w+\) )?\{[^]*?^\}/gm),
  ]);
  expect([...new Set(used.map((match) => match[1]!))].sort()).toEqual(
    MODULES.filter((file) => used.some((match) => match[1] === file)),
  );
  for (const [block, file] of used) {
    const asked = [...moduleOf(file!).matchAll(/^param (\w+)/gm)].map((match) => match[1]!);
    const params = /params: \{([^]*)\}/.exec(block)![1]!;
    const given = [...params.matchAll(/(?:^|[\n,{ ])\s*(\w+): /g)].map((match) => match[1]!);
    expect([file, given.sort()]).toEqual([file, asked.sort()]);
  }
});

test('Redis speaks TLS only, at the port that the chart lets through', () => {
  const redis = moduleOf('redis.bicep');
  expect(redis).toContain('enableNonSslPort: false');
  expect(redis).toContain(':6380)');
  expect(readHere('deploy/helm/vigil/values.yaml')).toContain('REDIS_URL: { port: 6380, to: [] }');
});

test('brackets are closed, and the example names what is asked for', () => {
  for (const text of [main, ...MODULES.map(moduleOf)]) {
    const plain = text.replace(/'(?:[^'\\\n]|\\.)*'/g, "''").replace(/\/\/.*$/gm, '');
    for (const [open, close] of ['{}', '[]', '()']) {
      expect(plain.split(open!).length).toBe(plain.split(close!).length);
    }
  }
  const required = [...main.matchAll(/^param (\w+) \w+$/gm)].map((match) => match[1]!);
  const example = readHere('deploy/azure/main.example.bicepparam');
  expect(required.filter((name) => !example.includes(`param ${name} =`))).toEqual([]);
});
