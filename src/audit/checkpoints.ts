import type { Cancel } from '@vigil/clock';
import { ChainState, readCheckpoint, type Signer } from '@vigil/audit-chain';
import type { AppClock } from '../ports/app-clock.js';
import type { AuditLog } from '../ports/audit-log.js';
import { proveGrowth } from './log-nodes.js';
import type { SigningKeyRotation } from './signing-key-rotation.js';

/** Wall time between checkpoints; also for a log that has not grown, so that silence is noticed outside. */
export const CHECKPOINT_EVERY_MS = 60_000;
/** Entries after which one is made at once. */
export const CHECKPOINT_EVERY_ENTRIES = 1_000;
const LOOK_EVERY_MS = 5_000;
/** Wall time for which the announcement of a key is sent again at each start. */
const ANNOUNCED_AGAIN_MS = 7 * 86_400_000;
/** Entries read at once while checking. */
const READ = 500;

/** Takes a signed note out of the reach of whoever can write to the database. Must not throw. */
export type Publish = (note: string, proofFrom: (size: number) => Promise<readonly string[]>) => void;

export interface CheckpointReport {
  /** A checkpoint was made: entries under it, and its time. */
  made(size: number, wallMs: number): void;
  /** The log is not what it was, or can't be signed: `why` says what to do. Told at each look from then on. */
  broken(why: string): void;
  /** The store did not answer; tried again at the next look. */
  away(error: unknown): void;
}

export interface CheckpointsOptions {
  readonly log: AuditLog;
  readonly clock: AppClock;
  /** @param create true where the log has no checkpoint yet, so that no key can have been lost. @throws SigningKeyError */
  readonly openSigner: (create: boolean) => Signer;
  readonly publish: Publish;
  readonly report: CheckpointReport;
  /** Left out, the signing key stays. */
  readonly rotation?: SigningKeyRotation;
}

/**
 * Signs the log each minute or thousand entries, after reading again what was written since the last time: what does
 * not follow from the checkpoint before is never signed, so that nobody's change gets Vigil's signature.
 */
export class Checkpoints {
  private signer: Signer | null = null;
  /** As it was at the last checkpoint, by this process's own reckoning. Null until the start was checked. */
  private checked: ChainState | null = null;
  private madeWallMs: number | null = null;
  private why: string | null = null;
  private work: Promise<void> | null = null;
  private cancel: Cancel | null = null;

  constructor(private readonly options: CheckpointsOptions) {}

  start(): void {
    this.cancel = this.options.clock.every(LOOK_EVERY_MS, () => void this.look());
    void this.look();
  }

  /** A last checkpoint, so that what was written before the stop is signed. */
  async stop(): Promise<void> {
    this.cancel?.();
    await this.work;
    await this.look(true);
  }

  /** One look: checks and signs when it is time. Calls while one is running wait for it. @param now signs in any case */
  look(now = false): Promise<void> {
    const before = this.work ?? Promise.resolve();
    const work = before.then(() => this.lookOnce(now));
    this.work = work;
    return work.finally(() => {
      if (this.work === work) this.work = null;
    });
  }

  private async lookOnce(now: boolean): Promise<void> {
    const { clock, report } = this.options;
    try {
      this.checked ??= await this.begin();
      // Before the end of the log is looked at, so that the announcement covers the entry that tells of it.
      const rotates = this.why === null && (await this.rotateWhenAsked());
      const wallMs = clock.wallMs();
      const end = ChainState.restore(await this.options.log.state());
      const isDue = now || rotates || this.madeWallMs === null || wallMs - this.madeWallMs >= CHECKPOINT_EVERY_MS;
      const isMuch = this.checked !== null && end.size - this.checked.size >= CHECKPOINT_EVERY_ENTRIES;
      if (this.why === null && this.checked !== null && (isDue || isMuch)) await this.advance(this.checked, end, wallMs);
    } catch (error) {
      if (isKeyFault(error)) this.why = error.message;
      else report.away(error);
    }
    if (this.why !== null) report.broken(this.why);
  }

