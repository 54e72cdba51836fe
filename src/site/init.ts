import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClock } from '@vigil/clock';
import { GatewayId, type Site } from '@vigil/contracts';
import { stringify } from 'yaml';
import { WATCHDOG_SERVICE } from '../access/service-tokens.js';
import { hashPassword } from '../access/password.js';
import { addToSite } from './add-to-site.js';
import { openConfigSigner } from './config-key.js';
import { CERTIFICATE_FILES, deviceAuthority, gatewayCertificate } from './device-ca.js';
import { type DemoOptions, demoSite, GATEWAY } from './demo-site.js';
import { newPassword, ownFolder, writeSecret, writeWhole } from './secret-file.js';
import { makeWitnessToken } from './witness-token.js';
import { readDemoAccounts, readDeviceTokens, readServiceTokens, readSite, SITE_FILES } from './site-files.js';
import { whileLocked } from './site-lock.js';

export interface InitOptions extends DemoOptions {
  readonly dataDir: string;
  /** Event time per wall time: 1 except in a replay. */
  readonly speed: number;
  /** Names and addresses by which devices on other machines reach the gateway. */
  readonly mqttsNames?: readonly string[];
}

const TOKEN_BYTES = 32;
const gatewayId = GatewayId.parse(GATEWAY);
/** Programs that call the API; that of a gateway says which one it is. */
const SERVICES = [{ name: 'simulator' }, { name: 'gateway', gatewayId }, { name: WATCHDOG_SERVICE }] as const;

const HEADER = `# What this site is made of: care units, beds, devices, staff, escalation and alarm limits.
# Read at every start. What is new here is added to the running site; what has been added stays.
`;

const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

function initSite(options: InitOptions & { readonly todayMs: number }, isDemo: boolean): string[] {
  const path = join(options.dataDir, SITE_FILES.site);
  if (!existsSync(path)) {
    writeWhole(path, HEADER + stringify(demoSite(options)), 0o600);
    return [`wrote ${SITE_FILES.site}: ${options.beds} beds`];
  }
  if (!isDemo || options.source === 'none') return [];
  const text = addToSite(readFileSync(path, 'utf8'), demoSite(options));
  if (text === null) return [];
  writeWhole(path, text, 0o600);
  return [`added beds or devices to ${SITE_FILES.site}`];
}

function initServiceTokens(dataDir: string): void {
  const path = join(dataDir, SITE_FILES.serviceTokens);
  const present = existsSync(path) ? readServiceTokens(dataDir) : [];
  // A folder of an earlier version has a token for the gateway that does not say which gateway it is.
  const named = present.map((row) => (row.name === 'gateway' ? { gatewayId, ...row } : row));
  const missing = SERVICES.filter(({ name }) => !present.some((token) => token.name === name));
  if (missing.length === 0 && named.every((row, i) => row.gatewayId === present[i]!.gatewayId)) return;
  writeSecret(path, [...named, ...missing.map((service) => ({ ...service, token: newToken(), roles: ['service'] }))]);
}

/** Every simulated device has a token; a real one is enrolled by hand. */
function initDevices(dataDir: string, site: Site): void {
  const path = join(dataDir, SITE_FILES.devices);
  const present = existsSync(path) ? readDeviceTokens(dataDir) : null;
  const known = new Set(present?.map((device) => device.deviceId));
  const missing = site.devices.filter((device) => !known.has(device.deviceId));
  if (present !== null && missing.length === 0) return;
  writeSecret(path, [...(present ?? []), ...missing.map(({ deviceId }) => ({ deviceId, token: newToken() }))]);
}

/** The authority that enrols devices, and a certificate by which devices know the gateway. */
async function initCertificates({ dataDir, mqttsNames = [] }: InitOptions, nowMs: number): Promise<string[]> {
  if (!existsSync(join(dataDir, CERTIFICATE_FILES.deviceCa))) await deviceAuthority(dataDir, nowMs);
  ownFolder(join(dataDir, 'gateway'));
  const made = await gatewayCertificate({ folder: join(dataDir, 'gateway', 'tls'), names: mqttsNames, nowMs });
  return made === null ? [] : [made];
}

/** The first admin of a real site: a password that is shown this once and must be changed at the first sign-in. */
async function initFirstAdmin(dataDir: string, site: Site): Promise<string[]> {
  const path = join(dataDir, SITE_FILES.passwordHashes);
  if (existsSync(path)) return [];
  const admin = site.staff.find(({ roles }) => roles.includes('admin'));
  if (admin === undefined) {
    writeSecret(path, {});
    return [`${SITE_FILES.site} names no admin: \`vigil accounts create\` makes one once Vigil has run`];
  }
  const password = newPassword();
  writeSecret(path, { [admin.username]: await hashPassword(password) });
  return [`first sign-in, shown this once, within a week: username ${admin.username}, password ${password}`];
}

/** Accounts with generated passwords for the staff of a new site, and their hashes for the platform. */
async function initAccounts(dataDir: string, site: Site): Promise<string[]> {
  const accountsPath = join(dataDir, SITE_FILES.demoAccounts);
  const hashesPath = join(dataDir, SITE_FILES.passwordHashes);
  if (existsSync(hashesPath)) return [];
  const accounts = existsSync(accountsPath)
    ? readDemoAccounts(dataDir)
    : site.staff.map(({ username, roles }) => ({ username, password: newPassword(), roles }));
  if (!existsSync(accountsPath)) writeSecret(accountsPath, accounts);
  const hashes = await Promise.all(accounts.map(async (a) => [a.username, await hashPassword(a.password)] as const));
  writeSecret(hashesPath, Object.fromEntries(hashes));
  return [`wrote ${SITE_FILES.demoAccounts}: ${accounts.length} accounts with new passwords`];
}

/**
 * Makes the data folder of a site: secrets, accounts, site.yaml, and the anchor of the clock, which the processes that
 * start next to each other would otherwise race for. What is there stays: running it again adds what is missing.
 *
 * @returns one line per thing that was made
 * @throws SiteFileError when a file that is there cannot be used; Error when the folder's clock forbids the source (D8)
 */
export async function init(options: InitOptions): Promise<string[]> {
  ownFolder(options.dataDir);
  return whileLocked(options.dataDir, () => makeAll(options));
}

async function makeAll(options: InitOptions): Promise<string[]> {
  const { dataDir } = options;
  const clock = loadClock(dataDir, options.speed, { requireWall: options.source === 'none' });
  const isDemo = !existsSync(join(dataDir, SITE_FILES.site)) || existsSync(join(dataDir, SITE_FILES.demoAccounts));
  const said = initSite({ ...options, todayMs: clock.wallMs() }, isDemo);
  const site = readSite(dataDir);
  initServiceTokens(dataDir);
  makeWitnessToken(dataDir);
  openConfigSigner(dataDir);
  initDevices(dataDir, site);
  said.push(...(await initCertificates(options, clock.wallMs())));
  const isReal = options.source === 'none' && !existsSync(join(dataDir, SITE_FILES.demoAccounts));
  return [...said, ...(await (isReal ? initFirstAdmin(dataDir, site) : initAccounts(dataDir, site)))];
}
