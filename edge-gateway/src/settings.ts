import { isIPv4 } from 'node:net';
import { GatewayId } from '@vigil/contracts';
import { connectionProblem } from '@vigil/hub-client';
import { Command } from 'commander';
import { z } from 'zod';
import { isLoopback, type PageOptions } from './watch/page-server.js';

const port = z.coerce.number().int().min(0).max(65_535);

const Settings = z.object({
  dataDir: z.string().min(1),
  gatewayId: GatewayId,
  mqttPort: port,
  httpPort: port,
  watchPort: port,
  watchHost: z.union([z.ipv4(), z.ipv6()]),
  watchCert: z.string().min(1).optional(),
  watchKey: z.string().min(1).optional(),
  mqttsPort: port.optional(),
  mqttsHost: z.union([z.ipv4(), z.ipv6()]),
  mqttsCert: z.string().min(1),
  mqttsKey: z.string().min(1),
  deviceCa: z.string().min(1),
  devices: z.string().min(1),
  configUrl: z.url().optional(),
  /** Only read where there is a `configUrl`. */
  configKey: z.string().min(1),
  platformCa: z.string().min(1).optional(),
  speed: z.coerce.number().positive().max(3_600),
  clockDir: z.string().min(1).optional(),
  spoolMaxBytes: z.coerce
    .number()
    .int()
    .min(64 * 1024 * 1024),
  spoolMaxAgeHours: z.coerce
    .number()
    .min(1)
    .max(24 * 366),
  /** 0: none. */
  canaryS: z.coerce
    .number()
    .int()
    .max(3_600)
    .refine((seconds) => seconds === 0 || seconds >= 60),
  backlogPerSecond: z.coerce.number().int().min(1).max(100_000),
  deviceMessagesPerSecond: z.coerce.number().min(1).max(100_000),
  connectionString: z.string().min(1),
  hubName: z.string().min(1),
  token: z.string(),
});
export type Settings = z.infer<typeof Settings>;

