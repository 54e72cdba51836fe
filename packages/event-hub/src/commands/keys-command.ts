import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { createKey, removeKey, requireKey, rotateKey } from '../auth/key-edit.js';
import { connectionString } from '../connection-string.js';
import { readKeyFile, type Right, RIGHTS, type SharedAccessKey, writeKeyFile } from '../auth/key-file.js';
import { LogError } from '../log/log-error.js';
import { readRunning } from '../running-file.js';
import { dataDirOption, type Out, portOf } from './common.js';

interface Flags {
  dataDir: string;
  show?: boolean;
  json?: boolean;
  secondary?: boolean;
  rights?: Right[];
  hub?: string[];
}

/** `vigil-event-hub keys …`: the shared access keys. It edits the file; a hub that runs takes it up by itself. */
export function keysCommand(out: Out): Command {
  const keys = new Command('keys').description('Shared access keys: who may send, listen and manage.');
  keys.addCommand(
    listing(new Command('list').description('Shows the keys; secrets only with --show.')).action(async (flags: Flags) => {
      const all = await load(flags);
      out(
        flags.json === true
          ? JSON.stringify(
              all.map((key) => shown(key, flags)),
              null,
              2,
            )
          : table(all, flags),
      );
    }),
  );
  keys.addCommand(
    listing(new Command('create').description('Makes a key of the namespace, or of some hubs.'))
      .argument('<name>')
      .requiredOption('--rights <list>', 'of Send, Listen and Manage, with commas between', rightsOf)
      .option('--hub <name...>', 'hubs that the key is limited to')
      .action(async (name: string, flags: Flags) => {
        const edited = createKey(await load(flags), { name, rights: flags.rights!, hubs: flags.hub ?? [] });
        await store(flags, edited, name, out, `key ${name} is made`);
      }),
  );
  keys.addCommand(
    listing(
      new Command('rotate').description(
        'Makes a new primary; the present primary becomes the secondary and goes on. With --secondary: a new secondary, ' +
          'which ends the former primary.',
      ),
    )
      .argument('<name>')
      .option('--secondary', 'replace the secondary instead')
      .action(async (name: string, flags: Flags) => {
        const which = flags.secondary === true ? 'secondary' : 'primary';
        const advice =
          which === 'primary' ? `; give it to its users, then: keys rotate ${name} --secondary` : '; the former one is refused';
        await store(flags, rotateKey(await load(flags), name, which), name, out, `key ${name} has a new ${which}${advice}`);
      }),
  );
  keys.addCommand(
    new Command('remove')
      .description('Removes a key. Links that are open end when their token expires, within the hour for usual clients.')
      .argument('<name>')
      .addOption(dataDirOption())
      .action(async (name: string, flags: Flags) => {
        await writeKeyFile(pathOf(flags), removeKey(await load(flags), name));
        out(`key ${name} is removed`);
      }),
  );
  return keys;
}

/** `vigil-event-hub connection-string`: prints a secret, that is what it is for. */
export function connectionStringCommand(out: Out): Command {
  return new Command('connection-string')
    .description('Prints what a client needs to connect. It holds a secret: do not put it into logs or tickets.')
    .addOption(dataDirOption())
    .requiredOption('--key-name <name>', 'key in keys.json, e.g. platform')
    .option('--secondary', 'with the secondary secret')
    .option('--hub <name>', 'adds EntityPath')
    .option('--tls [host]', 'over TLS, by this name of the certificate (default: that of the running hub)')
    .option('--port <number>', 'default: that of the running hub, else 5672, with --tls 5671', portOf)
    .action(async (flags: Flags & { keyName: string; tls?: string | true; port?: number; hub?: string }) => {
      const { keyName, hub, port } = flags;
      const key = requireKey(await load(flags), keyName);
      const secret = flags.secondary === true ? key.secondary : key.primary;
      const { port: known, ...where } = await reached(flags);
      out(connectionString({ ...where, port: port ?? known, keyName, secret, hub }));
    });
}

/** Where the hub is reached: as asked for, and as the hub that runs in the folder says. */
async function reached({ dataDir, tls }: { dataDir: string; tls?: string | true }) {
  const running = await readRunning(dataDir);
  const isTls = tls !== undefined || (running !== null && running.plain === null);
  const address = (isTls ? running?.tls : running?.plain) ?? null;
  const host = (typeof tls === 'string' ? tls : address?.host) ?? (isTls ? null : '127.0.0.1');
  if (host === null) throw new LogError('config', 'say by which name of the certificate: --tls <host>');
  return { host, port: address?.port, isTls };
}

const listing = (command: Command): Command =>
  command.addOption(dataDirOption()).option('--show', 'print the secrets too').option('--json', 'as JSON');

const pathOf = (flags: Flags): string => join(flags.dataDir, 'keys.json');

async function load(flags: Flags): Promise<SharedAccessKey[]> {
  const keys = await readKeyFile(pathOf(flags));
  if (keys === null) throw new LogError('config', `${pathOf(flags)} is not there; the first start of the hub makes it`);
  return keys;
}

async function store(flags: Flags, keys: readonly SharedAccessKey[], name: string, out: Out, done: string): Promise<void> {
  await writeKeyFile(pathOf(flags), keys);
  const key = requireKey(keys, name);
  if (flags.json === true) out(JSON.stringify(shown(key, flags), null, 2));
  else out(flags.show === true ? `${done}\n${table([key], flags)}` : `${done}; see it with: keys list --show`);
}

function shown(key: SharedAccessKey, flags: Flags): object {
  const { name, rights, hubs = null, primary, secondary } = key;
  return { name, rights, hubs, ...(flags.show === true ? { primary, secondary } : {}) };
}

function table(keys: readonly SharedAccessKey[], flags: Flags): string {
  return keys
    .flatMap((key) => [
      `${key.name}  ${key.rights.join(',')}  ${key.hubs === undefined ? 'all hubs' : key.hubs.join(',')}`,
      ...(flags.show === true ? [`  primary    ${key.primary}`, `  secondary  ${key.secondary}`] : []),
    ])
    .join('\n');
}

function rightsOf(text: string): Right[] {
  const given = text.split(',').map((word) => RIGHTS.find((right) => right.toLowerCase() === word.trim().toLowerCase()));
  if (given.some((right) => right === undefined)) throw new InvalidArgumentError('rights are Send, Listen and Manage');
  return [...new Set(given as Right[])];
}
