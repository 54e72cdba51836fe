import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { NOTE_BYTES_MAX, parseCheckpoint } from '@vigil/audit-chain';

/** Notes up to this many are put into order in memory; a longer file is taken as its anchor wrote it, in order. */
const SORTED_MAX = 50_000;
const SIGNATURE = '— ';

/**
 * Finds the notes in a file of an anchor: as the file anchor appends them, or in the saved text of a mail, with lines
 * around them and line ends of any kind.
 *
 * @param bytes how much of the file is looked at: what is appended later belongs to a later look
 */
export async function* readNotes(path: string, bytes: number): AsyncIterable<string> {
  if (bytes === 0) return;
  let body: string[] = [];
  let signatures: string[] = [];
  let isBehindText = false;
  const lines = createInterface({ input: createReadStream(path, { encoding: 'utf8', end: bytes - 1 }), crlfDelay: Infinity });
  for await (const raw of lines) {
    const line = raw.replace(/^(> ?)+/, '').trimEnd();
    if (isBehindText && line.startsWith(SIGNATURE)) {
      signatures.push(line);
      continue;
    }
    if (signatures.length > 0) {
      yield note(body, signatures);
      [body, signatures] = [[], []];
    } else if (isBehindText && line !== '') {
      body = [];
    }
    isBehindText = line === '' && body.length > 0;
    if (line !== '') body.push(line.slice(0, NOTE_BYTES_MAX));
    if (body.length > NOTE_LINES_MAX) body.shift();
  }
  if (signatures.length > 0) yield note(body, signatures);
}

const NOTE_LINES_MAX = 20;

function note(body: readonly string[], signatures: readonly string[]): string {
  return `${body.join('\n')}\n\n${signatures.join('\n')}\n`;
}

/**
 * The notes of a file as it is now, by the size that they speak of. What can't be read comes first, to be counted.
 *
 * @throws Error when there is no such file
 */
export function notesInOrder(path: string): AsyncIterable<string> {
  return sorted(readNotes(path, statSync(path).size));
}

async function* sorted(notes: AsyncIterable<string>): AsyncIterable<string> {
  const held: { note: string; size: number }[] = [];
  for await (const found of notes) {
    if (held.length === SORTED_MAX) yield* inOrder(held.splice(0));
    held.push({ note: found, size: parseCheckpoint(found.slice(0, found.lastIndexOf('\n\n') + 1))?.size ?? 0 });
  }
  yield* inOrder(held);
}

function inOrder(held: readonly { readonly note: string; readonly size: number }[]): string[] {
  return [...held].sort((a, b) => a.size - b.size).map(({ note: text }) => text);
}