  /**
   * Continues from the newest checkpoint, once its signature and what it was made of agree. Only a log that was never
   * signed begins without one, and is given a key: a beginning is disposed of under a signature alone.
   */
  private async begin(): Promise<ChainState | null> {
    const { log, openSigner } = this.options;
    const last = await log.lastCheckpoint();
    if (last === null && (await log.base()) !== null) return this.breaks('the checkpoints of the log are gone');
    if (last !== null && last.state === null) return this.breaks('the state of the newest checkpoint is gone');
    this.signer ??= openSigner(last === null);
    if (last === null || last.state === null) return ChainState.empty();
    const read = readCheckpoint(last.note, this.signer.publicKeys);
    const state = ChainState.restore(last.state);
    const agrees = read.ok && read.checkpoint.root.equals(state.frontier.root()) && read.checkpoint.head.equals(state.chainHead);
    if (agrees) {
      this.announceAgain(this.signer);
      return state;
    }
    return this.breaks(
      read.ok
        ? 'the newest checkpoint is not the one that the database continues from'
        : `the newest checkpoint was not signed by this site (${read.fault})`,
    );
  }

  private async advance(from: ChainState, end: ChainState, wallMs: number): Promise<void> {
    const { log, publish, report } = this.options;
    const state = await this.follow(from, end);
    if (state === null || this.signer === null) return;
    const [size, atMs] = [state.size, Math.round(wallMs)];
    const note = this.signer.sign({ size, root: state.frontier.root(), head: state.chainHead, timeMs: atMs });
    const isNew = await log.addCheckpoint({ size, note, atWallMs: atMs, state: state.serialise() });
    // The new key counts from the moment at which a stored checkpoint has announced it.
    if (isNew && this.signer.isRotating) this.signer.announced(note);
    this.checked = state;
    this.madeWallMs = wallMs;
    report.made(size, wallMs);
    publish(note, (first) => proveGrowth(log, first, size));
  }

  /**
   * What waits for anchors is lost with its process. Who missed the announcement of a key would take all that it signs
   * for somebody else's, so it is sent again at a start.
   */
  private announceAgain({ announcement, publicKeys }: Signer): void {
    const { log, clock, publish } = this.options;
    const read = announcement === null ? null : readCheckpoint(announcement, publicKeys);
    if (announcement === null || read?.ok !== true) return;
    const { size, timeMs } = read.checkpoint;
    if (clock.wallMs() - timeMs < ANNOUNCED_AGAIN_MS) publish(announcement, (first) => proveGrowth(log, first, size));
  }

  /** A rotation that was cut off goes on by itself: the key file remembers it. */
  private async rotateWhenAsked(): Promise<boolean> {
    const { rotation } = this.options;
    if (rotation === undefined || this.signer === null || !rotation.asked()) return false;
    this.signer.rotate();
    await rotation.begun();
    return true;
  }

  /** Reads what was written since and computes it anew. Null, with a reason, when it does not lead to the end. */
  private async follow(from: ChainState, end: ChainState): Promise<ChainState | null> {
    const state = from.copy();
    while (state.size < end.size) {
      const entries = await this.options.log.read({ afterSeq: state.size, toSeq: end.size, limit: READ });
      if (entries.length === 0) break;
      for (const { seq, content, chain } of entries) {
        if (seq !== state.nextSeq) return this.breaks(`entry ${state.nextSeq} is missing`);
        if (state.append(Buffer.from(content)).toString('base64') !== chain) return this.breaks(`entry ${seq} was changed`);
      }
    }
    if (state.serialise() === end.serialise()) return state;
    return this.breaks(`the log ends at entry ${end.size}, and its entries lead elsewhere`);
  }

  private breaks(why: string): null {
    this.why = why;
    return null;
  }
}

/** By name, because the key file is opened by whoever gave the signer. */
function isKeyFault(error: unknown): error is Error {
  return error instanceof Error && error.name === 'SigningKeyError';
}
