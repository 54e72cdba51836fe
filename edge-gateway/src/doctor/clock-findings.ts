import { execFile } from 'node:child_process';
import { fine, type Finding, mend } from './finding.js';

/** A clock before the gateway was made, or decades behind that, has lost its battery. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const LATEST_MS = Date.UTC(2060, 0, 1);
const TIMEOUT_MS = 3_000;

/** Runs a program of the system and answers with its output; null when it is not there, fails, or takes over 3 s. */
export type Run = (command: string, args: readonly string[]) => Promise<string | null>;

export const runProgram: Run = (command, args) =>
  new Promise((resolve) => {
    execFile(command, [...args], { timeout: TIMEOUT_MS }, (error, stdout) => resolve(error === null ? stdout : null));
  });

/** Whether the wall clock can be right, and whether something keeps it so. */
export async function clockFindings(wallMs: number, run: Run = runProgram): Promise<Finding[]> {
  const what = 'clock';
  const now = new Date(wallMs).toISOString();
  if (wallMs < EARLIEST_MS || wallMs > LATEST_MS) {
    return [mend(what, `says ${now}, which can't be; set it and let NTP keep it (times of devices are judged by it)`)];
  }
  const answer = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  if (answer?.trim() === 'yes') return [fine(what, `says ${now} and is synchronised`)];
  const tracking = await run('chronyc', ['-n', 'tracking']);
  if (tracking !== null && /Leap status\s*:\s*Normal/.test(tracking))
    return [fine(what, `says ${now} and is synchronised (chrony)`)];
  if (answer === null && tracking === null) {
    return [fine(what, `says ${now}; whether NTP keeps it can't be seen from here (no timedatectl or chronyc that answers)`)];
  }
  return [mend(what, `says ${now} and is not synchronised; enable NTP, e.g. timedatectl set-ntp true`)];
}
