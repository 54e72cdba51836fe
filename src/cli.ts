/** `npm run vigil -- <command>`. Exit code 0 when all is well, 1 when not, 2 when the command is wrong. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { SystemClock } from '@vigil/clock';
import { withSecretFiles } from '@vigil/process-log';
import { Command, InvalidArgumentError } from 'commander';
import { accountCommand, type AccountCommand } from './composition/account-command.js';
import { adoptLogCommand } from './composition/adopt-log-command.js';
import { examineBackups } from './composition/backup-findings.js';
import { addBackupCommands } from './composition/backup-options.js';
import { examineDatabase } from './composition/database-findings.js';
import { deadLettersCommand, type DeadLettersCommand } from './composition/dead-letters-command.js';
import { ehrExportCommand } from './composition/ehr-export-command.js';
import { addHistoryCommands } from './composition/history-commands.js';
import { examineKeys } from './composition/key-findings.js';
import { keysMoveCommand } from './composition/keys-move-command.js';
import { isKeyPart, keysRetire, keysRotate, keysStatus } from './composition/keys-command.js';
import { addReplayCommand } from './composition/replay-options.js';
import { testRules } from './composition/test-rules-command.js';
import { addRuleCommands } from './composition/rule-commands.js';
import { addSiteCommands } from './composition/site-command.js';
import { verifyAuditCommand } from './composition/verify-audit-command.js';
import { addDeviceCommands } from './site/device-commands.js';
import { examine } from './site/doctor.js';
import { addGatewayCommands } from './site/gateway-commands.js';
import { init } from './site/init.js';
import { addHistoryReader, readHistoryReaders, revokeHistoryReader } from './access/history-readers.js';
import { rotateServiceToken } from './site/rotate-service-token.js';
import { whileLocked } from './site/site-lock.js';
import { readDemoAccounts, SITE_FILES } from './site/site-files.js';
import type { Source } from './site/demo-site.js';

const PORT_SETTINGS = [
  ['VIGIL_PORT', 3000],
  ['VIGIL_MQTT_PORT', 1883],
  ['VIGIL_MQTTS_PORT', 8883],
  ['VIGIL_HUB_PORT', 5672],
  ['VIGIL_GATEWAY_HTTP_PORT', 3001],
  ['VIGIL_WATCH_PORT', 3005],
  ['VIGIL_HUB_HTTP_PORT', 3002],
  ['VIGIL_WATCHDOG_HTTP_PORT', 3003],
  ['VIGIL_INBOX_HTTP_PORT', 3004],
  ['VIGIL_INBOX_SMTP_PORT', 2525],
] as const;
/** Needed only where other machines reach the local hub. */
const HUB_TLS_PORT = ['VIGIL_HUB_TLS_PORT', 5671] as const;

// Who reads the first lines only (`| head`) closes the pipe: no fault, and the exit code of other programs.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(141);
});

const out = (line: string): void => void process.stdout.write(`${line}\n`);

function between(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`a number from ${low} to ${high}`);
    return value;
  };
}

function source(text: string): Source {
  if (text === 'simulator' || text === 'recordings' || text === 'none') return text;
  throw new InvalidArgumentError('simulator, recordings or none');
}

