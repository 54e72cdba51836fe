import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayId, Site } from '@vigil/contracts';
import { parseDocument, YAMLSeq } from 'yaml';
import { z } from 'zod';
import { openConfigSigner } from './config-key.js';
import { CERTIFICATE_FILES, deviceAuthority, gatewayCertificate } from './device-ca.js';
import { ownFolder, writeSecret, writeWhole } from './secret-file.js';
import { readServiceTokens, readSite, SITE_FILES } from './site-files.js';
import { whileLocked } from './site-lock.js';

const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;
/** Where the service of systemd keeps its own files (deploy/gateway). */
const STATE_FOLDER = '/var/lib/vigil-gateway';
const HUB_TLS_PORT = 5671;

export interface GatewayEnrolment {
  readonly gatewayId: string;
  /** Where the gateway reaches the platform, e.g. `https://vigil.ward.example`. */
  readonly platformUrl: string;
  /** Name of the local hub's certificate, with a port or 5671; left out: the hub is Azure's, or it is said later. */
  readonly hubHost?: string | undefined;
  /** Authority of the platform's certificate, where that is a private one. */
  readonly platformCa?: string | undefined;
  /** Names and addresses by which devices reach the gateway; without them it gets no certificate of its own. */
  readonly names: readonly string[];
  readonly nowMs: number;
}

export interface EnrolledGateway {
  /** Holds `gateway.env`, and in `files` what belongs into the gateway's data folder. */
  readonly folder: string;
  readonly files: readonly string[];
  /** What is left for a person to do, in order. */
  readonly nextSteps: readonly string[];
}

const HubKeys = z.object({
  keys: z.array(z.looseObject({ name: z.string(), rights: z.array(z.string()), primary: z.string(), secondary: z.string() })),
});
type HubKeys = z.infer<typeof HubKeys>;

/**
 * Makes everything that a gateway on another machine needs, in `<data dir>/gateways/<id>`, and gives it a place in site.yaml.
 * Running it again keeps token and keys, and writes the files anew.
 *
 * @throws Error with one line that says what to do: an id or an address that can't be used, a file that is not there
 */
export async function enrolGateway(dataDir: string, enrolment: GatewayEnrolment): Promise<EnrolledGateway> {
  const id = GatewayId.safeParse(enrolment.gatewayId);
  if (!id.success) throw new Error('a gateway id has lower-case letters, digits and hyphens, at most 48');
  const url = platformUrl(enrolment.platformUrl);
  const folder = join(dataDir, 'gateways', id.data);
  const { token, files } = await whileLocked(dataDir, async () => {
    addToSite(dataDir, id.data);
    const token = tokenOf(dataDir, id.data);
    ownFolder(join(dataDir, 'gateways'));
    ownFolder(folder);
    return { token, files: await writeFiles(dataDir, folder, enrolment) };
  });
  const hub = hubConnection(dataDir, id.data, enrolment.hubHost);
  writeWhole(
    join(folder, 'gateway.env'),
    envFile({ gatewayId: id.data, url, token, hub: hub.connectionString, files }),
    OWNER_ONLY,
  );
  const nextSteps = [
    'Start Vigil anew (Ctrl-C, npm start), so that the platform knows this gateway.',
    ...hub.steps,
    `On its machine: gateway.env becomes /etc/vigil-gateway/gateway.env, and what is in files goes to ${STATE_FOLDER}; both hold secrets (deploy/gateway/README.md).`,
    `Enrol its devices: vigil devices enrol <id> --bed <bed> --gateway ${id.data}`,
  ];
  return { folder, files, nextSteps };
}

/** The gateways of the site, and whether this folder has a token for each. */
export function listGateways(
  dataDir: string,
): readonly { readonly gatewayId: string; readonly hasToken: boolean; readonly devices: number }[] {
  const site = readSite(dataDir);
  const tokens = readServiceTokens(dataDir);
  return site.gateways.map(({ gatewayId }) => ({
    gatewayId,
    hasToken: tokens.some((row) => row.gatewayId === gatewayId),
    devices: site.devices.filter((device) => device.gatewayId === gatewayId).length,
  }));
}

function platformUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    throw new Error('--platform is an address such as https://vigil.ward.example');
  if (url.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw new Error('--platform must begin with https: token and beds go over the network');
  }
  return url.origin;
}

function addToSite(dataDir: string, gatewayId: GatewayId): void {
  if (readSite(dataDir).gateways.some((gateway) => gateway.gatewayId === gatewayId)) return;
  const path = join(dataDir, SITE_FILES.site);
  const doc = parseDocument(readFileSync(path, 'utf8'));
  const list = doc.get('gateways');
  if (!(list instanceof YAMLSeq)) throw new Error(`${SITE_FILES.site}: gateways must be a list`);
  list.flow = false;
  list.add(doc.createNode({ gatewayId }));
  Site.parse(doc.toJS());
  writeWhole(path, doc.toString(), OWNER_ONLY);
}

