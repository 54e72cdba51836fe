import { createHash } from 'node:crypto';
import { SITE_DIFF_MAX, type SiteDiff } from '@vigil/contracts';
import { contentHash, PlatformError } from '@vigil/domain';
import type { Change } from '../ports/change.js';
import type { SiteNow, SiteStore } from '../ports/site-store.js';
import type { DiffLine } from './diff-line.js';
import { siteDiff } from './site-diff.js';
import { readSiteFile, type SiteFileProblem } from './site-file-reader.js';

/** A file that can't be imported as it is written. */
export class SiteFileRefused extends Error {
  override readonly name = 'SiteFileRefused';

  constructor(readonly problems: readonly SiteFileProblem[]) {
    super(problems.map(({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`).join('\n'));
  }
}

/** What a file would do to the site as it is, under the name of having looked at it. */
export interface LookedAt {
  readonly diff: SiteDiff;
  /** Of this file, these changes, and the places of the site as they were: another one after any of them has changed. */
  readonly etag: string;
}

/** @throws SiteFileRefused; PlatformError('store-unavailable') */
export async function lookAt(store: SiteStore, text: string): Promise<LookedAt> {
  const read = parsed(text);
  const now = await store.now();
  const lines = siteDiff(now, read.file);
  return { diff: told(lines, read.leftOut, false), etag: etagOf(text, now, lines) };
}

/**
 * Does what somebody has looked at, all of it or nothing.
 *
 * @param etag of that look
 * @throws SiteFileRefused; PlatformError 'import-stale' (it would do something else now), 'conflict' (something of it can't be
 * done), 'store-unavailable'
 */
export async function importSite(
  store: SiteStore,
  { text, etag }: { readonly text: string; readonly etag: string },
  change: Change,
): Promise<{ readonly diff: SiteDiff; readonly repeated: boolean }> {
  const read = parsed(text);
  let lines: readonly DiffLine[] = [];
  const decide = (now: SiteNow) => {
    lines = siteDiff(now, read.file);
    if (etagOf(text, now, lines) !== etag) throw new PlatformError('import-stale');
    if (lines.some(({ change: { refused } }) => refused !== null)) throw new PlatformError('conflict');
    return lines.flatMap(({ steps }) => steps);
  };
  const repeated = await store.change({ content: { file: sha256(text), etag }, decide }, change);
  return { diff: told(lines, read.leftOut, true), repeated };
}

function parsed(text: string) {
  const read = readSiteFile(text);
  if (read.file === null) throw new SiteFileRefused(read.problems);
  return read;
}

function told(lines: readonly DiffLine[], leftOut: readonly string[], applied: boolean): SiteDiff {
  const changes = lines.map(({ change }) => change);
  const refused = changes.filter((change) => change.refused !== null).length;
  return { applied, changes: changes.slice(0, SITE_DIFF_MAX), count: changes.length, refused, leftOut: [...leftOut] };
}

/**
 * Assignments of devices change all day in a hospital; what of them matters to an import is in its lines, as beds and devices that are
 * in use. So it is the lines that have to be the same.
 */
function etagOf(text: string, { placesRev }: SiteNow, lines: readonly DiffLine[]): string {
  const changes = lines.map(({ change }) => change);
  return `"${contentHash({ file: sha256(text), placesRev, changes }).slice(0, 32)}"`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
