import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { openKeyFile } from '@vigil/sealed-records';
import { listHubs } from '../hub-folders.js';
import { nodeDisk } from '../log/disk.js';
import { LogError } from '../log/log-error.js';
import { damageText } from '../log/recovery.js';
import { verifyLog } from '../log/verify-log.js';
import { dataDirOption, type Out } from './common.js';

interface Flags {
  dataDir: string;
  keyFile?: string;
}

/** How often progress is printed at most. */
const PROGRESS_MS = 5_000;

/** `vigil-event-hub verify`: reads every record of every hub; also while the hub runs. Status 1 when something is damaged. */
export function verifyCommand(out: Out): Command {
  return new Command('verify')
    .description('Reads the whole log and says whether it is as it was written. Changes nothing; the hub may run.')
    .addOption(dataDirOption())
    .option('--key-file <path>', 'key-encryption keys (default: <data-dir>/kek.json)')
    .action(async ({ dataDir, keyFile }: Flags) => {
      if (!existsSync(dataDir)) throw new LogError('config', `${dataDir} is not there; --data-dir names the folder of a hub`);
      const keys = await openKeyFile(keyFile ?? join(dataDir, 'kek.json'), { create: 'never' });
      for (const { folder, meta } of await listHubs(dataDir)) {
        const place = { folder: join(folder, 'log'), hubId: meta.hubId, partitionCount: meta.partitions, keys, disk: nodeDisk };
        const { segments, problems, indexes, tornBytes } = await verifyLog(place, progress(out, meta.name));
        if (indexes.length > 0)
          out(`${meta.name}: ${indexes.length} index files are damaged or missing; the next start makes them anew`);
        if (tornBytes > 0)
          out(`${meta.name}: ${tornBytes} bytes behind the last record, of a write that is under way or was cut off`);
        if (problems.length === 0) out(`${meta.name}: ${segments} segments are as they were written`);
        else {
          out(`${meta.name}: ${damageText(problems)}`);
          process.exitCode = 1;
        }
      }
    });
}

function progress(out: Out, name: string): (done: number, of: number) => void {
  let toldMs = performance.now();
  return (done, of) => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    out(`${name}: ${done} of ${of} segments`);
  };
}
