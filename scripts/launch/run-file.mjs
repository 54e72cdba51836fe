/**
 * The file in the data folder that says which launcher runs there and which processes it has started, so that a second
 * start in the same folder is refused, and what a killed launcher left behind is found and stopped.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STOP_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;

const fileIn = (dataDir) => join(dataDir, 'launcher.json');

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The command line of a process, or null where the system does not tell. */
export function commandLine(pid) {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    if (process.platform === 'win32') return null;
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/** A pid may have been given to somebody else since: only a process with the command line that it had is ours. */
function isOurs({ pid, command }) {
  return isAlive(pid) && typeof command === 'string' && commandLine(pid) === command;
}

async function goneWithin(pid, limitMs) {
  for (let waitedMs = 0; waitedMs < limitMs && isAlive(pid); waitedMs += LOOK_EVERY_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return !isAlive(pid);
}

async function stopLeftover(child) {
  process.kill(child.pid, 'SIGTERM');
  if (await goneWithin(child.pid, STOP_WITHIN_MS)) return;
  process.kill(child.pid, 'SIGKILL');
  await goneWithin(child.pid, STOP_WITHIN_MS);
}

function read(dataDir) {
  try {
    return JSON.parse(readFileSync(fileIn(dataDir), 'utf8'));
  } catch {
    return null;
  }
}

/** Writes who runs here; whole or not at all. */
export function writeRunFile(dataDir, { url, children }) {
  const known = ({ name, pid }) => ({ name, pid, command: commandLine(pid) });
  const content = { launcher: known({ name: 'launcher', pid: process.pid }), url, children: children.map(known) };
  writeFileSync(`${fileIn(dataDir)}.tmp`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${fileIn(dataDir)}.tmp`, fileIn(dataDir));
}

export function removeRunFile(dataDir) {
  if (read(dataDir)?.launcher.pid === process.pid) rmSync(fileIn(dataDir), { force: true });
}

/**
 * Makes this launcher the one of the folder.
 *
 * @param say told about leftovers that are stopped
 * @returns {Promise<string|null>} one line that says why not
 */
export async function takeFolder(dataDir, url, say) {
  const old = read(dataDir);
  if (old !== null && old.launcher.pid !== process.pid && isOurs(old.launcher)) {
    return `vigil already runs in ${dataDir} (process ${old.launcher.pid}, ${old.url}); stop it, or set VIGIL_DATA_DIR and the ports for a second one`;
  }
  const left = (old?.children ?? []).filter(isOurs);
  if (left.length > 0) {
    say(`stopping what an earlier start left behind: ${left.map((child) => child.name).join(', ')}`);
    await Promise.all(left.map(stopLeftover));
  }
  writeRunFile(dataDir, { url, children: [] });
  return null;
}
