import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Clock } from '@vigil/clock';
import type { CommandId, SiteChange, SiteDiff } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Command } from 'commander';
import type { SqlStores } from '../adapters/sql/index.js';
import { auditEntry } from '../ports/audit-trail.js';
import type { Change } from '../ports/change.js';
import { exportSite } from '../site/site-export.js';
import { SITE_FILE_BYTES_MAX } from '../site/site-file-reader.js';
import { importSite, lookAt, SiteFileRefused } from '../site/site-import.js';
import { type Machine, unusable, withCommandStores } from './command-stores.js';

export interface SiteCommandOptions {
  readonly dataDir: () => string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
}

/** `vigil site …`: the site as a file, out and in, from the machine that Vigil runs on, whether it runs or not. */
export function addSiteCommands(program: Command, { dataDir, env, out }: SiteCommandOptions): void {
  const site = program.command('site').description('care units, beds, devices and standing duties of this site as a file');
  const inStores = async (run: (stores: SqlStores, clock: Clock) => Promise<readonly string[]>): Promise<void> => {
    for (const line of await withStores({ dataDir: dataDir(), env }, run)) out(line);
  };
  site
    .command('export')
    .description('print the site as a file that an import takes; nothing of a patient is in it')
    .action(() =>
      inStores(async ({ siteStore: store }) =>
        exportSite(await store.now())
          .trimEnd()
          .split('\n'),
      ),
    );
  site
    .command('diff <file>')
    .description('say what a file would do to the site; changes nothing')
    .action((file: string) => inStores((stores) => diff(stores, file)));
  site
    .command('import <file>')
    .description('say what a file would do to the site; with --apply, do it')
    .option('--apply <code>', 'the code that was printed with what you looked at')
    .action((file: string, { apply }: { apply?: string }) =>
      inStores((stores, clock) => (apply === undefined ? diff(stores, file) : carryOut(stores, clock, { file, code: apply }))),
    );
}

async function diff({ siteStore }: SqlStores, file: string): Promise<readonly string[]> {
  const { diff: found, etag } = await readable(file, (text) => lookAt(siteStore, text));
  const next =
    found.refused > 0
      ? `${found.refused} of these can not be done, so that nothing will be: mend the file or the site first`
      : `to do this: vigil site import ${file} --apply ${etag.replaceAll('"', '')}`;
  return [...linesOf(found), ...(found.count === 0 ? [] : [next])];
}

async function carryOut(
  { siteStore }: SqlStores,
  clock: Clock,
  { file, code }: { readonly file: string; readonly code: string },
): Promise<readonly string[]> {
  const change = commandOf(clock);
  const { diff: done } = await readable(file, (text) => importSite(siteStore, { text, etag: `"${code}"` }, change));
  return [...linesOf(done), `done: ${done.count} changes. What runs shows them within seconds`];
}

function commandOf(clock: Clock): Change {
  const commandId = randomUUID() as CommandId;
  const known = { actor: 'system:cli', action: 'site.import', object: 'site', outcome: 'allowed' as const };
  const audit = auditEntry({ ...known, detail: `import, command:${commandId}` });
  const times = { nowMs: Math.round(clock.nowMs()), wallMs: Math.round(clock.wallMs()) };
  return { audit, ...times, commandId, by: null, source: 'site', sourceRef: null };
}

function linesOf({ changes, count, leftOut }: SiteDiff): string[] {
  const left = leftOut.length === 0 ? [] : [`not taken from the file: ${leftOut.join(', ')}`];
  const more = count > changes.length ? [`… and ${count - changes.length} more`] : [];
  return [...(count === 0 ? ['nothing would change'] : changes.map(lineOf)), ...more, ...left];
}

const SIGNS = { add: '+', change: '~', retire: '-' } as const;

function lineOf({ part, id, do: what, changes, refused }: SiteChange): string {
  const fields = changes.map(({ field, from, to }) => `${field}: ${from === null ? '' : `${from} -> `}${to ?? ''}`).join('; ');
  const sign = refused === null ? SIGNS[what] : 'REFUSED';
  return [`${sign} ${part} ${id}`, ...(fields === '' ? [] : [fields]), ...(refused === null ? [] : [refused])].join('  ');
}

/** @throws Error with a line for each thing that is wrong with the file, as editors take it */
async function readable<T>(file: string, run: (text: string) => Promise<T>): Promise<T> {
  if (!existsSync(file)) throw new Error(`no file ${file}`);
  // Looked at before it is read: a device or a huge file would fill the memory.
  if (statSync(file).size > SITE_FILE_BYTES_MAX) throw new Error(`${file}:1:1: larger than 1 MB: more than any site needs`);
  try {
    return await run(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SiteFileRefused)) throw error;
    const lines = error.problems.map(
      ({ line, column, path, message }) => `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
    );
    throw new Error(lines.join('\n'), { cause: error });
  }
}

async function withStores<T>(machine: Machine, run: (stores: SqlStores, clock: Clock) => Promise<T>): Promise<T> {
  try {
    return await withCommandStores(machine, run);
  } catch (error) {
    throw error instanceof PlatformError ? new Error(advice(error), { cause: error }) : error;
  }
}

function advice(error: PlatformError): string {
  const { code } = error;
  if (code === 'import-stale') return 'the site or the file has changed since you looked: run `vigil site diff` again, and look';
  if (code === 'conflict') return 'something of it can not be done, and nothing was: `vigil site diff` says what and why';
  return unusable(error);
}
