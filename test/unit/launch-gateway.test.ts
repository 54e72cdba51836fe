/** What the launcher tells gateway and simulator about devices with certificates. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../scripts/launch/settings.mjs';
import { gatewaySpec, simulatorSpec } from '../../scripts/launch/specs.mjs';

function argsOf(spec: typeof gatewaySpec | typeof simulatorSpec, env: Record<string, string>): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-launch-'));
  writeFileSync(
    join(dataDir, 'service-tokens.json'),
    JSON.stringify(['gateway', 'simulator'].map((name) => ({ name, token: 't' }))),
  );
  process.env['EVENT_HUBS_CONNECTION_STRING'] ??= 'Endpoint=sb://x/';
  const { settings, problem } = readSettings({ VIGIL_DATA_DIR: dataDir, ...env });
  return problem ?? spec(settings!)!.args.join(' ').replaceAll(dataDir, '/data');
}

test('devices with certificates come in on loopback, unless somebody opens the door', () => {
  const args = argsOf(gatewaySpec, {});
  expect(args).toContain('--mqtts-port 8883 --device-ca /data/device-ca/ca.pem');
  expect(args).not.toContain('--mqtts-host');
});

test("the door can be opened, with the hospital's own certificates", () => {
  const env = { VIGIL_MQTTS_HOST: '10.0.0.5', VIGIL_MQTTS_CERT: 'c', VIGIL_MQTTS_KEY: 'k', VIGIL_DEVICE_CA: 'a' };
  expect(argsOf(gatewaySpec, env)).toContain(
    '--mqtts-port 8883 --device-ca a --mqtts-host 10.0.0.5 --mqtts-cert c --mqtts-key k',
  );
});

test.each([
  [{ VIGIL_MQTTS_HOST: 'gw.unit.example' }, /VIGIL_MQTTS_HOST=gw\.unit\.example cannot be used: it must be an address/],
  [{ VIGIL_MQTTS_CERT: 'c' }, /belong together/],
  [{ VIGIL_MQTTS_PORT: '1883' }, /VIGIL_MQTT_PORT and VIGIL_MQTTS_PORT are both 1883/],
])('%j is refused before anything starts', (env, says) => {
  expect(argsOf(gatewaySpec, env)).toMatch(says);
});

test('the demo comes in by token, or by certificate where that is asked for', () => {
  expect(argsOf(simulatorSpec, {})).toContain('--mqtt mqtt://127.0.0.1:1883');
  const args = argsOf(simulatorSpec, { VIGIL_DEMO_MQTTS: '1' });
  expect(args).toContain('--mqtt mqtts://127.0.0.1:8883 --certificates /data/devices');
});
