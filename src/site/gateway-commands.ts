import type { Command } from 'commander';
import { CONFIG_PUBLIC_FILE, retireConfigKey, rotateConfigKey } from './config-key.js';
import { enrolGateway, listGateways } from './enrol-gateway.js';

interface Around {
  readonly dataDir: () => string;
  readonly out: (line: string) => void;
  readonly nowMs: () => number;
}

interface EnrolFlags {
  readonly platform: string;
  readonly hub?: string;
  readonly platformCa?: string;
  readonly name: readonly string[];
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `vigil gateways …`: the boxes at the bedside, and the key of their configuration. */
export function addGatewayCommands(program: Command, { dataDir, out, nowMs }: Around): void {
  const gateways = program.command('gateways').description('gateways: what each needs to run on a machine of its own');
  gateways
    .command('enrol <gatewayId>')
    .description('make token, keys, certificates and settings for a gateway on another machine; again: write them anew')
    .requiredOption('--platform <url>', 'where it reaches the platform, e.g. https://vigil.ward.example')
    .option('--hub <host>', "name of the local hub's certificate, e.g. hub.ward.example, or name:port; nothing for Azure")
    .option('--platform-ca <file>', "authority of the platform's certificate, where that is a private one")
    .option('--name <host>', 'by which devices reach the gateway over TLS; may be repeated', several, [])
    .action(async (gatewayId: string, { platform, hub, platformCa, name }: EnrolFlags) => {
      const enrolment = { gatewayId, platformUrl: platform, hubHost: hub, platformCa, names: name, nowMs: nowMs() };
      const { folder, files, nextSteps } = await enrolGateway(dataDir(), enrolment);
      out(`enrolled ${gatewayId}; in ${folder}:`);
      out('  gateway.env');
      for (const file of files) out(`  files/${file}`);
      for (const [i, step] of nextSteps.entries()) out(`${i + 1}. ${step}`);
    });
  gateways
    .command('list')
    .description('the gateways of the site')
    .action(() => {
      for (const { gatewayId, hasToken, devices } of listGateways(dataDir())) {
        out(`${gatewayId}  ${devices} devices  ${hasToken ? 'has a token' : 'no token: vigil gateways enrol'}`);
      }
    });
  gateways
    .command('rotate-key')
    .description('make a second key to sign configurations with; both sign until the old one is retired')
    .action(() => {
      const { keyIds } = rotateConfigKey(dataDir());
      out(`configurations are signed by ${keyIds.join(' and ')} from the next start on (Ctrl-C, npm start).`);
      out(`Copy ${CONFIG_PUBLIC_FILE} to each gateway (its --config-key), then: vigil gateways retire-key`);
    });
  gateways
    .command('retire-key')
    .description('take the older of two keys away; gateways that have not the newer one refuse what follows')
    .action(() => {
      const { keyIds } = retireConfigKey(dataDir());
      out(`configurations are signed by ${keyIds.join()} alone from the next start on (Ctrl-C, npm start).`);
    });
}
