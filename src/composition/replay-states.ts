import { readFileSync } from 'node:fs';
import { writeWhole } from '@vigil/audit-chain';
import { ReplayRefused } from '../replay/refused.js';
import type { StateJson } from '../replay/state-json.js';

/** States by partition, with the place up to which they include everything. Holds what the engine knows of patients. */
export interface StateFile {
  readonly v: 1;
  readonly partitions: Readonly<Record<string, { readonly through: number; readonly state: StateJson }>>;
}

/** @throws ReplayRefused for a file of another version */
export function readStates(file: string): StateFile {
  const states = JSON.parse(readFileSync(file, 'utf8')) as StateFile;
  if (states.v !== 1) throw new ReplayRefused(`${file} holds no states that this version reads; write one with --save-state`);
  return states;
}

/** Nobody but the owner may read it, also where a file of that name was there before; whole, or the one before. */
export function writeStates(file: string, states: StateFile): void {
  writeWhole(file, JSON.stringify(states), 0o600);
}