/** Flags and environment that can't be used; the message is one line for a person and quotes no secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

function command(): Command {
  return new Command('vigil-gateway')
    .description('Takes readings from bedside devices over MQTT and brings them to the log; keeps them while it is away.')
    .option('--data-dir <folder>', "the gateway's own folder", '.vigil/gateway')
    .option('--gateway-id <id>', 'name of this gateway', 'gw-1')
    .option('--mqtt-port <port>', 'MQTT on 127.0.0.1', '1883')
    .option('--mqtts-port <port>', 'MQTT over TLS for devices with certificates (usually 8883; default: none)')
    .option('--mqtts-host <address>', 'address on which it listens', '127.0.0.1')
    .option('--mqtts-cert <file>', 'its certificate (default: tls/server.pem in the data folder)')
    .option('--mqtts-key <file>', 'the key of that (default: tls/server.key in the data folder)')
    .option('--device-ca <file>', 'authorities that enrol devices (default: device-ca.pem in the data folder)')
    .option('--http-port <port>', 'health and metrics on 127.0.0.1', '3001')
    .option('--watch-port <port>', 'page of the local watch, for the screens of the unit', '3005')
    .option('--watch-host <address>', 'address on which it listens; beyond this machine over TLS', '127.0.0.1')
    .option('--watch-cert <file>', 'its certificate (default: that of MQTT over TLS)')
    .option('--watch-key <file>', 'the key of that')
    .option('--devices <file>', 'devices.json (default: in the data folder)')
    .option('--config-url <url>', "where the platform tells each device's bed")
    .option('--config-key <file>', 'public keys of the configuration (default: config-keys.pem in the data folder)')
    .option('--platform-ca <file>', 'authority of the platform, where that is a private one (PEM file)')
    .option('--speed <factor>', 'event time per wall time', '1')
    .option('--clock-dir <folder>', 'folder of the clock file, needed for a speed other than 1')
    .option('--spool-max-bytes <bytes>', 'size of the spool at which PUBACK is withheld', String(2 * 1024 ** 3))
    .option('--spool-max-age-hours <hours>', 'at that size, readings stored longer ago make room for new ones', '72')
    .option('--backlog-per-second <records>', 'how fast a backlog may be sent', '100000')
    .option('--device-messages-per-second <n>', 'what one device may send for long; above, it is slowed down', '100')
    .addHelpText(
      'after',
      '\n`vigil-gateway doctor` with the same flags and environment says what keeps it from working, and how to mend it.\n' +
        '\nEnvironment:\n' +
        '  EVENT_HUBS_CONNECTION_STRING  the log, with Send rights (required)\n' +
        '  NODE_EXTRA_CA_CERTS           authority of a hub with a certificate of its own (PEM file)\n' +
        '  VIGIL_HUB_NAME                its hub (default: vigil)\n' +
        '  VIGIL_GATEWAY_TOKEN           bearer token for --config-url\n' +
        '  VIGIL_CANARY_S                seconds between two test messages, 60 to 3600; 0: none (default: 300)\n',
    );
}

/** @throws SettingsError */
export function parseSettings(argv: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const flags = command()
    .parse([...argv], { from: 'user' })
    .opts<Record<string, string | undefined>>();
  const settings = Settings.safeParse({
    ...flags,
    configKey: flags['configKey'] ?? `${flags['dataDir']}/config-keys.pem`,
    mqttsCert: flags['mqttsCert'] ?? `${flags['dataDir']}/tls/server.pem`,
    mqttsKey: flags['mqttsKey'] ?? `${flags['dataDir']}/tls/server.key`,
    deviceCa: flags['deviceCa'] ?? `${flags['dataDir']}/device-ca.pem`,
    devices: flags['devices'] ?? `${flags['dataDir']}/devices.json`,
    connectionString: env['EVENT_HUBS_CONNECTION_STRING'] ?? '',
    hubName: env['VIGIL_HUB_NAME'] ?? 'vigil',
    token: env['VIGIL_GATEWAY_TOKEN'] ?? '',
    canaryS: env['VIGIL_CANARY_S'] ?? '300',
  });
  if (!settings.success) {
    const name = String(settings.error.issues[0]?.path[0]);
    const where = {
      ...{
        connectionString: 'EVENT_HUBS_CONNECTION_STRING',
        hubName: 'VIGIL_HUB_NAME',
        canaryS: 'VIGIL_CANARY_S (0, or 60 to 3600)',
      },
    }[name];
    throw new SettingsError(`${where ?? name} is missing or can't be used; see --help`);
  }
  const problem = connectionProblem(settings.data.connectionString);
  if (problem !== null) throw new SettingsError(`EVENT_HUBS_CONNECTION_STRING ${problem}`);
  if (settings.data.configUrl !== undefined && !isSafeToAsk(new URL(settings.data.configUrl))) {
    throw new SettingsError('--config-url must begin with https, unless the platform runs on this machine');
  }
  if ((settings.data.watchCert === undefined) !== (settings.data.watchKey === undefined)) {
    throw new SettingsError('--watch-cert and --watch-key belong together; give both, or neither');
  }
  if (settings.data.speed !== 1 && settings.data.clockDir === undefined) {
    throw new SettingsError('a speed other than 1 needs --clock-dir, so that all processes share one clock');
  }
  return settings.data;
}

/** On this machine plain unless a certificate is given; beyond it with that of MQTT over TLS unless there is another. */
export function watchPageOf({ watchHost: host, watchPort, watchCert, watchKey, mqttsCert, mqttsKey }: Settings): PageOptions {
  if (isLoopback(host) && watchCert === undefined) return { host, port: watchPort };
  return { host, port: watchPort, tls: { cert: watchCert ?? mqttsCert, key: watchKey ?? mqttsKey } };
}

/** Over plain HTTP another machine could read the token, and put a device into another bed. */
function isSafeToAsk({ protocol, hostname }: URL): boolean {
  if (protocol !== 'http:') return protocol === 'https:';
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}
