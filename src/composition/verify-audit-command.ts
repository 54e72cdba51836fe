import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type AuditReport,
  type AnchorNotes,
  describeFinding,
  type Finding,
  type NoteKey,
  parseCheckpoint,
  parseNoteKeys,
  verifyAudit,
} from '@vigil/audit-chain';
import { z } from 'zod';
import { type AuditFile, openAuditFile } from '../adapters/sql/audit-file.js';
import { auditFactsOf } from '../audit/audit-facts.js';
import { verifyExport } from '../verify/export-file.js';
import { notesInOrder } from '../verify/notes-file.js';
import { defaultStateFile, readState, seenBefore, type SeenLog, writeState } from '../verify/verifier-state.js';
import { databaseOf, type DatabasePlace, nameOf, readableFile } from './database.js';
import { ANCHOR_FILE } from './open-audit-anchors.js';

export interface VerifyAuditOptions {
  readonly dataDir: string;
  /** The database, or a copy of it. Default: `vigil.db` of the data folder. */
  readonly db?: string | undefined;
  readonly state?: string | undefined;
  readonly anchor?: readonly string[] | undefined;
  readonly publicKey?: string | undefined;
  /** An export of the log, in place of the database. */
  readonly export?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly progress: (entries: number) => void;
}

/** 0: in order. 1: somebody changed the log. 2: nothing can be said. */
export type VerifyExit = 0 | 1 | 2;

/**
 * `vigil verify-audit`: holds the audit log against itself, its checkpoints, its anchors and what this verifier saw the
 * last time. Reads only, needs no running Vigil and no network, and remembers outside of the data folder.
 */
export async function verifyAuditCommand(options: VerifyAuditOptions): Promise<VerifyExit> {
  const { out } = options;
  if (options.export !== undefined) return verifyExportCommand(options, resolve(options.export));
  const place =
    options.db === undefined
      ? databaseOf(options.dataDir, options.env['DATABASE_URL'])
      : { file: resolve(options.db), url: null };
  const stateFile = resolve(options.state ?? defaultStateFile(options.env));
  // Anchors first: a checkpoint that is made meanwhile is then in the database, and not the other way round.
  const anchors = anchorFiles(options).map(loadAnchor);
  let opened: OpenedAudit;
  try {
    opened = await openAudit(place);
  } catch (error) {
    out(
      `CANNOT VERIFY: ${nameOf(place)} is not a database with an audit log of this version (${(error as Error).message}); see --db`,
    );
    return 2;
  }
  const { file, db } = opened;
  try {
    const logs = readState(stateFile);
    const origin = await originOf(file);
    const seen = seenBefore(logs, origin, db);
    const publicKeys = keysOf(options, seen, out);
    if (publicKeys.length === 0) {
      out('CANNOT VERIFY: there is no public key; give the file that was kept from the first start with --public-key');
      return 2;
    }
    const report = await verifyAudit({
      ...file,
      missingGuards: opened.missingGuards,
      entries: file.entries(),
      checkpoints: file.checkpoints(),
      factsOf: auditFactsOf,
      anchors,
      lastSeen: seen?.note ?? null,
      publicKeys,
      onProgress: options.progress,
    });
    return tell(report, { seen, stateFile, out, remember: (log) => writeState(stateFile, logs, log), db });
  } finally {
    opened.close();
  }
}

interface OpenedAudit {
  readonly file: AuditFile;
  /** By which the verifier remembers it. */
  readonly db: string;
  readonly missingGuards: readonly string[];
  close(): void;
}

/** A PostgreSQL database is copied as it is at one moment; what guards it is asked of the server. */
async function openAudit(place: DatabasePlace): Promise<OpenedAudit> {
  const copy = await readableFile(place, 'audit');
  try {
    const file = openAuditFile(copy.file);
    const close = (): void => {
      file.close();
      copy.end();
    };
    if (place.url !== null) return { file, db: nameOf(place), missingGuards: copy.missingGuards, close };
    return { file, db: realpathSync(place.file), missingGuards: file.missingGuards, close };
  } catch (error) {
    copy.end();
    throw error;
  }
}

/** Without the database there is nothing to remember a log by: keys are given, or those of every log that was seen. */
async function verifyExportCommand(options: VerifyAuditOptions, path: string): Promise<VerifyExit> {
  const { out, progress } = options;
  if (!existsSync(path)) {
    out(`CANNOT VERIFY: there is no file ${path}`);
    return 2;
  }
  const seen = readState(resolve(options.state ?? defaultStateFile(options.env)));
  const keys = [...seen.flatMap((log) => log.keys)].join('\n');
  const publicKeys = options.publicKey === undefined && keys !== '' ? parseNoteKeys(keys) : keysOf(options, null, out);
  const verdict = await verifyExport({ path, publicKeys, factsOf: auditFactsOf, onProgress: progress });
  if (verdict.kind === 'unreadable') {
    out(`CANNOT VERIFY: ${path} can't be read as an export of the audit log: ${verdict.why}`);
    return 2;
  }
  if (verdict.kind === 'stretch') {
    const code = tell(verdict.report, { seen: null, stateFile: null, db: path, out, remember: () => undefined });
    const covered = verdict.report.newest?.checkpoint.size ?? 0;
    if (code === 0 && covered < verdict.report.lastSeq)
      out(`entries from ${covered + 1} on are under no checkpoint of this export`);
    return code;
  }
  tellFindings(verdict.findings, out);
  if (verdict.findings.length > 0) {
    out('NOT IN ORDER: the export is not what is in the audit log.');
    return 1;
  }
  if (verdict.signedMs === null) {
    out('CANNOT VERIFY: the checkpoint of the export is missing, or is not signed by a known key; see --public-key');
    return 2;
  }
  out(`IN ORDER: ${verdict.entries - verdict.uncovered} entries are in the log that was signed ${isoTime(verdict.signedMs)}`);
  if (verdict.uncovered > 0) out(`${verdict.uncovered} entries are newer than that`);
  out('That none of this patient was left out can only be seen from the whole log.');
  return 0;
}

