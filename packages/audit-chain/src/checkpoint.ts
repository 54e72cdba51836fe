import { HASH_BYTES } from './hash.js';
import { type NoteFault, type NoteKey, openNote, parseNoteKey } from './signed-note.js';

/** What the log says of itself at one moment. Whoever holds one finds out when the log no longer begins with it. */
export interface Checkpoint {
  /** Which log: a name made once, with its first signing key. */
  readonly origin: string;
  /** Entries; also the number of the last one. */
  readonly size: number;
  /** Hash of the Merkle tree over all entries, pruned ones included. */
  readonly root: Buffer;
  /** The chain's link of the last entry. */
  readonly head: Buffer;
  /** Wall time at which it was signed, Unix epoch. */
  readonly timeMs: number;
  /** The key that signs from the next checkpoint on; null when the key stays. */
  readonly nextKey: NoteKey | null;
}

/** The signed text, in the form of C2SP tlog-checkpoint, with three extension lines of ours. */
export function checkpointText({ origin, size, root, head, timeMs, nextKey }: Checkpoint): string {
  const lines = [origin, String(size), root.toString('base64'), `chain ${head.toString('base64')}`, `time ${timeMs}`];
  if (nextKey !== null) lines.push(`next-key ${nextKey.line}`);
  return `${lines.join('\n')}\n`;
}

export type CheckpointFault = NoteFault;

export type ReadCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly signedBy: NoteKey }
  | { readonly ok: false; readonly fault: CheckpointFault };

/** A checkpoint whose note was signed with one of the keys, and in whose name. */
export function readCheckpoint(note: string, keys: readonly NoteKey[]): ReadCheckpoint {
  const opened = openNote(note, keys);
  if (!opened.ok) return opened;
  const checkpoint = parseCheckpoint(opened.text);
  if (checkpoint === null || checkpoint.origin !== opened.signedBy.name) return { ok: false, fault: 'malformed' };
  return { ok: true, checkpoint, signedBy: opened.signedBy };
}

/** Reads the text without looking at signatures; null when it is not a checkpoint of ours. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', sizeLine = '', rootLine = '', ...extensions] = text.split('\n');
  const size = wholeNumber(sizeLine);
  const root = hashOf(rootLine);
  const head = hashOf(extension(extensions, 'chain') ?? '');
  const timeMs = wholeNumber(extension(extensions, 'time') ?? '');
  if (origin === '' || size === null || root === null || head === null || timeMs === null) return null;
  const announced = extension(extensions, 'next-key');
  const nextKey = announced === null ? null : parseNoteKey(announced);
  if (announced !== null && nextKey === null) return null;
  return { origin, size, root, head, timeMs, nextKey };
}

function extension(lines: readonly string[], name: string): string | null {
  const line = lines.find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? null : line.slice(name.length + 1);
}

function wholeNumber(text: string): number | null {
  const value = Number(text);
  return /^(0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(value) ? value : null;
}

function hashOf(text: string): Buffer | null {
  const hash = Buffer.from(text, 'base64');
  return hash.length === HASH_BYTES && hash.toString('base64') === text ? hash : null;
}
