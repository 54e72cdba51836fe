/** Which processes there are, and what each is told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { servesTls } from './settings.mjs';

export const GATEWAY_ID = 'gw-1';

/** What `vigil init` and the hub have written: read when the processes that made it are ready. */
function hubConnection(settings, keyName) {
  const { keys } = JSON.parse(readFileSync(join(settings.dataDir, 'hub', 'keys.json'), 'utf8'));
  const key = keys.find((k) => k.name === keyName);
  if (!key) throw new Error(`hub/keys.json has no key ${keyName}; remove the file to have new keys made`);
  return (
    `Endpoint=sb://127.0.0.1:${settings.VIGIL_HUB_PORT}/;SharedAccessKeyName=${keyName};` +
    `SharedAccessKey=${key.primary};UseDevelopmentEmulator=true`
  );
}

function serviceToken(settings, name) {
  const tokens = JSON.parse(readFileSync(join(settings.dataDir, 'service-tokens.json'), 'utf8'));
  const found = tokens.find((t) => t.name === name);
  if (!found) throw new Error(`service-tokens.json has no token ${name}; remove the file to have new tokens made`);
  return found.token;
}

export function addresses(settings) {
  return {
    app: `http://127.0.0.1:${settings.VIGIL_PORT}`,
    inbox: `http://127.0.0.1:${settings.VIGIL_INBOX_HTTP_PORT}`,
    hubHealth: `http://127.0.0.1:${settings.VIGIL_HUB_HTTP_PORT}`,
    smtp: `smtp://127.0.0.1:${settings.VIGIL_INBOX_SMTP_PORT}`,
  };
}

/** TLS for gateways on other machines; what runs here goes on by the plain port, which is on loopback. */
function hubTlsArgs(settings) {
  if (!servesTls(settings)) return [];
  const given = [
    ['--tls-cert', settings.VIGIL_HUB_TLS_CERT],
    ['--tls-key', settings.VIGIL_HUB_TLS_KEY],
    ['--tls-name', settings.VIGIL_HUB_TLS_NAME],
  ].filter(([, value]) => value);
  return ['--host', settings.VIGIL_HUB_HOST ?? '127.0.0.1', '--tls-port', settings.VIGIL_HUB_TLS_PORT, ...given.flat()];
}

export function hubSpec(settings) {
  const args = [
    '--data-dir',
    join(settings.dataDir, 'hub'),
    '--port',
    settings.VIGIL_HUB_PORT,
    '--http-port',
    settings.VIGIL_HUB_HTTP_PORT,
    ...hubTlsArgs(settings),
  ];
  return { name: 'hub', script: 'packages/event-hub/dist/main.js', args: args.map(String), env: {}, ready: 'hub ready' };
}

export function inboxSpec(settings) {
  const ports = ['--smtp-port', settings.VIGIL_INBOX_SMTP_PORT, '--http-port', settings.VIGIL_INBOX_HTTP_PORT];
  const args = [...ports, '--data-dir', join(settings.dataDir, 'inbox')];
  return { name: 'inbox', script: 'packages/demo-inbox/dist/main.js', args: args.map(String), env: {}, ready: 'inbox ready' };
}

/** The launcher waits for a line at `info`, and shows from the level that was asked for. */
const levelOf = (asked) => (asked === 'trace' || asked === 'debug' ? asked : 'info');

/** What platform and watchdog have in common. Settings that the user has given go on as they are. */
function serverEnv(settings, keyName) {
  const isDemo = settings.VIGIL_SOURCE !== 'none';
  return {
    VIGIL_DATA_DIR: settings.dataDir,
    VIGIL_PORT: String(settings.VIGIL_PORT),
    VIGIL_SOURCE: settings.VIGIL_SOURCE,
    VIGIL_SPEED: String(settings.VIGIL_SPEED),
    VIGIL_LOG_LEVEL: levelOf(process.env.VIGIL_LOG_LEVEL),
    EVENT_HUBS_CONNECTION_STRING: process.env.EVENT_HUBS_CONNECTION_STRING ?? hubConnection(settings, keyName),
    VIGIL_HUB_NAME: process.env.VIGIL_HUB_NAME ?? 'vigil',
    SMTP_URL: process.env.SMTP_URL ?? addresses(settings).smtp,
    ...(isDemo ? { VIGIL_DEMO_CHANNELS: process.env.VIGIL_DEMO_CHANNELS ?? 'smtp,webhook,webPush' } : {}),
  };
}

function platformEnv(settings) {
  return {
    ...serverEnv(settings, 'platform'),
    VIGIL_BEDS: String(settings.VIGIL_BEDS),
    VIGIL_AUDIT_WITNESS_URL:
      process.env.VIGIL_AUDIT_WITNESS_URL ?? `http://127.0.0.1:${settings.VIGIL_WATCHDOG_HTTP_PORT}/audit/add-checkpoint`,
  };
}

export function platformSpec(settings) {
  return { name: 'platform', script: 'dist/main.js', args: [], env: platformEnv(settings), ready: 'platform ready' };
}

/**
 * One process of a platform that runs in parts. The first API has the port of the platform; all others have one each, from
 * `VIGIL_ROLES_PORT` on, for their health and metrics.
 */
