import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { dayOf, gatewayAuthorityOf } from './device-ca.js';
import {
  DAYS_MAX,
  devicesToRenew,
  listCertificate,
  newestOf,
  type Prepared,
  prepareCertificate,
  revokeDevice,
} from './device-certificates.js';
import { listDevices } from './device-list.js';
import { enrolDevice, renewToken } from './enrol.js';
import { whileLocked } from './site-lock.js';

interface Around {
  readonly dataDir: () => string;
  readonly out: (line: string) => void;
  readonly nowMs: () => number;
  /** Where the gateway takes devices with certificates, for the example that is printed. */
  readonly mqttsPort: number;
}

interface CertificateFlags {
  readonly days: number;
  readonly csr?: string;
  readonly certificate?: string;
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > DAYS_MAX) {
    throw new InvalidArgumentError(`a whole number from 1 to ${DAYS_MAX}`);
  }
  return value;
}

const withCertificate = (command: Command): Command =>
  command
    .option('--days <n>', `how long the certificate is valid, at most ${DAYS_MAX}`, days, DAYS_MAX)
    .option('--csr <file>', 'a request of the device (PKCS #10, PEM), so that the key never leaves it')
    .option('--certificate <file>', 'a certificate that your own authority has signed (PEM); nothing is signed here');

/** `vigil devices …`: who may speak at the bedside. */
export function addDeviceCommands(program: Command, around: Around): void {
  const devices = program.command('devices').description('bedside devices: who may speak, and by which certificates');
  addEnrol(devices, around);
  addRenew(devices, around);
  const { dataDir, out, nowMs } = around;
  devices
    .command('revoke <deviceId>')
    .description('take the right to speak from a device: its token and all of its certificates, or one of them')
    .option('--serial <hex>', 'only the certificate whose serial number begins so')
    .action(async (deviceId: string, { serial }: { serial?: string }) => {
      const count = await whileLocked(dataDir(), () => revokeDevice(dataDir(), { deviceId, serial, nowMs: nowMs() }));
      const what = serial === undefined ? `its token and ${count} certificate(s)` : 'one certificate';
      out(
        `revoked ${what} of ${deviceId}. The gateway here ends such sessions within seconds, others with their next configuration.`,
      );
      if (serial === undefined) out(`To let it speak again: vigil devices renew ${deviceId} (add --token for a new token)`);
    });
  devices
    .command('list')
    .description('all devices with their bed, token, and certificates')
    .action(() => {
      for (const line of listDevices(dataDir(), nowMs())) out(line);
    });
}

function addEnrol(devices: Command, around: Around): void {
  const { dataDir, out, nowMs } = around;
  const command = devices
    .command('enrol <deviceId>')
    .description('give a device a bed, a token and a client certificate; prints the token once')
    .requiredOption('--bed <bedId>', 'the bed it stands at')
    .option('--profile <name>', 'how often it sends what (site.yaml, profiles)', 'monitor')
    .option('--gateway <gatewayId>', 'the gateway it sends to', 'gw-1');
  withCertificate(command).action(
    async (deviceId: string, flags: CertificateFlags & { bed: string; profile: string; gateway: string }) => {
      const { bed, profile, gateway } = flags;
      const { prepared, token, folder } = await whileLocked(dataDir(), async () => {
        // First what may fail for reasons of the certificate: a device that is half enrolled helps nobody.
        const prepared = await prepareCertificate(dataDir(), { deviceId, nowMs: nowMs(), ...flags });
        const token = enrolDevice(dataDir(), { deviceId, bedId: bed, profile, gatewayId: gateway });
        return { prepared, token, folder: listCertificate(dataDir(), prepared, nowMs()) };
      });
      out(`enrolled ${deviceId} at ${bed}`);
      out('by token, on the machine of the gateway only:');
      out(`  username  ${deviceId}`);
      out(`  password  ${token}`);
      sayCertificate(around, prepared, folder);
      out('The gateway takes it within seconds. Start Vigil anew (Ctrl-C, npm start) so that the platform knows its bed.');
    },
  );
}

interface RenewFlags extends CertificateFlags {
  readonly due: boolean;
  readonly missing: boolean;
  readonly revokeOld: boolean;
  readonly token: boolean;
}

