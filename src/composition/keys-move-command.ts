import { existsSync, rmSync } from 'node:fs';
import { PlatformError } from '@vigil/domain';
import { copyDataKeys } from '../adapters/sql/data-keys-move.js';
import { SqlDataKeys } from '../adapters/sql/data-keys.js';
import { auditEntry } from '../ports/audit-trail.js';
import { requireStopped } from './adopt-log-command.js';
import { type Machine, withCommandStores } from './command-stores.js';
import { keysOf, knownDatabaseOf } from './database.js';

const AUDIT = { actor: 'system:cli', action: 'keys.move', object: 'keys', outcome: 'allowed' } as const;

/**
 * `vigil keys move`: the data keys of `keys.db` to the database of `KEYS_DATABASE_URL`, while Vigil is stopped. The file goes once the keys
 * in the database have opened what is sealed; until then it stays as it is, and the same command goes on.
 *
 * @throws Error with one line that says what to do
 */
export async function keysMoveCommand(machine: Machine): Promise<readonly string[]> {
  const { dataDir, env } = machine;
  const place = knownDatabaseOf(dataDir, env);
  const { keysFile, keysUrl } = keysOf(dataDir, env['KEYS_DATABASE_URL']);
  if (keysUrl === null || place.url === null) {
    throw new Error('DATABASE_URL and KEYS_DATABASE_URL are not both set: there is nowhere to move to (docs/deployment.md)');
  }
  if (!existsSync(keysFile)) throw new Error(`no ${keysFile}: there is nothing to move`);
  await requireStopped(place);
  const where = `the database of keys ${keysUrl.where}`;
  const from = await SqlDataKeys.open(keysFile);
  try {
    const to = await SqlDataKeys.openPostgres(keysUrl);
    try {
      if ((await copyDataKeys(from.sql, to.sql)) === 'other') {
        throw new Error(`${where} holds other keys than ${keysFile}: nothing was moved. Name an empty database`);
      }
    } finally {
      await to.close();
    }
  } catch (error) {
    throw error instanceof PlatformError ? new Error(`${where} can't be used: ${causeOf(error)}`, { cause: error }) : error;
  } finally {
    await from.close();
  }
  // Opens what is sealed with the keys that are there now, or throws.
  await withCommandStores(machine, (stores, clock) => stores.auditTrail.append(auditEntry(AUDIT), Math.round(clock.wallMs())));
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${keysFile}${suffix}`, { force: true });
  return [
    `the data keys are in ${where}, and ${keysFile} is gone.`,
    'Give KEYS_DATABASE_URL to every process, and destroy copies of keys.db that somebody made: erasures do not reach them.',
  ];
}

function causeOf({ code, cause }: PlatformError): string {
  return cause instanceof Error ? cause.message : code;
}
