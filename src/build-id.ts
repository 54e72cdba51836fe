import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HASH_LENGTH = 10;

/**
 * Names this build on screens and in logs: the version, and behind it which dashboard is served. A screen that was loaded from another
 * one is asked to load anew (ADR 0073), so two builds of one version must differ. Files of the build carry the hash of what is in
 * them in their names; the few that do not are read.
 */
export function buildIdOf(version: string, dashboardDir: string | null): string {
  if (dashboardDir === null) return version;
  const files = readdirSync(dashboardDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dashboardDir.length))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file}\0`);
    if (!file.includes('assets')) hash.update(readFileSync(join(dashboardDir, file)));
  }
  return `${version}+${hash.digest('hex').slice(0, HASH_LENGTH)}`;
}