/** The token by which it asks for its configuration: kept, or made. */
function tokenOf(dataDir: string, gatewayId: GatewayId): string {
  const rows = readServiceTokens(dataDir);
  const known = rows.find((row) => row.gatewayId === gatewayId);
  if (known !== undefined) return known.token;
  const row = {
    name: `gateway-${gatewayId}`.slice(0, 48),
    token: randomBytes(SECRET_BYTES).toString('base64url'),
    roles: ['service' as const],
    gatewayId,
  };
  writeSecret(join(dataDir, SITE_FILES.serviceTokens), [...rows, row]);
  return row.token;
}

/** What belongs into the gateway's data folder. @returns paths within `files` */
async function writeFiles(
  dataDir: string,
  folder: string,
  { platformCa, names, nowMs }: GatewayEnrolment,
): Promise<readonly string[]> {
  const target = join(folder, 'files');
  ownFolder(target);
  const files = ['config-keys.pem', 'device-ca.pem'];
  writeWhole(join(target, 'config-keys.pem'), openConfigSigner(dataDir).publicPem, OWNER_ONLY);
  if (!existsSync(join(dataDir, CERTIFICATE_FILES.deviceCa))) await deviceAuthority(dataDir, nowMs);
  copyFileSync(join(dataDir, CERTIFICATE_FILES.deviceCa), join(target, 'device-ca.pem'));
  const copy = (from: string, name: string): void => {
    copyFileSync(from, join(target, name));
    files.push(name);
  };
  const hubCa = join(dataDir, 'hub', 'tls', 'ca.pem');
  if (existsSync(hubCa)) copy(hubCa, 'hub-ca.pem');
  if (platformCa !== undefined) {
    if (!existsSync(platformCa)) throw new Error(`${platformCa} is not there; --platform-ca names a PEM file`);
    copy(platformCa, 'platform-ca.pem');
  }
  if (names.length > 0) {
    // The authority's own key stays here, beside the certificate that it signed.
    const made = join(folder, 'tls');
    ownFolder(made);
    await gatewayCertificate({ folder: made, names, nowMs });
    ownFolder(join(target, 'tls'));
    for (const name of ['server.pem', 'server.key', 'ca.pem']) copy(join(made, name), join('tls', name));
  }
  return files;
}

/** A key of its own that may send and nothing else, so that one gateway can be locked out. The hub follows its file. */
function hubConnection(
  dataDir: string,
  gatewayId: string,
  host: string | undefined,
): { connectionString: string; steps: string[] } {
  const path = join(dataDir, 'hub', 'keys.json');
  const name = `gateway-${gatewayId}`;
  if (!existsSync(path)) {
    const step = `In Azure: make a shared access policy "${name}" of the hub with the claim Send alone, and put its connection string (without EntityPath) into gateway.env.`;
    return { connectionString: '', steps: [step] };
  }
  const file = HubKeys.parse(JSON.parse(readFileSync(path, 'utf8')));
  const key = file.keys.find((each) => each.name === name) ?? addHubKey(path, file, name);
  if (host === undefined) {
    const step = `Say where the hub is reached (README, "Gateways on other machines") and run this again with --hub <name>: the connection string in gateway.env is empty.`;
    return { connectionString: '', steps: [step] };
  }
  const address = /:\d+$/.test(host) ? host : `${host}:${HUB_TLS_PORT}`;
  const connectionString = `Endpoint=sb://${address}/;SharedAccessKeyName=${name};SharedAccessKey=${key.primary}`;
  const isServed = existsSync(join(dataDir, 'hub', 'tls', 'ca.pem'));
  const step = 'The hub has no certificate for other machines yet: README, "Gateways on other machines"; then run this again.';
  return { connectionString, steps: isServed ? [] : [step] };
}

function addHubKey(path: string, file: HubKeys, name: string): HubKeys['keys'][number] {
  const secret = (): string => randomBytes(SECRET_BYTES).toString('base64');
  const key = { name, rights: ['Send'], primary: secret(), secondary: secret() };
  writeSecret(path, { ...file, keys: [...file.keys, key] });
  return key;
}

interface EnvFacts {
  readonly gatewayId: string;
  readonly url: string;
  readonly token: string;
  readonly hub: string;
  readonly files: readonly string[];
}

function envFile({ gatewayId, url, token, hub, files }: EnvFacts): string {
  const at = (name: string): string => `${STATE_FOLDER}/${name}`;
  const flags = [
    `--gateway-id ${gatewayId} --config-url ${url}/api/v1/gateways/${gatewayId}/config`,
    ...(files.includes('platform-ca.pem') ? [`--platform-ca ${at('platform-ca.pem')}`] : []),
    ...(files.includes('tls/server.pem') ? ['--mqtts-port 8883 --mqtts-host 0.0.0.0'] : []),
  ];
  return [
    `# Settings of gateway ${gatewayId}: /etc/vigil-gateway/gateway.env, owner root, group vigil-gateway, mode 0640. It holds secrets.`,
    `EVENT_HUBS_CONNECTION_STRING="${hub}"`,
    'VIGIL_HUB_NAME="vigil"',
    `VIGIL_GATEWAY_TOKEN="${token}"`,
    `VIGIL_GATEWAY_FLAGS="${flags.join(' ')}"`,
    ...(files.includes('hub-ca.pem') ? [`NODE_EXTRA_CA_CERTS="${at('hub-ca.pem')}"`] : []),
    '',
  ].join('\n');
}
