import { PlatformError } from '@vigil/domain';
import { AuditAnchor, type AnchorNote } from '../../ports/audit-anchor.js';

const TIMEOUT_MS = 10_000;
const ANSWER_CHARS_MAX = 100;
/** The witness and this client disagree about the size at most once per restart of one of them. */
const ATTEMPTS = 3;

/** What the witness answers once it holds that this is not the log that it knows, or not the key. */
const REFUSALS: ReadonlySet<number> = new Set([403, 422]);

export interface WitnessAnchorOptions {
  /** Where the watchdog takes checkpoints, e.g. `http://127.0.0.1:3003/audit/add-checkpoint`. */
  readonly url: string;
  /** What the watchdog knows the platform by. Read at each call: it is made by whoever starts first. */
  readonly readToken: () => string;
}

/**
 * Hands each note to the watchdog, with the proof that the log only grew since the note that the watchdog has.
 *
 * Speaks the protocol of witnesses of transparency logs. Source: C2SP tlog-witness (c2sp.org/tlog-witness),
 * `add-checkpoint`; the answer has no signature of the witness in it, for nobody here needs to be shown one.
 */
export class WitnessAnchor extends AuditAnchor {
  readonly name = 'witness';
  readonly everyMs = 0;
  /** Entries of the newest note that the witness has; found out by asking. */
  private knownSize = 0;

  constructor(private readonly options: WitnessAnchorOptions) {
    super();
  }

  async publish({ note, proofFrom }: AnchorNote): Promise<void> {
    const size = Number(note.split('\n')[1]);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const { status, text } = await this.post(note, size, proofFrom);
      if (status === 200) {
        this.knownSize = size;
        return;
      }
      if (REFUSALS.has(status)) throw new PlatformError('anchor-refused');
      const told = status === 409 && /^\d+\s*$/.test(text) ? Number(text) : null;
      // Signed before what the witness has, or it would have been refused: there is nothing left to tell.
      if (told !== null && told === this.knownSize && size < told) return;
      if (told === null || told === this.knownSize) break;
      this.knownSize = told;
    }
    throw new PlatformError('anchor-unavailable', {}, true);
  }

  async close(): Promise<void> {}

  private async post(note: string, size: number, proofFrom: AnchorNote['proofFrom']): Promise<{ status: number; text: string }> {
    // A witness that has seen more than there is, is told so by the note itself: no proof leads there.
    const proof = this.knownSize > 0 && this.knownSize < size ? await proofFrom(this.knownSize) : [];
    const body = [`old ${this.knownSize}`, ...proof, '', note].join('\n');
    try {
      const headers = { 'content-type': 'text/plain; charset=utf-8', authorization: `Bearer ${this.options.readToken()}` };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(this.options.url, { method: 'POST', body, headers, redirect: 'manual', signal });
      return { status: response.status, text: (await response.text()).slice(0, ANSWER_CHARS_MAX) };
    } catch {
      throw new PlatformError('anchor-unavailable', {}, true);
    }
  }
}