function addRenew(devices: Command, around: Around): void {
  const { dataDir } = around;
  const command = devices
    .command('renew [deviceId]')
    .description('give a device a new certificate beside the old one, which holds until its end')
    .option('--due', 'all devices whose certificate is past two thirds of its life', false)
    .option('--missing', 'all devices that never had a certificate', false)
    .option('--revoke-old', 'the old ones hold no more from now on', false)
    .option('--token', 'give it a new token, too', false);
  withCertificate(command).action(async (deviceId: string | undefined, flags: RenewFlags) => {
    if ((deviceId === undefined) !== (flags.due || flags.missing)) {
      throw new Error('say which: vigil devices renew <deviceId>, or --due, or --missing');
    }
    await whileLocked(dataDir(), () => (deviceId === undefined ? renewMany(around, flags) : renewOne(around, deviceId, flags)));
  });
}

async function renewMany({ dataDir, out, nowMs }: Around, flags: RenewFlags): Promise<void> {
  const which = flags.due ? 'due' : 'missing';
  const ids = devicesToRenew(dataDir(), nowMs(), which);
  let left = 0;
  for (const id of ids) {
    if (which === 'due' && newestOf(dataDir(), id)?.from !== 'here') {
      left += 1;
      out(`${id}: its key is its own; renew it with a new request: vigil devices renew ${id} --csr <file>`);
      continue;
    }
    const prepared = await prepareCertificate(dataDir(), { deviceId: id, nowMs: nowMs(), days: flags.days });
    const folder = listCertificate(dataDir(), prepared, nowMs(), { revokeOld: flags.revokeOld });
    out(`${id}: ${folder}, valid until ${dayOf(prepared.entry.toMs)}; put client.pem and client.key onto the device`);
  }
  out(`${ids.length - left} certificates made${left > 0 ? `, ${left} devices left` : ''}`);
}

async function renewOne(around: Around, deviceId: string, flags: RenewFlags): Promise<void> {
  const { dataDir, out, nowMs } = around;
  const prepared = await prepareCertificate(dataDir(), { deviceId, nowMs: nowMs(), ...flags });
  const folder = listCertificate(dataDir(), prepared, nowMs(), { revokeOld: flags.revokeOld });
  if (flags.token) out(`password  ${renewToken(dataDir(), deviceId)}`);
  sayCertificate(around, prepared, folder);
  if (!flags.revokeOld) out('Those it had hold until they end; once the new one is on the device: vigil devices revoke --serial');
}

/** What to put where, and one line that shows whether it works. */
function sayCertificate({ out, mqttsPort, dataDir }: Around, { entry, key }: Prepared, folder: string): void {
  const { deviceId, serial, toMs } = entry;
  out(`certificate ${serial}, valid until ${dayOf(toMs)}, in ${folder}`);
  const at = (name: string): string => join(folder, name);
  out(
    `put onto the device: client.pem${key === null ? '' : ' and client.key (then remove client.key here)'}, and ca.pem to know the gateway by`,
  );
  if (!existsSync(at('ca.pem'))) {
    out('ca.pem is not there yet: the gateway has no certificate of its own here; `vigil init` makes one');
  }
  const reading = '{"metric":"heartRate","value":72,"unit":"/min","quality":"valid"}';
  const message = `{"bootId":"${randomUUID()}","seq":0,"atMs":'$(date +%s)'000,"origin":"test","observations":[${reading}]}`;
  const keyFile = key === null ? '<its key>' : at('client.key');
  const { isElsewhere } = gatewayAuthorityOf(dataDir(), deviceId);
  const where = isElsewhere ? '-h <address of its gateway> -p 8883' : `-h 127.0.0.1 -p ${mqttsPort}`;
  out(isElsewhere ? 'try it, with the address of its gateway:' : 'try it while Vigil runs:');
  out(
    `  mosquitto_pub ${where} --cafile ${at('ca.pem')} --cert ${at('client.pem')} --key ${keyFile}` +
      ` -i ${deviceId} -q 1 -t vigil/v1/${deviceId}/observations -m '${message}'`,
  );
}
