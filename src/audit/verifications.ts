import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type AnchorNotes, type AuditReport, describeFinding, type NoteKey, parseNoteKeys } from '@vigil/audit-chain';
import type { AuditVerification, EpochMs } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { AppClock } from '../ports/app-clock.js';
import { AuditLog } from '../ports/audit-log.js';
import { ServerConfig } from '../server-config.js';
import { notesInOrder } from '../verify/notes-file.js';
import { CannotVerify, verifyRange } from './verification.js';

/** Runs that are remembered; the oldest goes first. */
const KEPT_MAX = 20;
/** Where the keys are that believed checkpoints are signed with, and what two of the anchors keep, if it is on this machine. */
const PUBLIC_KEYS = join('audit', 'public-keys.txt');
const ANCHOR_FILE = join('audit', 'anchor.txt');
const WITNESS_FILE = join('watchdog', 'witness.json');
const FINDINGS_SHOWN = 200;

const WitnessFile = z.object({ note: z.string().nullable() });

/** Runs of the verifier that somebody asked for, one at a time. In memory of this process. */
@Injectable()
export class Verifications implements BeforeApplicationShutdown {
  private readonly runs = new Map<string, AuditVerification>();
  private running: Promise<void> | null = null;
  private readonly stopping = new AbortController();

  constructor(
    private readonly log: AuditLog,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  get(verificationId: string): AuditVerification | null {
    return this.runs.get(verificationId) ?? null;
  }

  /** One that runs is answered again: two at once would only take turns. */
  start(fromMs: number | undefined, startedBy: string): AuditVerification {
    const before = [...this.runs.values()].at(-1);
    if (before?.state === 'running') return before;
    const run: AuditVerification = {
      ...{ verificationId: randomUUID(), state: 'running', why: null, startedBy },
      ...{ startedAtMs: Math.round(this.clock.wallMs()) as EpochMs, endedAtMs: null },
      ...{ firstSeq: 0, lastSeq: 0, checked: 0, ok: null, findings: [], hasMore: false },
      ...{ checkpoints: 0, signed: null, anchors: [] },
    };
    this.keep(run);
    this.running = this.run(run.verificationId, fromMs);
    return run;
  }

  private async run(id: string, fromMs: number | undefined): Promise<void> {
    try {
      const publicKeys = this.publicKeys();
      if (publicKeys.length === 0) return this.change(id, { state: 'failed', why: 'noKeys' });
      const report = await verifyRange({
        ...{ log: this.log, fromMs, publicKeys, anchors: this.anchors(), signal: this.stopping.signal },
        onRange: (firstSeq, lastSeq) => this.change(id, { firstSeq, lastSeq }),
        onProgress: (checked) => this.change(id, { checked }),
      });
      this.change(id, this.outcome(report));
    } catch (error) {
      const why = error instanceof CannotVerify ? error.why : 'storeAway';
      this.change(id, { state: 'failed', why });
    } finally {
      this.change(id, { endedAtMs: Math.round(this.clock.wallMs()) as EpochMs });
    }
  }

  private outcome(report: AuditReport): Partial<AuditVerification> {
    const signed = report.newest?.checkpoint ?? null;
    const shown = {
      ...{ checked: report.entries, lastSeq: report.lastSeq, checkpoints: report.checkpoints },
      findings: report.findings.slice(0, FINDINGS_SHOWN).map(({ detail, ...finding }) => {
        return { ...finding, ...describeFinding({ ...finding, detail }) };
      }),
      hasMore: report.hasMore || report.findings.length > FINDINGS_SHOWN,
      signed: signed === null ? null : { size: signed.size, atMs: Math.round(signed.timeMs) as EpochMs },
      anchors: report.anchors.map(({ name, newest, unreadable }) => ({
        ...{ name, unreadable, size: newest?.size ?? null },
        atMs: newest === null ? null : (Math.round(newest.timeMs) as EpochMs),
      })),
    };
    // A log that was written anew as a whole agrees with itself.
    if (report.ok && signed === null) return { ...shown, state: 'failed', why: 'noCheckpoint' };
    return { ...shown, state: 'done', ok: report.ok };
  }

  private publicKeys(): readonly NoteKey[] {
    const file = join(this.config.settings.dataDir, PUBLIC_KEYS);
    return existsSync(file) ? parseNoteKeys(readFileSync(file, 'utf8')) : [];
  }

  private anchors(): readonly AnchorNotes[] {
    const { dataDir, auditAnchors } = this.config.settings;
    const file = resolve(auditAnchors.file ?? join(dataDir, ANCHOR_FILE));
    const witness = resolve(join(dataDir, WITNESS_FILE));
    return [
      ...(existsSync(file) ? [{ name: 'the anchor file', notes: notesInOrder(file) }] : []),
      ...(existsSync(witness) ? [{ name: 'the witness', notes: witnessNote(witness) }] : []),
    ];
  }

  private change(id: string, change: Partial<AuditVerification>): void {
    const run = this.runs.get(id);
    if (run !== undefined) this.runs.set(id, { ...run, ...change });
  }

  private keep(run: AuditVerification): void {
    this.runs.set(run.verificationId, run);
    const oldest = this.runs.keys().next();
    if (this.runs.size > KEPT_MAX && oldest.done !== true) this.runs.delete(oldest.value);
  }
}

/** Read at once: what the witness takes later would be ahead of what is checked. A file that is none is a note that can't be read. */
function witnessNote(path: string): AsyncIterable<string> {
  const note = noteIn(readFileSync(path, 'utf8'));
  return each(note === null ? [] : [note]);
}

function noteIn(text: string): string | null {
  try {
    return WitnessFile.parse(JSON.parse(text)).note;
  } catch {
    return 'unreadable';
  }
}

async function* each(notes: readonly string[]): AsyncIterable<string> {
  yield* notes;
}

/** @throws PlatformError 'not-found' */
export function found(run: AuditVerification | null): AuditVerification {
  if (run === null) throw new PlatformError('not-found');
  return run;
}
