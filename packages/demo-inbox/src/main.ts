#!/usr/bin/env node
import { Command } from 'commander';
import { processLog } from '@vigil/process-log';
import { z } from 'zod';
import { startDemoInbox } from './inbox.js';

const port = z.coerce.number().int().min(0).max(65_535);
const Flags = z.object({ smtpPort: port, httpPort: port, dataDir: z.string().min(1) });

const flags = Flags.safeParse(
  new Command('vigil-demo-inbox')
    .description('A loopback mailbox for the demo: takes every mail, sends none on, shows them on a page.')
    .option('--smtp-port <port>', 'where it takes mail', '2525')
    .option('--http-port <port>', 'where it shows mail', '3004')
    .option('--data-dir <folder>', 'where it keeps mail', '.vigil/inbox')
    .parse()
    .opts(),
);
if (!flags.success) {
  process.stderr.write(`demo inbox: ${flags.error.issues.map((i) => `--${i.path.join('.')}: ${i.message}`).join('; ')}\n`);
  process.exit(2);
}

const { log, leave } = processLog({ name: 'inbox' });
try {
  const inbox = await startDemoInbox({
    ...flags.data,
    onMail: (mail) => log.info({ mailId: mail.id, recipients: mail.recipients }, 'mail received'),
  });
  log.info({ url: inbox.url, smtpPort: inbox.smtpPort }, 'inbox ready');
  const stop = (): void => void inbox.close().then(() => leave(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const help =
    code === 'EADDRINUSE' ? 'a port is in use: choose others with --smtp-port and --http-port' : 'is the folder writable?';
  log.fatal({ code }, `the demo inbox cannot start (${code}); ${help}`);
  leave(1);
}
