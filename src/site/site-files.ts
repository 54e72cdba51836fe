import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayId, Role, Site } from '@vigil/contracts';
import { parse } from 'yaml';
import { z } from 'zod';

/** Files of the data folder that describe the site and its secrets. All but site.yaml are mode 0600. */
export const SITE_FILES = {
  site: 'site.yaml',
  devices: 'devices.json',
  /** What devices in quarantine had in devices.json. */
  heldDevices: 'held-devices.json',
  serviceTokens: 'service-tokens.json',
  demoAccounts: 'demo-accounts.json',
  passwordHashes: 'password-hashes.json',
} as const;

const DeviceTokens = z.array(
  z.object({
    deviceId: z.string(),
    /** None: it may speak by certificate only, or not at all. */
    token: z.string().optional(),
    certificates: z.array(z.object({ sha256: z.string(), notAfterMs: z.number() })).optional(),
  }),
);
export type DeviceTokens = z.infer<typeof DeviceTokens>;

const ServiceTokens = z.array(
  z.object({ name: z.string(), token: z.string().min(32), roles: z.array(Role), gatewayId: GatewayId.optional() }),
);
export type ServiceTokens = z.infer<typeof ServiceTokens>;

const DemoAccounts = z.array(z.object({ username: z.string(), password: z.string(), roles: z.array(Role) }));
export type DemoAccounts = z.infer<typeof DemoAccounts>;

/** A file of the data folder is missing or is not what it should be. The message is one line that says what to do. */
export class SiteFileError extends Error {
  override readonly name = 'SiteFileError';
}

function read<T>(dataDir: string, file: string, schema: z.ZodType<T>): T {
  let content: unknown;
  try {
    const text = readFileSync(join(dataDir, file), 'utf8');
    content = file.endsWith('.yaml') ? parse(text) : JSON.parse(text);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'is missing; run `npm run vigil -- init`' : `cannot be read (${code ?? 'bad syntax'})`;
    throw new SiteFileError(`${join(dataDir, file)} ${why}`);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SiteFileError(`${join(dataDir, file)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
}

/** @throws SiteFileError */
export function readSite(dataDir: string): Site {
  return read(dataDir, SITE_FILES.site, Site);
}

/** @throws SiteFileError */
export function readDeviceTokens(dataDir: string): DeviceTokens {
  return read(dataDir, SITE_FILES.devices, DeviceTokens);
}

/** What is kept of devices in quarantine; none where there is no file. @throws SiteFileError */
export function readHeldDevices(dataDir: string): DeviceTokens {
  return existsSync(join(dataDir, SITE_FILES.heldDevices)) ? read(dataDir, SITE_FILES.heldDevices, DeviceTokens) : [];
}

/** @throws SiteFileError */
export function readServiceTokens(dataDir: string): ServiceTokens {
  return read(dataDir, SITE_FILES.serviceTokens, ServiceTokens);
}

/** @throws SiteFileError */
export function readDemoAccounts(dataDir: string): DemoAccounts {
  return read(dataDir, SITE_FILES.demoAccounts, DemoAccounts);
}

/** PHC strings by username: what the platform seeds its accounts with. @throws SiteFileError */
export function readPasswordHashes(dataDir: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(read(dataDir, SITE_FILES.passwordHashes, z.record(z.string(), z.string()))));
}
