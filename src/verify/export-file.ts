import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  type AuditReport,
  type EntryFacts,
  type Finding,
  isIncluded,
  leafHash,
  type NoteKey,
  readCheckpoint,
  type StoredEntry,
  verifyAudit,
} from '@vigil/audit-chain';
import { z } from 'zod';

/** Findings that are told one by one. */
const FINDINGS_MAX = 200;

const seq = z.number().int().positive();
const Head = z.object({
  kind: z.literal('vigil-audit-export'),
  version: z.literal(1),
  afterSeq: z.number().int().nonnegative(),
  patientId: z.string().nullable(),
  state: z.string().nullable(),
});
const Line = z.discriminatedUnion('kind', [
  Head,
  z.object({ kind: z.literal('checkpoint'), note: z.string() }),
  z.object({
    kind: z.literal('entry'),
    seq,
    chain: z.string(),
    content: z.string(),
    /** Only in an export of one patient; `size` is null while no checkpoint covers the entry. */
    path: z.array(z.string()).optional(),
    size: z.number().int().nullable().optional(),
  }),
  z.object({ kind: z.literal('end'), entries: z.number().int().nonnegative() }),
]);
type Line = z.infer<typeof Line>;
type EntryLine = Extract<Line, { kind: 'entry' }>;

/** What an export turned out to be. `entries` are those in the file. */
export type ExportVerdict =
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'stretch'; readonly report: AuditReport }
  | {
      readonly kind: 'patient';
      readonly findings: readonly Finding[];
      readonly entries: number;
      /** Entries that no checkpoint covered yet when the export was made. */
      readonly uncovered: number;
      /** Null when no known key signed the checkpoint of the export. */
      readonly signedMs: number | null;
    };

export interface ExportInput {
  readonly path: string;
  readonly publicKeys: readonly NoteKey[];
  readonly factsOf: (entry: Uint8Array) => EntryFacts | null;
  readonly onProgress?: (entries: number) => void;
}

/**
 * Checks an export of the audit log without the database. Reads it as a stream.
 *
 * A stretch of the log is checked as the log is, from its first entry to its last checkpoint: nothing in between can be
 * changed or left out. In an export of one patient each entry is shown to be in the log; that none was left out can't
 * be seen from it.
 */
export async function verifyExport(input: ExportInput): Promise<ExportVerdict> {
  try {
    const { head, isWhole } = await survey(input.path);
    if (!isWhole)
      return { kind: 'unreadable', why: 'it was cut off: the last line, which counts the entries, is missing or differs' };
    return head.patientId === null ? await stretch(input, head) : await patient(input, head.patientId);
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return { kind: 'unreadable', why: 'a line is not of an export' };
    throw error;
  }
}

async function* lines(path: string): AsyncIterable<Line> {
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    if (line !== '') yield Line.parse(JSON.parse(line));
  }
}

/** First line and end, before anything is believed in between. */
async function survey(path: string): Promise<{ readonly head: z.infer<typeof Head>; readonly isWhole: boolean }> {
  let head: z.infer<typeof Head> | null = null;
  let [entries, told] = [0, -1];
  for await (const line of lines(path)) {
    head ??= Head.parse(line);
    if (line.kind === 'entry') entries += 1;
    told = line.kind === 'end' ? line.entries : -1;
  }
  return { head: Head.parse(head), isWhole: told === entries };
}

async function stretch(
  { path, publicKeys, factsOf, onProgress }: ExportInput,
  head: z.infer<typeof Head>,
): Promise<ExportVerdict> {
  const report = await verifyAudit({
    entries: entriesOf(path),
    checkpoints: notesOf(path),
    factsOf: (entry) => withoutColumns(factsOf(entry)),
    base: head.afterSeq === 0 || head.state === null ? null : { state: head.state, note: null },
    publicKeys,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { kind: 'stretch', report };
}

/** An export carries no columns beside the entries. */
function withoutColumns(facts: EntryFacts | null): EntryFacts | null {
  return facts === null ? null : { ...facts, columns: {} };
}

async function* entriesOf(path: string): AsyncIterable<StoredEntry> {
  for await (const line of lines(path)) {
    if (line.kind !== 'entry') continue;
    yield { seq: line.seq, entry: Buffer.from(line.content), chain: Buffer.from(line.chain, 'base64') };
  }
}

async function* notesOf(path: string): AsyncIterable<string> {
  for await (const line of lines(path)) if (line.kind === 'checkpoint') yield line.note;
}

async function patient({ path, publicKeys, factsOf }: ExportInput, patientId: string): Promise<ExportVerdict> {
  const findings: Finding[] = [];
  let [entries, uncovered] = [0, 0];
  let signed: { readonly size: number; readonly root: Buffer; readonly timeMs: number } | null = null;
  for await (const line of lines(path)) {
    if (line.kind === 'checkpoint') {
      const read = readCheckpoint(line.note, publicKeys);
      signed = read.ok ? read.checkpoint : signed;
    }
    if (line.kind !== 'entry') continue;
    entries += 1;
    const facts = factsOf(Buffer.from(line.content));
    const isOfPatient = String(facts?.columns['patients'] ?? '')
      .split(' ')
      .includes(patientId);
    // Only what is newer than the checkpoint may come without a proof.
    const isNewer = signed !== null && line.size === null && line.seq > signed.size;
    if (isNewer) uncovered += 1;
    const isProven = signed === null || isNewer || isInLog(line, signed);
    const kind = facts?.seq !== line.seq || !isProven ? 'edited' : isOfPatient ? null : 'index';
    const detail = kind === 'index' ? 'it is not about this patient' : '';
    if (kind !== null && findings.length < FINDINGS_MAX) findings.push({ kind, from: line.seq, to: line.seq, detail });
  }
  return { kind: 'patient', findings, entries, uncovered, signedMs: signed?.timeMs ?? null };
}

function isInLog(line: EntryLine, { size, root }: { readonly size: number; readonly root: Buffer }): boolean {
  const path = (line.path ?? []).map((hash) => Buffer.from(hash, 'base64'));
  return line.size === size && isIncluded({ leaf: leafHash(Buffer.from(line.content)), index: line.seq - 1, size, root, path });
}
