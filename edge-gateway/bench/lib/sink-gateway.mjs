/**
 * A gateway whose log takes everything at once and keeps nothing: broker, decoding and spool alone.
 * `node sink-gateway.mjs <data folder> <devices file> [limits of devices as JSON, or -] [files of the TLS door as JSON]` prints one JSON line with its ports; SIGTERM ends it.
 */
import '../../dist/small-memory.js';
import { readFileSync } from 'node:fs';
import { SystemClock } from '@vigil/clock';
import { BedTable, DeviceRegistry, startGateway } from '@vigil/edge-gateway';

const [dataDir, devicesFile, limitsJson = '-', tlsJson] = process.argv.slice(2);
const devices = JSON.parse(readFileSync(devicesFile, 'utf8'));
const beds = new BedTable();
beds.replace({
  v: 1,
  gatewayId: 'gw-1',
  rate: 1,
  devices: devices.map(({ deviceId }, i) => ({ deviceId, bedId: `bed-${i + 1}` })),
});
// A bench is meant to send more than one device may.
const limits =
  limitsJson !== '-'
    ? JSON.parse(limitsJson)
    : { messagesPerSecond: 1e6, messagesBurst: 1e7, bytesPerSecond: 1e9, bytesBurst: 1e10 };
const mqtts = tlsJson === undefined ? {} : { mqtts: { host: '127.0.0.1', port: 0, files: JSON.parse(tlsJson) } };
const gateway = await startGateway({
  limits,
  ...mqtts,
  ...{ gatewayId: 'gw-1', dataDir, mqttPort: 0, httpPort: 0, clock: new SystemClock(), beds },
  registry: new DeviceRegistry(devices),
  uplink: { send: async (records) => records.map(() => 'sent'), close: async () => undefined },
});
process.once('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));
const { mqttPort, mqttsPort, httpPort } = gateway;
process.stdout.write(`${JSON.stringify({ ready: true, mqttPort, mqttsPort, httpPort })}\n`);
