import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceId, Site } from '@vigil/contracts';
import { Command, Option } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import type { DeviceCredentials } from './simulator.js';
import { SCENARIOS } from './physiology/script.js';

/** Devices named so, and those with a `recording` in site.yaml, are the simulator's; no other device is ever played. */
export const SIMULATED_PREFIX = 'sim-';

const Settings = z.object({
  source: z.enum(['simulator', 'recordings']),
  mqtt: z.url({ protocol: /^mqtts?$/ }),
  devices: z.string().min(1),
  /** Needed for `mqtts:`. */
  certificates: z.string().min(1).optional(),
  site: z.string().min(1),
  api: z.url({ protocol: /^https?$/ }),
  speed: z.coerce.number().positive().max(3_600),
  clockDir: z.string().min(1).optional(),
  seed: z.coerce.number().int(),
  recordings: z.string().min(1),
  scenario: z.enum(SCENARIOS),
  /** Admissions, transfers and discharges from recorded ones, and by which way they are told. */
  adt: z.enum(['none', 'rest', 'hl7']),
  adtMinutes: z.coerce.number().positive().max(100_000),
  hl7Port: z.coerce.number().int().min(1).max(65_535),
  hl7Authority: z.string().min(1).max(64),
  hl7Facility: z.string().min(1).max(64),
  /** From the environment only, so that it is in no process list. */
  serviceToken: z.string().min(1).optional(),
});
export type Settings = z.infer<typeof Settings>;

const Devices = z.array(z.object({ deviceId: DeviceId, token: z.string().default('') }));

/** A setting or a file that is not as it should be; the message is one line that says which and why. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** @throws SettingsError */
export function readSettings(argv: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const command = new Command('vigil-simulator')
    .description('Bedside devices over MQTT: simulated patients, or recordings of real ones.')
    .addOption(new Option('--source <source>').choices(['simulator', 'recordings']).default('simulator').env('VIGIL_SOURCE'))
    .option('--mqtt <url>', 'where the gateway takes data', 'mqtt://127.0.0.1:1883')
    .option('--devices <devices.json>', 'devices and their tokens', '.vigil/devices.json')
    .option('--certificates <folder>', 'with mqtts: client.pem, client.key and ca.pem of each device, in a folder of its name')
    .option('--site <site.yaml>', 'beds, devices and profiles', '.vigil/site.yaml')
    .option('--api <url>', 'the platform, for admissions of recorded patients', 'http://127.0.0.1:3000')
    .addOption(new Option('--speed <rate>', 'event time per wall time').default('1').env('VIGIL_SPEED'))
    .option('--clock-dir <folder>', 'the data folder whose clock all processes share')
    .option('--seed <number>', 'the same seed gives the same patients', '1')
    .addOption(new Option('--recordings <folder>').default('.vigil/recordings').env('VIGIL_RECORDINGS'))
    .addOption(
      new Option('--adt <way>', 'patients come, move and go as recorded, told by REST or HL7')
        .choices(['none', 'rest', 'hl7'])
        .default('none')
        .env('VIGIL_ADT'),
    )
    .addOption(
      new Option('--adt-minutes <n>', 'event time from the first admission to the last discharge')
        .default('10')
        .env('VIGIL_ADT_MINUTES'),
    )
    .addOption(
      new Option('--hl7-port <port>', 'where the platform takes HL7 v2 over MLLP, on this machine')
        .default('2575')
        .env('VIGIL_HL7_PORT'),
    )
    .addOption(
      new Option('--hl7-authority <name>', 'assigning authority of the record numbers')
        .default('SIM')
        .env('VIGIL_HL7_MRN_AUTHORITY'),
    )
    .option('--hl7-facility <name>', 'sending facility; bed aliases are of the system hl7:<name>', 'SIM')
    .addOption(new Option('--scenario <name>', 'timetable of events').choices(SCENARIOS).default('demo'));
  const options = command.parse([...argv], { from: 'user' }).opts();
  const settings = checked(Settings, { ...options, serviceToken: env['VIGIL_SERVICE_TOKEN'] }, 'settings');
  if (settings.adt === 'rest' && settings.serviceToken === undefined) {
    throw new SettingsError('--adt rest needs VIGIL_SERVICE_TOKEN (npm start sets it)');
  }
  if (settings.mqtt.startsWith('mqtts:') && settings.certificates === undefined) {
    throw new SettingsError('mqtts needs --certificates, the folder with the certificates of the devices');
  }
  return settings;
}

/** @throws SettingsError */
export function readSite(file: string): Site {
  return checked(Site, parse(text(file)), file);
}

/**
 * The devices of the file that are the simulator's: it must never take the place of a real device that was enrolled.
 *
 * @throws SettingsError
 */
export function readDevices(file: string, site: Site): DeviceCredentials[] {
  let json: unknown;
  try {
    json = JSON.parse(text(file));
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`${file}: not JSON`);
  }
  const replays = new Set(site.devices.filter((d) => d.recording !== undefined).map((d) => d.deviceId));
  return checked(Devices, json, file).filter(({ deviceId }) => deviceId.startsWith(SIMULATED_PREFIX) || replays.has(deviceId));
}

/**
 * The devices with their certificates, as `vigil devices renew --missing` has put them into the folder.
 *
 * @throws SettingsError
 */
export function withCertificates(devices: readonly DeviceCredentials[], folder: string): DeviceCredentials[] {
  return devices.map((device) => {
    const at = (name: string): string => join(folder, device.deviceId, name);
    if (!existsSync(at('client.pem'))) {
      throw new SettingsError(`${at('client.pem')} is missing; make certificates: npm run vigil -- devices renew --missing`);
    }
    return { ...device, tls: { cert: text(at('client.pem')), key: text(at('client.key')), ca: text(at('ca.pem')) } };
  });
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`${what}: ${issues.join('; ')}`);
}
