import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainState } from '../chain-state.js';
import { openSigningKeyFile, type Signer } from '../signing-key.js';
import { type AuditReport, verifyAudit, type VerifyAudit } from '../verify-audit.js';
import type { EntryFacts, StoredEntry } from '../walk.js';

/** A log of a few entries, ways to spoil it, and what the verifier says of it. */
export const newSigner = (): Signer =>
  openSigningKeyFile(join(mkdtempSync(join(tmpdir(), 'vigil-log-')), 'key.json'), { create: true });
export const signer = newSigner();

export interface Row {
  seq: number;
  entry: Buffer;
  chain: Buffer;
  columns: { who: string };
}

export interface Log {
  rows: Row[];
  checkpoints: string[];
  /** `ChainState.serialise()` at each checkpoint, by size. */
  states: Map<number, string>;
  writerState: string;
}

export const contentOf = (seq: number, who: string, more: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ seq, who, ...more }));

export function factsOf(entry: Uint8Array): EntryFacts | null {
  try {
    const { seq, who, disposedTo } = JSON.parse(Buffer.from(entry).toString()) as Record<string, number & string>;
    return { seq: Number.isInteger(seq) ? seq! : null, columns: { who: who ?? null }, disposedTo: disposedTo ?? null };
  } catch {
    return null;
  }
}

/** Entries 1 to `size` with a checkpoint every `every` entries and at the end. */
export function logOf(
  size: number,
  every = 10,
  contents: (seq: number) => Buffer = (seq) => contentOf(seq, `nurse-${seq % 7}`),
  by = signer,
): Log {
  const state = ChainState.empty();
  const log: Log = { rows: [], checkpoints: [], states: new Map(), writerState: '' };
  for (let seq = 1; seq <= size; seq += 1) {
    const entry = contents(seq);
    const chain = state.append(entry);
    log.rows.push({ seq, entry, chain, columns: { who: factsOf(entry)!.columns['who'] as string } });
    if (seq % every !== 0 && seq !== size) continue;
    log.checkpoints.push(by.sign({ size: seq, root: state.frontier.root(), head: chain, timeMs: seq * 1000 }));
    log.states.set(seq, state.serialise());
  }
  log.writerState = state.serialise();
  return log;
}

export async function* each<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

export function verify(log: Log, more: Partial<VerifyAudit> = {}): Promise<AuditReport> {
  const entries = each<StoredEntry>([...log.rows].sort((a, b) => a.seq - b.seq));
  const { writerState } = log;
  return verifyAudit({
    entries,
    checkpoints: each(log.checkpoints),
    factsOf,
    writerState,
    publicKeys: signer.publicKeys,
    ...more,
  });
}

/** The kinds that were found, with their places. */
export async function found(log: Log, more: Partial<VerifyAudit> = {}): Promise<string[]> {
  const { findings } = await verify(log, more);
  return findings.map(({ kind, from, to }) => (from === to ? `${kind} ${from}` : `${kind} ${from}-${to}`));
}

export const anchor = (notes: readonly string[]): Partial<VerifyAudit> => ({ anchors: [{ name: 'file', notes: each(notes) }] });
export const at = (log: Log, seq: number): Row => log.rows.find((row) => row.seq === seq)!;
export const renumber = (log: Log, from: number, by: number): void => {
  for (const row of log.rows) if (row.seq >= from) row.seq += by;
};
export const without = (log: Log, seq: number): void => {
  log.rows = log.rows.filter((row) => row.seq !== seq);
};
/** Links computed anew from `seq` on, as whoever knows the format would. */
export function rechain(log: Log, from: number): void {
  const state = ChainState.empty();
  for (const row of [...log.rows].sort((a, b) => a.seq - b.seq)) {
    const chain = state.append(row.entry);
    if (row.seq >= from) row.chain = chain;
  }
  log.writerState = state.serialise();
}