interface Telling {
  readonly seen: SeenLog | null;
  /** Null where nothing is remembered. */
  readonly stateFile: string | null;
  readonly db: string;
  readonly out: (line: string) => void;
  readonly remember: (log: SeenLog) => void;
}

function tell(report: AuditReport, { seen, stateFile, db, out, remember }: Telling): VerifyExit {
  const { newest } = report;
  const entries = report.entries === 0 ? 'no entries' : `entries ${report.firstSeq} to ${report.lastSeq}`;
  out(`audit log ${newest?.checkpoint.origin ?? '(unsigned)'}: ${entries}, ${report.checkpoints} signed checkpoints`);
  for (const anchor of report.anchors) {
    const what =
      anchor.newest === null ? 'no note of a known key' : `up to entry ${anchor.newest.size}, ${isoTime(anchor.newest.timeMs)}`;
    out(`  ${anchor.name}: ${what}${anchor.unreadable > 0 ? `; ${anchor.unreadable} notes not readable or not ours` : ''}`);
  }
  tellFindings(report.findings, out);
  if (report.hasMore) out('There is more; these are the first.');
  if (!report.ok) {
    out('NOT IN ORDER: the audit log was changed. See docs/runbook.md, "audit-log-changed".');
    return 1;
  }
  if (newest === null) {
    out('CANNOT VERIFY: no checkpoint of a known key covers the log, so it may have been written anew as a whole.');
    return 2;
  }
  const { origin } = newest.checkpoint;
  remember({ origin, note: newest.note, keys: report.publicKeys.map(({ line }) => line), files: [...(seen?.files ?? []), db] });
  out(
    `IN ORDER up to entry ${newest.checkpoint.size}, signed ${isoTime(newest.checkpoint.timeMs)}${stateFile === null ? '' : `; remembered in ${stateFile}`}`,
  );
  return 0;
}

function tellFindings(findings: readonly Finding[], out: (line: string) => void): void {
  const advice = new Set<string>();
  for (const finding of findings) {
    const { what, advice: todo } = describeFinding(finding);
    out(what);
    advice.add(todo);
  }
  for (const todo of advice) out(`DO: ${todo}`);
}

const isoTime = (timeMs: number): string => (timeMs <= MAX_TIME_MS ? new Date(timeMs).toISOString() : 'at no time');
const MAX_TIME_MS = 8.64e15;

/** The keys that are believed: given, remembered, or, at first sight, those beside the database. */
function keysOf(options: VerifyAuditOptions, seen: SeenLog | null, out: (line: string) => void): readonly NoteKey[] {
  if (options.publicKey !== undefined) return parseNoteKeys(readFileSync(options.publicKey, 'utf8'));
  if (seen !== null) return parseNoteKeys(seen.keys.join('\n'));
  const file = join(options.dataDir, 'audit', 'public-keys.txt');
  if (!existsSync(file)) return [];
  out(`first look: the keys in ${file} are believed and remembered; compare them with a copy that was kept elsewhere`);
  return parseNoteKeys(readFileSync(file, 'utf8'));
}

/** The name that the log gives itself, unchecked: only to find what was seen of it. */
async function originOf(file: AuditFile): Promise<string | null> {
  let origin: string | null = null;
  for await (const note of file.checkpoints()) {
    origin = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1))?.origin ?? origin;
    if (origin !== null) return origin;
  }
  return origin;
}

function anchorFiles({ dataDir, anchor, env }: VerifyAuditOptions): readonly string[] {
  if (anchor !== undefined && anchor.length > 0) return anchor.map((path) => resolve(path));
  const likely = [
    env.VIGIL_AUDIT_ANCHOR_FILE ?? join(dataDir, ANCHOR_FILE),
    env.VIGIL_WITNESS_FILE ?? join(dataDir, 'watchdog', 'witness.json'),
  ];
  return likely.map((path) => resolve(path)).filter((path) => existsSync(path));
}

const WitnessFile = z.object({ note: z.string().nullable() });

/** A file of notes, or what the witness keeps; as it is now, whatever is added while it is read. */
function loadAnchor(path: string): AnchorNotes {
  if (!path.endsWith('.json')) return { name: path, notes: notesInOrder(path) };
  const { note } = WitnessFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  return { name: path, notes: each(note === null ? [] : [note]) };
}

async function* each(notes: readonly string[]): AsyncIterable<string> {
  yield* notes;
}
