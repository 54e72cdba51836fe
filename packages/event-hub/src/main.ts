#!/usr/bin/env node
/** The hub as a process of its own: `vigil-event-hub --data-dir <folder>`. */
import { Command } from 'commander';
import { keepYoungGenerationSmall, processLog } from '@vigil/process-log';
import { bytesOf, unitsOf } from './commands/amounts.js';
import { certificatesCommand } from './commands/certificates-command.js';
import { orSay, portOf } from './commands/common.js';
import { hubsCommand } from './commands/hubs-command.js';
import { connectionStringCommand, keysCommand } from './commands/keys-command.js';
import { verifyCommand } from './commands/verify-command.js';
import { LogError } from './log/log-error.js';
import { startEventHub } from './start.js';
import type { TlsOptions } from './tls/live-certificate.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const program = new Command('vigil-event-hub')
  .description('A durable event log on this machine that the Azure Event Hubs clients speak to.')
  .option('--data-dir <folder>', 'where log and keys are kept; made when missing')
  .option('--port <number>', 'AMQP, on 127.0.0.1', portOf, 5672)
  .option('--no-plain', 'no AMQP without TLS, not on this machine either')
  .option('--host <interface>', 'where other machines connect, e.g. 0.0.0.0; needs TLS', '127.0.0.1')
  .option('--tls-port <number>', 'AMQP over TLS, usually 5671', portOf)
  .option('--tls-cert <path>', 'certificate (default: <data-dir>/tls/server.pem, see the command certificates)')
  .option('--tls-key <path>', 'its private key (default: <data-dir>/tls/server.key)')
  .option('--tls-name <name>', 'name by which clients reach the hub (default: the first in the certificate)')
  .option('--http-port <number>', 'health and metrics, on 127.0.0.1', portOf, 3002)
  .option('--key-file <path>', 'key-encryption keys (default: <data-dir>/kek.json)')
  .option('--min-free-space <size>', 'free disk below which events are refused for now (default: 256MiB)', bytesOf)
  .option('--throughput-units <number>', 'throttle as the service does with so many units (default: none)', unitsOf)
  .option('--repair', 'go on without what is damaged in the log; a copy of it is kept in <data-dir>/<hub>/quarantine')
  // Each command below has its own --data-dir.
  .enablePositionalOptions()
  .action(run)
  .addCommand(hubsCommand(print))
  .addCommand(keysCommand(print))
  .addCommand(connectionStringCommand(print))
  .addCommand(certificatesCommand(print))
  .addCommand(verifyCommand(print));

interface Flags {
  dataDir: string;
  port: number;
  plain: boolean;
  host: string;
  tlsPort?: number;
  tlsCert?: string;
  tlsKey?: string;
  tlsName?: string;
  httpPort: number;
  keyFile?: string;
  throughputUnits?: number;
  minFreeSpace?: number | null;
  repair?: boolean;
}

function tlsOf({ tlsPort, tlsCert, tlsKey, tlsName }: Flags): { tls?: TlsOptions } {
  if (tlsPort === undefined) return {};
  const cert = tlsCert === undefined ? {} : { cert: tlsCert };
  const key = tlsKey === undefined ? {} : { key: tlsKey };
  return { tls: { port: tlsPort, ...cert, ...key, ...(tlsName === undefined ? {} : { name: tlsName }) } };
}

async function run(flags: Flags): Promise<void> {
  if (flags.dataDir === undefined) program.error("error: required option '--data-dir <folder>' not specified");
  keepYoungGenerationSmall();
  const { log, leave } = processLog({ name: 'hub' });
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  // Set before the start, so that a signal during recovery is not lost.
  process.once('SIGTERM', () => end(0)).once('SIGINT', () => end(0));
  let hub;
  try {
    hub = await startEventHub({
      dataDir: flags.dataDir,
      port: flags.plain ? flags.port : null,
      host: flags.host,
      ...tlsOf(flags),
      httpPort: flags.httpPort,
      ...(flags.throughputUnits === undefined ? {} : { limits: { throughputUnits: flags.throughputUnits } }),
      ...(flags.keyFile === undefined ? {} : { keys: { file: flags.keyFile } }),
      ...(flags.minFreeSpace === undefined ? {} : { freeBytesMin: flags.minFreeSpace ?? 0 }),
      ...(flags.repair === true ? { repair: true } : {}),
      log,
      onFailure: () => end(1),
    });
  } catch (e) {
    log.fatal({ code: (e as { code?: string }).code ?? 'unexpected' }, startError(e, flags));
    leave(1);
    return;
  }
  log.info({ port: hub.port, tlsPort: hub.tlsPort, httpPort: hub.httpPort }, 'hub ready');
  const code = await ended;
  log.info({}, 'hub stopping');
  await hub.stop();
  log.info({}, 'hub stopped');
  leave(code);
}

/** One line that says what to do. */
function startError(e: unknown, flags: Flags): string {
  const { code, port: taken } = e as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${taken ?? flags.port} is taken; stop what uses it or choose another port`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${flags.host} is no interface of this machine; 0.0.0.0 means all`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${flags.dataDir} can't be written; check its owner and rights`;
  if (code === 'ENOSPC') return `no space left for ${flags.dataDir}; a log segment takes 64 MiB`;
  if (code === 'ENOTDIR' || code === 'EEXIST') return `${flags.dataDir} is not a folder`;
  if (e instanceof LogError || (e as Error).name === 'SealError') return (e as Error).message;
  return `the hub can't start: ${(e as Error).stack ?? String(e)}`;
}

await orSay(() => program.parseAsync());
