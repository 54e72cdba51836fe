import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { retireKey, rotateKeyFile } from '@vigil/sealed-records';
import { SIGNING_KEY_FILE } from '../audit/audit-keeper.module.js';
import { ROTATION_ASKED_FILE } from '../audit/signing-key-rotation.js';
import { KEY_FILE } from './open-keys.js';
import { type KeyFileState, keyFolders, type KeyMachine, readKeyFiles } from './key-files.js';

const AUDIT = 'audit';
const DAY_MS = 86_400_000;

/** `vigil keys status`: one line per key of the data folder's key files, and whether anything still needs it. */
export async function keysStatus(machine: KeyMachine, wallMs: number): Promise<readonly string[]> {
  const states = await readKeyFiles(machine);
  if (states.length === 0) return [`no ${KEY_FILE} in ${machine.dataDir}; the first start makes them`];
  return states.flatMap((state) => [
    `${state.part}  ${state.file}, changed ${Math.floor((wallMs - state.changedWallMs) / DAY_MS)} days ago`,
    ...state.keys.map(({ id, uses }) => `  ${id}  ${roleOf(state, id, uses)}`),
    ...state.missing.map(({ id, uses }) => `  ${id}  MISSING, needed by ${uses}; restore the file from its backup`),
  ]);
}

function roleOf({ current }: KeyFileState, id: string, uses: number): string {
  if (id === current) return `current, wraps ${uses}`;
  return uses === 0
    ? `old, needed by nothing here; \`vigil keys retire ${id}\` once no backup needs it`
    : `old, still wraps ${uses}`;
}

/**
 * `vigil keys rotate`: a new current key in each key file. Running processes notice within seconds and wrap anew. `audit`
 * is the key that signs the audit log: the platform makes the new one itself and announces it in a checkpoint.
 */
export async function keysRotate(machine: KeyMachine, only: string | undefined): Promise<readonly string[]> {
  const { dataDir } = machine;
  if (only === AUDIT) return [askForSigningKey(dataDir)];
  const states = (await readKeyFiles(machine)).filter(({ part }) => only === undefined || part === only);
  if (states.length === 0) throw new Error(`no ${KEY_FILE} of ${only ?? 'any part'} in ${dataDir}: start Vigil there first`);
  const lines: string[] = [];
  for (const { part, file } of states) lines.push(`${part}  new current key ${await rotateKeyFile(file)}`);
  return [...lines, 'Running processes notice within seconds; `vigil keys status` shows when the old keys are needed no more.'];
}

/**
 * `vigil keys retire <keyId>`: takes a key out of its file for good. Refused while anything of the data folder needs it.
 * @throws Error with what to do
 */
export async function keysRetire(machine: KeyMachine, keyId: string): Promise<string> {
  const { dataDir } = machine;
  const states = await readKeyFiles(machine);
  const holder = states.find(({ keys }) => keys.some(({ id }) => id === keyId));
  if (holder === undefined) throw new Error(`no key file of ${dataDir} has a key ${keyId}; \`vigil keys status\` lists them`);
  const uses = holder.keys.find(({ id }) => id === keyId)!.uses;
  if (keyId === holder.current) throw new Error(`${keyId} is the current key of ${holder.part}; rotate first`);
  if (uses > 0) {
    throw new Error(`${keyId} still wraps ${uses} of ${holder.part}; leave Vigil running until \`vigil keys status\` shows 0`);
  }
  await retireKey(holder.file, keyId);
  return `retired ${keyId} of ${holder.part}. Backups that were made before its rotation can't be opened without a copy of it.`;
}

/** Only the process that signs may write the file of the signing key, so it is asked. */
function askForSigningKey(dataDir: string): string {
  if (!existsSync(join(dataDir, SIGNING_KEY_FILE))) {
    throw new Error(`the audit log of ${dataDir} has no signing key yet: start Vigil there first`);
  }
  writeFileSync(join(dataDir, ROTATION_ASKED_FILE), '', { mode: 0o600 });
  return 'asked: within seconds a running Vigil signs a checkpoint that announces the new key, and destroys the old one.';
}

/** Whether `name` is a part whose keys can be rotated. */
export function isKeyPart(name: string): boolean {
  return name === AUDIT || keyFolders('').some(({ part }) => part === name);
}