export function roleSpec(settings, role, name, port) {
  const env = {
    ...platformEnv(settings),
    VIGIL_ROLE: role,
    VIGIL_PORT: String(port),
    // Of a second API it is its own address, so that a browser may sign in there; pages lead to the first one.
    VIGIL_PUBLIC_URL: process.env.VIGIL_PUBLIC_URL ?? (role === 'api' ? `http://127.0.0.1:${port}` : addresses(settings).app),
  };
  return { name, script: 'dist/main.js', args: [], env, ready: 'platform ready' };
}

/** The processes of the platform: one, or as `VIGIL_ROLES` says. */
export function platformSpecs(settings) {
  if (settings.VIGIL_ROLES === undefined) return [platformSpec(settings)];
  let port = settings.VIGIL_ROLES_PORT;
  return settings.VIGIL_ROLES.flatMap(([role, count]) =>
    Array.from({ length: count }, (_, i) => {
      const isFirst = role === 'api' && i === 0;
      return roleSpec(settings, role, `${role}-${i + 1}`, isFirst ? settings.VIGIL_PORT : port++);
    }),
  );
}

export function watchdogSpec(settings) {
  const env = {
    ...serverEnv(settings, 'watchdog'),
    VIGIL_WATCHDOG_HTTP_PORT: String(settings.VIGIL_WATCHDOG_HTTP_PORT),
    VIGIL_PLATFORM_URL: addresses(settings).app,
    VIGIL_HUB_HEALTH_URL: addresses(settings).hubHealth,
  };
  return { name: 'watchdog', script: 'dist/watchdog.js', args: [], env, ready: 'watchdog ready' };
}

/** The door for devices with certificates: loopback, unless somebody opens it to the network of the unit. */
function mqttsArgs(settings) {
  const given = [
    ['--mqtts-host', settings.VIGIL_MQTTS_HOST],
    ['--mqtts-cert', settings.VIGIL_MQTTS_CERT],
    ['--mqtts-key', settings.VIGIL_MQTTS_KEY],
  ].filter(([, value]) => value);
  const deviceCa = settings.VIGIL_DEVICE_CA ?? join(settings.dataDir, 'device-ca', 'ca.pem');
  return ['--mqtts-port', settings.VIGIL_MQTTS_PORT, '--device-ca', deviceCa, ...given.flat()];
}

export function gatewaySpec(settings) {
  const args = [
    ...['--data-dir', join(settings.dataDir, 'gateway'), '--gateway-id', GATEWAY_ID],
    ...['--mqtt-port', settings.VIGIL_MQTT_PORT, '--http-port', settings.VIGIL_GATEWAY_HTTP_PORT],
    ...['--watch-port', settings.VIGIL_WATCH_PORT],
    ...['--devices', join(settings.dataDir, 'devices.json')],
    ...mqttsArgs(settings),
    ...['--config-url', `${addresses(settings).app}/api/v1/gateways/${GATEWAY_ID}/config`],
    ...['--config-key', join(settings.dataDir, 'gateway-config', 'config-keys.pem')],
    ...['--speed', settings.VIGIL_SPEED, '--clock-dir', settings.dataDir],
  ];
  const env = {
    EVENT_HUBS_CONNECTION_STRING: process.env.EVENT_HUBS_CONNECTION_STRING ?? hubConnection(settings, 'gateway'),
    VIGIL_HUB_NAME: process.env.VIGIL_HUB_NAME ?? 'vigil',
    VIGIL_GATEWAY_TOKEN: serviceToken(settings, 'gateway'),
    ...(process.env.VIGIL_CANARY_S === undefined ? {} : { VIGIL_CANARY_S: process.env.VIGIL_CANARY_S }),
  };
  return { name: 'gateway', script: 'edge-gateway/dist/main.js', args: args.map(String), env, ready: 'gateway ready' };
}

/** By which door the simulated devices come in. */
function demoDoor(settings) {
  if (!settings.VIGIL_DEMO_MQTTS) return ['--mqtt', `mqtt://127.0.0.1:${settings.VIGIL_MQTT_PORT}`];
  const certificates = join(settings.dataDir, 'devices');
  return ['--mqtt', `mqtts://127.0.0.1:${settings.VIGIL_MQTTS_PORT}`, '--certificates', certificates];
}

/** Null for VIGIL_SOURCE=none: real devices send by themselves. */
export function simulatorSpec(settings) {
  if (settings.VIGIL_SOURCE === 'none') return null;
  const args = [
    ...['--source', settings.VIGIL_SOURCE, ...demoDoor(settings)],
    ...['--devices', join(settings.dataDir, 'devices.json'), '--site', join(settings.dataDir, 'site.yaml')],
    ...['--api', addresses(settings).app, '--speed', settings.VIGIL_SPEED, '--clock-dir', settings.dataDir],
    ...(settings.VIGIL_SOURCE === 'recordings' ? ['--recordings', settings.recordings] : []),
  ];
  const env = { VIGIL_SERVICE_TOKEN: serviceToken(settings, 'simulator') };
  return { name: 'simulator', script: 'packages/simulator/dist/main.js', args: args.map(String), env, ready: 'simulator ready' };
}