/** Secrets may be in files here, too. */
function environment(): NodeJS.ProcessEnv {
  try {
    return withSecretFiles(process.env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return process.exit(2);
  }
}

const env = environment();
const program = new Command('vigil')
  .description('Vigil: patient monitoring from the bedside device to the phone of the person on call.')
  .option('--data-dir <folder>', 'the data folder (VIGIL_DATA_DIR)', env.VIGIL_DATA_DIR || '.vigil')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError();

const dataDir = (): string => resolve(program.opts<{ dataDir: string }>().dataDir);

program
  .command('init')
  .description('make the data folder: secrets, accounts, site.yaml; keeps what is there')
  .option('--beds <n>', 'beds of the demo site (VIGIL_BEDS)', between(1, 500), between(1, 500)(env.VIGIL_BEDS || '8'))
  .option('--source <source>', 'simulator, recordings or none (VIGIL_SOURCE)', source, source(env.VIGIL_SOURCE || 'simulator'))
  .option('--speed <n>', 'event time per wall time (VIGIL_SPEED)', between(0.1, 1000), between(0.1, 1000)(env.VIGIL_SPEED || '1'))
  .option(
    '--mqtts-name <name...>',
    'names and addresses by which devices reach the gateway (VIGIL_MQTTS_NAME, comma separated)',
    (env.VIGIL_MQTTS_NAME || '').split(',').filter(Boolean),
  )
  .action(async ({ mqttsName, ...options }: { beds: number; source: Source; speed: number; mqttsName: string[] }) => {
    for (const line of await init({ dataDir: dataDir(), ...options, mqttsNames: mqttsName })) out(line);
  });

program
  .command('doctor')
  .description('look for what keeps Vigil from running; says how to mend it and changes nothing')
  .action(async () => {
    const hubCertificate = env.VIGIL_HUB_TLS_CERT || undefined;
    const servesTls = Boolean(env.VIGIL_HUB_HOST || hubCertificate);
    const settings = servesTls ? [...PORT_SETTINGS, HUB_TLS_PORT] : PORT_SETTINGS;
    const ports = settings.map(([name, port]) => [name, Number(env[name] || port)] as const);
    const wallMs = new SystemClock().wallMs();
    const keys = await examineKeys({ dataDir: dataDir(), env, wallMs, keys: env.VIGIL_KEYS || 'file' });
    const isLive = env.VIGIL_SOURCE === 'none';
    const backups = examineBackups({
      ...{ dataDir: dataDir(), hasDatabase: Boolean(env.DATABASE_URL), wallMs, isLive },
      maxAgeMin: Number(env.VIGIL_BACKUP_MAX_AGE_MIN || 15),
    });
    const database = await examineDatabase(dataDir(), env.DATABASE_URL);
    const findings = [
      ...(await examine({ dataDir: dataDir(), ports, wallMs, isLive, hubCertificate })),
      ...keys,
      ...database,
      ...backups,
    ];
    for (const { what, ok, say } of findings) out(`${ok ? 'ok  ' : 'MEND'} ${what.padEnd(10)} ${say}`);
    process.exitCode = findings.every((finding) => finding.ok) ? 0 : 1;
  });

const accounts = program
  .command('accounts')
  .description('the accounts of the demo; with a command, an account of this site')
  .action(() => {
    const file = join(dataDir(), SITE_FILES.demoAccounts);
    if (!existsSync(file)) throw new Error(`no demo accounts in ${dataDir()}; \`npm start\` makes them`);
    out(`from ${file}`);
    for (const { username, password, roles } of readDemoAccounts(dataDir())) out(`${username}  ${password}  ${roles.join(', ')}`);
  });

const account = async (command: AccountCommand): Promise<void> => {
  for (const line of await accountCommand({ dataDir: dataDir(), env }, command)) out(line);
};
accounts
  .command('create <username>')
  .description('make an account with a temporary password, e.g. the first admin of a site')
  .requiredOption('--name <name>', 'the name of the person')
  .requiredOption('--roles <roles>', 'comma separated, e.g. admin,charge-nurse')
  .action((username: string, { name, roles }: { name: string; roles: string }) =>
    account({ do: 'create', username, name, roles: roles.split(',').map((role) => role.trim()) }),
  );
accounts
  .command('reset <username>')
  .description('give a new temporary password; the person is signed out everywhere')
  .option('--second-factors', 'take authenticator app, recovery codes and passkeys away too', false)
  .action((username: string, { secondFactors }: { secondFactors: boolean }) => account({ do: 'reset', username, secondFactors }));
accounts
  .command('disable <username>')
  .description('let a person sign in no more; they are signed out everywhere')
  .action((username: string) => account({ do: 'disable', username }));
accounts
  .command('enable <username>')
  .description('let a person sign in again')
  .action((username: string) => account({ do: 'enable', username }));

const services = program.command('services').description('programs that call the API');
services
  .command('add <name>')
  .description('let a program read history of some care units (means, no names), e.g. a Grafana; its token is shown once')
  .requiredOption('--history-of <careUnits>', 'comma separated ids, e.g. icu,imc')
  .option('--days <days>', 'for so many days, 365 at most', '90')
  .action(async (name: string, { historyOf, days }: { historyOf: string; days: string }) => {
    const careUnitIds = historyOf.split(',').map((id) => id.trim());
    const reader = { name, careUnitIds, days: Number(days), wallMs: new SystemClock().wallMs() };
    const token = await whileLocked(dataDir(), () => addHistoryReader(dataDir(), reader));
    out(`${name} may read history of ${careUnitIds.join(', ')} for ${days} days. Its token, which is not shown again:\n${token}`);
  });
services
  .command('list')
  .description('programs that may read history, for which care units and until when')
  .action(() => {
    for (const { name, careUnitIds, untilWallMs } of readHistoryReaders(dataDir())) {
      const end = untilWallMs <= new SystemClock().wallMs() ? 'over since' : 'until';
      out(`${name}  ${careUnitIds.join(',')}  ${end} ${new Date(untilWallMs).toISOString().slice(0, 10)}`);
    }
  });
services
  .command('revoke <name>')
  .description('take that right away, at once')
  .action(async (name: string) => {
    await whileLocked(dataDir(), () => revokeHistoryReader(dataDir(), name));
    out(`${name} may read history no more.`);
  });
services
  .command('rotate <name>')
  .description('give a service a new token in service-tokens.json; the old one holds until Vigil is started anew')
  .action(async (name: string) => {
    await whileLocked(dataDir(), () => rotateServiceToken(dataDir(), name));
    out(`${name} has a new token in ${join(dataDir(), SITE_FILES.serviceTokens)}. Start Vigil anew (Ctrl-C, npm start).`);
  });

const keys = program.command('keys').description('the key files of the data folder: platform, gateway and hub');
keys
  .command('status')
  .description('which keys there are and what still needs them')
  .action(async () => {
    for (const line of await keysStatus({ dataDir: dataDir(), env }, new SystemClock().wallMs())) out(line);
  });
keys
  .command('rotate')
  .description('make a new current key in each key file; `--only audit`: a new key to sign the audit log with')
  .option('--only <part>', 'platform, gateway, hub or audit', (part) => {
    if (isKeyPart(part)) return part;
    throw new InvalidArgumentError('platform, gateway, hub or audit');
  })
  .action(async ({ only }: { only?: string }) => {
    for (const line of await keysRotate({ dataDir: dataDir(), env }, only)) out(line);
  });
keys
  .command('retire <keyId>')
  .description('take an old key out of its file for good; refused while anything here needs it')
  .action(async (keyId: string) => out(await keysRetire({ dataDir: dataDir(), env }, keyId)));
keys
  .command('move')
  .description('move the data keys from keys.db to the database of KEYS_DATABASE_URL, while Vigil is stopped')
  .action(async () => {
    for (const line of await keysMoveCommand({ dataDir: dataDir(), env })) out(line);
  });

addRuleCommands(program, { dataDir, env, out });
addHistoryCommands(program, { dataDir, out, env });
addSiteCommands(program, { dataDir, env, out });
addGatewayCommands(program, { dataDir, out, nowMs: () => new SystemClock().wallMs() });
addDeviceCommands(program, {
  ...{ dataDir, out, nowMs: () => new SystemClock().wallMs() },
  mqttsPort: Number(env.VIGIL_MQTTS_PORT || 8883),
});

addBackupCommands(program, {
  dataDir,
  env,
  out,
  progress: (line) => void (process.stderr.isTTY && process.stderr.write(`${line}\n`)),
});

addReplayCommand(program, { dataDir, env, out, progress: (line) => void process.stderr.write(`${line}\n`) });

program
  .command('test <folder>')
  .description(
    'run rule tests (docs/rules.md): readings in, expected alarms out; exit code 1 for a difference, 2 for a case that cannot be read',
  )
  .action((folder: string) => {
    const { failed, refused } = testRules({ folder, out });
    process.exitCode = refused > 0 ? 2 : failed > 0 ? 1 : 0;
  });

const deadLetters = program.command('dead-letters').description('what was on the log and does not count (docs/runbook.md)');
const ofDeadLetters = async (command: DeadLettersCommand): Promise<void> => {
  for (const line of await deadLettersCommand({ dataDir: dataDir(), env }, command)) out(line);
};
deadLetters
  .command('list')
  .description('the newest, with their place and why')
  .option('--limit <n>', 'how many', between(1, 500), 50)
  .action(({ limit }: { limit: number }) => ofDeadLetters({ do: 'list', limit }));
deadLetters
  .command('show <id>')
  .description('its content, which may be readings of a patient; leaves an entry in the audit log')
  .action((id: string) => ofDeadLetters({ do: 'show', id }));
deadLetters
  .command('rerun <id>')
  .description('have the log read it again, once per letter')
  .option('--with <file>', 'a corrected event (JSON) in its place, of the same id and key')
  .action((id: string, options: { with?: string }) => ofDeadLetters({ do: 'rerun', id, withFile: options.with }));

const whenOf = (text: string): number => {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('a time such as 2026-11-20T10:00:00Z');
  return atMs;
};
program
  .command('ehr')
  .description('the records of the hospital')
  .command('export')
  .description('send what history has of a time to the FHIR server again; what is there already stays as it is')
  .requiredOption('--from <time>', 'begin, e.g. 2026-11-20T10:00:00Z', whenOf)
  .requiredOption('--to <time>', 'end, left out itself', whenOf)
  .action(async ({ from, to }: { from: number; to: number }) => {
    if (from >= to) throw new Error('--to has to be later than --from');
    const progress = (line: string): void => void process.stderr.write(`${line}\n`);
    for (const line of await ehrExportCommand({ dataDir: dataDir(), env, fromMs: from, toMs: to, progress })) out(line);
  });

program
  .command('adopt-log')
  .description('read another event log from now on, because the one that was read is gone; only while Vigil is stopped')
  .option('--yes', 'do it without asking', false)
  .action(async ({ yes }: { yes: boolean }) => {
    const confirm = async (): Promise<boolean> => yes || (await askForYes('Adopt the log that is there? Type yes: '));
    const isDone = await adoptLogCommand({ dataDir: dataDir(), env, out, confirm });
    if (!isDone) throw new Error('nothing was changed');
  });

/** @throws Error where nobody is at a terminal to answer */
async function askForYes(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('nobody is here to answer, so nothing was changed; read the above and add --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim().toLowerCase() === 'yes';
  } finally {
    terminal.close();
  }
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];
program
  .command('verify-audit')
  .description(
    'check that nobody changed the audit log; works offline, reads only; exit code 1 when somebody did, 2 when it cannot be told',
  )
  .option('--db <file>', 'the database or a copy of it (vigil.db of the data folder)')
  .option('--state <file>', 'where this verifier remembers what it saw, best out of reach of whoever runs Vigil')
  .option('--anchor <file>', 'checkpoints that were kept elsewhere: a file, a saved mail; may be repeated', several, [])
  .option('--public-key <file>', 'public keys of the log, from a copy that was kept elsewhere')
  .option('--export <file>', 'check an export of the log instead of the database')
  .action(async (options: { db?: string; state?: string; anchor: readonly string[]; publicKey?: string; export?: string }) => {
    const progress = (entries: number): void => void (process.stderr.isTTY && process.stderr.write(`${entries} entries\r`));
    process.exitCode = await verifyAuditCommand({ dataDir: dataDir(), ...options, env, out, progress });
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
