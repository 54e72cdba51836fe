import { Command, InvalidArgumentError } from 'commander';
import { SystemClock } from '@vigil/clock';
import { dataDirOption, type Out } from './common.js';

interface Flags {
  dataDir: string;
  host?: string[];
  days: number;
}

/** As long as browsers accept; clients of the hub would take longer, people forget how to renew. */
const DAYS_MAX = 397;

/** `vigil-event-hub certificates …`: a private authority and a server certificate for TLS. */
export function certificatesCommand(out: Out): Command {
  const days = (text: string): number => {
    if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= DAYS_MAX) return Number(text);
    throw new InvalidArgumentError(`days are a whole number from 1 to ${DAYS_MAX}`);
  };
  return new Command('certificates')
    .description('Makes or renews the certificate for TLS in <data-dir>/tls; a hub that runs takes it up by itself.')
    .addOption(dataDirOption())
    .option('--host <name...>', 'names and addresses by which clients reach the hub (default: as in the present certificate)')
    .option('--days <number>', 'how long it is valid', days, 365)
    .action(async (flags: Flags) => {
      // Loaded here, because only this command needs the library behind it.
      const { makeCertificates } = await import('../tls/make-certificates.js');
      const made = await makeCertificates({
        dataDir: flags.dataDir,
        hosts: flags.host ?? [],
        days: flags.days,
        nowMs: new SystemClock().wallMs(),
      });
      out(`certificate for ${made.hosts.join(', ')}, valid until ${new Date(made.expiresAtMs).toISOString()}`);
      if (made.isNewAuthority) {
        out(`give ${made.authorityFile} to every client: NODE_EXTRA_CA_CERTS=<its path there>`);
        out('keep ca.key beside it secret: whoever has it can pass for the hub; it is needed to renew only');
      }
    });
}
