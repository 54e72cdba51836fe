/**
 * Clients that are not ours deliver through a gateway with certificates: mosquitto_pub, paho (Python) and Node-RED. Each is
 * used as edge-gateway/README.md tells a device integrator.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprintOf, testAuthority } from '../../edge-gateway/src/test-support/certificates.js';
import { type GatewayProcess, isGatewayBuilt, startGatewayProcess, tokenOf } from '../support/gateway-process.js';
import { mosquittoPub, NODE_RED_FLOW, nodeRed, PUBLISH_PY, pythonWithPaho } from '../support/mqtt-clients.js';
import { until } from '../support/until.js';
import { wireMessage } from './mqtt-attacker.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const [mosquitto, paho, red] = isGatewayBuilt() ? [mosquittoPub(), pythonWithPaho(), nodeRed()] : [];
const built = isGatewayBuilt() ? describe : describe.skip;
if (!isGatewayBuilt()) process.stdout.write('skipped: other MQTT clients (the gateway is not built; `npm run build`)\n');

/** A test with a client that may not be there; the reason is printed. */
function withClient(found: typeof mosquitto, title: string, run: (program: string) => Promise<void>, timeoutMs = 20_000): void {
  if (found !== undefined && 'program' in found) test(title, () => run(found.program), timeoutMs);
  else {
    process.stdout.write(`skipped: ${title} (${found?.missing ?? 'not built'})\n`);
    test.skip(title, () => undefined);
  }
}

built('with a certificate', () => {
  const ids = ['mosquitto-1', 'paho-1', 'node-red-1'] as const;
  const files: Record<string, { cert: string; key: string }> = {};
  let gateway: GatewayProcess;
  let ca: string;
  let child: ChildProcess | null = null;

  beforeAll(async () => {
    const site = await testAuthority();
    ca = site.serverCa;
    const enrolled = await Promise.all(
      ids.map(async (deviceId) => {
        const pair = await site.device(deviceId);
        files[deviceId] = { cert: join(site.folder, `${deviceId}.pem`), key: join(site.folder, `${deviceId}.key`) };
        writeFileSync(files[deviceId].cert, pair.cert);
        writeFileSync(files[deviceId].key, pair.key, { mode: 0o600 });
        return { deviceId, certificates: [{ sha256: fingerprintOf(pair), notAfterMs: Date.now() + 365 * DAY_MS }] };
      }),
    );
    const { cert, key, deviceCa } = site.files;
    const tls = ['--mqtts-port', '0', '--mqtts-cert', cert, '--mqtts-key', key, '--device-ca', deviceCa];
    gateway = await startGatewayProcess([...enrolled, 'plain-1'], tls);
  }, 30_000);
  afterAll(async () => {
    child?.kill('SIGKILL');
    await gateway.stop();
  });

  const accepted = () => gateway.metric('vigil_gateway_messages_accepted_total');
  const rejected = () => gateway.metric('vigil_gateway_rejected_total');
  const mosquittoArgs = (deviceId: string, payload: string): string[] => [
    ...['-h', 'localhost', '-i', deviceId, '-q', '1', '-t', `vigil/v1/${deviceId}/observations`, '-m', payload],
  ];
  const tlsArgs = (deviceId: string): string[] => {
    const { cert, key } = files[deviceId]!;
    return ['-p', String(gateway.mqttsPort), '--cafile', ca, '--cert', cert, '--key', key];
  };

  withClient(mosquitto, 'mosquitto_pub delivers', async (program) => {
    const before = await accepted();
    const run = spawnSync(program, [...mosquittoArgs('mosquitto-1', wireMessage(1)), ...tlsArgs('mosquitto-1')], {
      encoding: 'utf8',
    });
    expect([run.stderr, run.status]).toEqual(['', 0]);
    expect(await accepted()).toBe(before + 1);
  });

  withClient(mosquitto, 'mosquitto_pub without a certificate, and with that of another, does not', async (program) => {
    const before = await accepted();
    const port = ['-p', String(gateway.mqttsPort), '--cafile', ca];
    const none = spawnSync(program, [...mosquittoArgs('mosquitto-1', wireMessage(2)), ...port], { encoding: 'utf8' });
    const other = spawnSync(program, [...mosquittoArgs('mosquitto-1', wireMessage(3)), ...tlsArgs('paho-1')], {
      encoding: 'utf8',
    });
    expect([none.status, other.status]).not.toContain(0);
    expect(await accepted()).toBe(before);
  });

  withClient(mosquitto, 'mosquitto_pub delivers on loopback with a token', async (program) => {
    const before = await accepted();
    const login = ['-p', String(gateway.mqttPort), '-u', 'plain-1', '-P', tokenOf('plain-1')];
    const run = spawnSync(program, [...mosquittoArgs('plain-1', wireMessage(1)), ...login], { encoding: 'utf8' });
    expect([run.stderr, run.status]).toEqual(['', 0]);
    expect(await accepted()).toBe(before + 1);
  });

  withClient(paho, 'paho delivers', async (program) => {
    const [before, refused] = [await accepted(), await rejected()];
    const { cert, key } = files['paho-1']!;
    const args = [PUBLISH_PY, 'localhost', String(gateway.mqttsPort), 'paho-1', ca, cert, key, '20'];
    const run = spawnSync(program, args, { encoding: 'utf8', timeout: 15_000 });
    expect([run.stderr, run.status]).toEqual(['', 0]);
    expect(await accepted()).toBe(before + 20);
    expect(await rejected()).toBe(refused);
  });

  withClient(
    red,
    'Node-RED delivers',
    async (program) => {
      const before = await accepted();
      const userDir = mkdtempSync(join(tmpdir(), 'vigil-node-red-'));
      const { nodeRedFlow } = (await import(NODE_RED_FLOW)) as { nodeRedFlow: (site: object) => object[] };
      const flow = nodeRedFlow({
        host: 'localhost',
        port: gateway.mqttsPort,
        deviceId: 'node-red-1',
        ca,
        ...files['node-red-1']!,
      });
      writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow));
      writeFileSync(
        join(userDir, 'settings.js'),
        "module.exports = { httpRoot: false, flowFile: 'flows.json', uiHost: '127.0.0.1' };",
      );
      child = spawn(process.execPath, [program, '--userDir', userDir, '--port', '0'], { stdio: 'ignore' });
      await until('three readings of Node-RED', async () => (await accepted()) >= before + 3, 60_000);
      child.kill('SIGTERM');
    },
    90_000,
  );
});
