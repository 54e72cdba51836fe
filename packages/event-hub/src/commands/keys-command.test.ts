import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { KeyStore } from '../auth/key-store.js';
import { tellRunning } from '../running-file.js';
import { connectionStringCommand, keysCommand } from './keys-command.js';

async function folder() {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-keys-'));
  const path = join(dataDir, 'keys.json');
  await KeyStore.open(path);
  const secrets = (): string[] =>
    (JSON.parse(readFileSync(path, 'utf8')) as { keys: { primary: string; secondary: string }[] }).keys.flatMap((key) => [
      key.primary,
      key.secondary,
    ]);
  const run = async (...args: string[]): Promise<string> => {
    const lines: string[] = [];
    const print = (text: string): void => void lines.push(text);
    const program = new Command()
      .enablePositionalOptions()
      .addCommand(keysCommand(print))
      .addCommand(connectionStringCommand(print));
    const quiet = (command: Command): void => {
      command.exitOverride().configureOutput({ writeErr: () => undefined });
      command.commands.forEach(quiet);
    };
    quiet(program);
    await program.parseAsync([...args, '--data-dir', dataDir], { from: 'user' });
    return lines.join('\n');
  };
  return { run, secrets, dataDir };
}

test.each([
  [['keys', 'list']],
  [['keys', 'list', '--json']],
  [['keys', 'create', 'reports', '--rights', 'listen', '--hub', 'vigil']],
  [['keys', 'rotate', 'platform']],
  [['keys', 'rotate', 'platform', '--secondary', '--json']],
  [['keys', 'remove', 'watchdog']],
])('%j prints no secret', async (args) => {
  const { run, secrets } = await folder();
  const before = secrets();
  const said = await run(...args);
  expect(said.length).toBeGreaterThan(0);
  for (const secret of [...before, ...secrets()]) expect(said).not.toContain(secret);
});

test('secrets are shown to who asks for them, each key with its rights and hubs', async () => {
  const { run, secrets } = await folder();
  await run('keys', 'create', 'reports', '--rights', 'Listen,send', '--hub', 'vigil', 'other');
  const said = await run('keys', 'list', '--show');
  for (const secret of secrets()) expect(said).toContain(secret);
  expect(said).toContain('reports  Listen,Send  vigil,other\n');
  expect(JSON.parse(await run('keys', 'list', '--json'))).toContainEqual({
    ...{ name: 'reports', rights: ['Listen', 'Send'], hubs: ['vigil', 'other'] },
  });
});

test('a connection string names its port and hub, and TLS by leaving out the flag of the emulator', async () => {
  const { run, secrets } = await folder();
  const [primary, secondary] = secrets();
  const string = (...more: string[]): Promise<string> => run('connection-string', '--key-name', 'gateway', ...more);
  const key = `SharedAccessKeyName=gateway;SharedAccessKey=${primary}`;
  expect(await string()).toBe(`Endpoint=sb://127.0.0.1:5672/;${key};UseDevelopmentEmulator=true`);
  expect(await string('--tls', 'hub.example', '--hub', 'vigil')).toBe(`Endpoint=sb://hub.example:5671/;${key};EntityPath=vigil`);
  expect(await string('--tls', 'fe80::1', '--port', '7000', '--secondary')).toContain(`sb://[fe80::1]:7000/;`);
  expect(await string('--secondary')).toContain(`SharedAccessKey=${secondary};`);
});

test('a connection string leads to where the running hub is reached', async () => {
  const { run, dataDir } = await folder();
  const string = (...more: string[]): Promise<string> => run('connection-string', '--key-name', 'gateway', ...more);
  const tls = { host: 'hub.example', port: 7001 };
  const plain = { host: '127.0.0.1', port: 7000 };
  const stop = await tellRunning(dataDir, { httpPort: null, plain, tls });
  expect(await string()).toMatch(/^Endpoint=sb:\/\/127\.0\.0\.1:7000\/;.*;UseDevelopmentEmulator=true$/);
  expect(await string('--tls')).toMatch(/^Endpoint=sb:\/\/hub\.example:7001\/;[^;]+;[^;]+$/);
  expect(await string('--tls', '10.0.0.5')).toContain('sb://10.0.0.5:7001/;');
  await tellRunning(dataDir, { httpPort: null, plain: null, tls });
  expect(await string()).toContain('sb://hub.example:7001/;');
  await stop();
  await expect(string('--tls')).rejects.toThrow(/say by which name of the certificate/);
});

test.each([
  [['keys', 'create', 'reports', '--rights', 'read'], /rights are Send, Listen and Manage/],
  [['keys', 'create', 'reports'], /required option '--rights/],
  [['keys', 'rotate', 'nobody'], /there is no key nobody; there are gateway/],
  [['connection-string', '--key-name', 'gateway', '--port', '70000'], /a port is a number/],
])('%j is refused with what to do, and changes nothing', async (args, says) => {
  const { run, secrets } = await folder();
  const before = secrets();
  await expect(run(...args)).rejects.toThrow(says);
  expect(secrets()).toEqual(before);
});
