import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.js';

/** Rows of the matrix that the official Python client goes through. */
export const PYTHON_MATRIX = join(ROOT, 'packages', 'event-hub', 'test-clients', 'python');

/** Program that sends HL7 messages with the `hl7` package of PyPI. */
export const PYTHON_HL7 = join(ROOT, 'test', 'support', 'hl7-python', 'send.py');

/** The client needs at least this. */
const PYTHON_MINOR_MIN = 9;
/** For making the environment and for fetching the client into it, each. */
const STEP_MS = 60_000;

type Found = { readonly python: string } | { readonly missing: string };

/** A Python that has the official client of Event Hubs in the version that the tests know, or why there is none. */
export const pythonWithClient = (): Found => pythonWith('python', join(PYTHON_MATRIX, 'requirements.txt'));

/** The same with the `hl7` package. */
export const pythonWithHl7 = (): Found => pythonWith('hl7', join(PYTHON_HL7, '..', 'requirements.txt'));

/** Fetched once, by hash, into a folder that git ignores; without Python or without a package index the reason is answered. */
function pythonWith(name: string, requirements: string): Found {
  const folder = join(ROOT, '.vigil-clients', name);
  const inVenv = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const ready = join(folder, `ready-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`);
  if (existsSync(ready)) return { python: inVenv };
  const python = ['python3', 'python'].find(isNewEnough);
  if (python === undefined) return { missing: `needs Python 3.${PYTHON_MINOR_MIN} or newer, as python3 on the path` };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (!succeeds(python, ['-m', 'venv', folder]))
    return { missing: 'python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv' };
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--require-hashes'];
  if (!succeeds(inVenv, [...pip, '--only-binary', ':all:', '-r', requirements]))
    return { missing: `the client could not be fetched within ${STEP_MS / 1000} s; is there a Python package index?` };
  writeFileSync(ready, '');
  return { python: inVenv };
}

function isNewEnough(name: string): boolean {
  const probe = spawnSync(name, ['--version'], { encoding: 'utf8', timeout: STEP_MS });
  const minor = /^Python 3\.(\d+)/.exec(probe.stdout ?? '')?.[1];
  return probe.status === 0 && Number(minor ?? 0) >= PYTHON_MINOR_MIN;
}

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { cwd: ROOT, stdio: 'ignore', timeout: STEP_MS }).status === 0;
}
