import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.js';

/** Rows of the matrix that the official Python client goes through. */
export const PYTHON_MATRIX = join(ROOT, 'packages', 'event-hub', 'test-clients', 'python');

const FOLDER = join(ROOT, '.vigil-clients', 'python');
const PYTHON_IN_VENV = join(FOLDER, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
/** The client needs at least this. */
const PYTHON_MINOR_MIN = 9;
/** For making the environment and for fetching the client into it, each. */
const STEP_MS = 60_000;

/**
 * A Python that has the official client in the version that the tests know, or why there is none. It is fetched once,
 * by hash, into a folder that git ignores; without Python or without a package index the reason is answered.
 */
export function pythonWithClient(): { readonly python: string } | { readonly missing: string } {
  const requirements = join(PYTHON_MATRIX, 'requirements.txt');
  const ready = join(FOLDER, `ready-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`);
  if (existsSync(ready)) return { python: PYTHON_IN_VENV };
  const python = ['python3', 'python'].find(isNewEnough);
  if (python === undefined) return { missing: `needs Python 3.${PYTHON_MINOR_MIN} or newer, as python3 on the path` };
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  if (!succeeds(python, ['-m', 'venv', FOLDER]))
    return { missing: 'python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv' };
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--require-hashes'];
  if (!succeeds(PYTHON_IN_VENV, [...pip, '--only-binary', ':all:', '-r', requirements]))
    return { missing: `the client could not be fetched within ${STEP_MS / 1000} s; is there a Python package index?` };
  writeFileSync(ready, '');
  return { python: PYTHON_IN_VENV };
}

function isNewEnough(name: string): boolean {
  const probe = spawnSync(name, ['--version'], { encoding: 'utf8', timeout: STEP_MS });
  const minor = /^Python 3\.(\d+)/.exec(probe.stdout ?? '')?.[1];
  return probe.status === 0 && Number(minor ?? 0) >= PYTHON_MINOR_MIN;
}

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { cwd: ROOT, stdio: 'ignore', timeout: STEP_MS }).status === 0;
}
