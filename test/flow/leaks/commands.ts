import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/root.js';
import type { Stack } from '../../support/stack.js';
import { PATIENT } from './patients.js';
import type { Probe } from './probe.js';

/** What each command prints, on both outputs, whatever its exit code. Names what may print a secret: the one that it makes. */
const COMMANDS: readonly (readonly string[])[] = [
  ['init'],
  ['doctor'],
  ['keys', 'status'],
  ['keys', 'rotate'],
  ['keys', 'retire', PATIENT.mrn],
  ['verify-audit'],
  ['verify-audit', '--db', `/nowhere/${PATIENT.mrn}`],
  ['replay'],
  ['accounts', 'disable', PATIENT.mrn],
  ['accounts', 'reset', PATIENT.mrn],
  ['services', 'rotate', PATIENT.mrn],
  ['devices', 'enrol', PATIENT.mrn, '--bed', PATIENT.mrn],
  [PATIENT.mrn],
  ['--help'],
];
/** Names what the user typed, back to the terminal of the same user. */
const ECHO = /^command (keys retire|verify-audit --db|accounts|services|devices|MRN)/;
export const ECHOES = { place: ECHO, canary: /^record number$/, why: 'a command says what it was told, to whoever typed it' };

/** @param state folder for what the verifier of the audit log remembers */
export function everyCommand(probe: Probe, stack: Stack, state: string): void {
  const { dataDir, VIGIL_SOURCE, VIGIL_SPEED, VIGIL_BEDS, VIGIL_HUB_PORT } = stack.settings;
  const settings = { VIGIL_DATA_DIR: dataDir, VIGIL_SOURCE, VIGIL_SPEED, VIGIL_BEDS, VIGIL_HUB_PORT };
  const env = {
    ...process.env,
    XDG_STATE_HOME: state,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
  };
  for (const args of COMMANDS) {
    const cli = ['--disable-warning=ExperimentalWarning', join(ROOT, 'dist', 'cli.js')];
    const { stdout, stderr } = spawnSync(process.execPath, [...cli, ...args], { cwd: ROOT, env, encoding: 'utf8' });
    if (stdout + stderr === '' && args[0] !== 'init') throw new Error(`vigil ${args.join(' ')} said nothing`);
    probe.keep(`command ${args.join(' ')}`, stdout + stderr);
  }
}

/** The command lines of the running processes, which every user of the machine can read. */
export function commandLines(probe: Probe, stack: Stack): number {
  const parts = ['hub', 'platform', 'gateway', 'watchdog', 'inbox', 'simulator'] as const;
  const pids = parts.flatMap((part) => stack.pid(part) ?? []);
  for (const pid of pids) probe.keep('command lines', readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  return pids.length;
}
