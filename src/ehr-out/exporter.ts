import type { Clock } from '@vigil/clock';
import { type DraftStay, type FhirJson, identityOfDraft, observationOf, type PlacedDraft } from '@vigil/domain';
import type { EhrOut, Kept } from '../ports/ehr-out.js';
import type { FhirSink, OutResource, SendOutcome } from '../ports/fhir-server.js';
import type { EhrOutMetrics } from './ehr-out-metrics.js';
import type { OutTasks } from './out-tasks.js';
import type { Subjects } from './subjects.js';

/** Resources of one request. */
export const BATCH_MAX = 50;
/** Requests at a time; what is more waits where it was read. */
const REQUESTS_MAX = 4;
/** Resources that are made and not settled, over all partitions; a reader that would make more waits. */
export const QUEUE_MAX = 2_000;
/** Wall time between two tries of a server that is away, where it names none. */
const AGAIN_MS = 5_000;
const AGAIN_MS_MAX = 5 * 60_000;
/** `meta.versionId` of what nobody has changed, as servers count. */
const FIRST_VERSION = '1';

export interface ExporterParts {
  readonly sink: FhirSink;
  readonly store: EhrOut;
  readonly tasks: OutTasks;
  readonly metrics: EhrOutMetrics;
  readonly clock: Clock;
  /** Fresh for each delivery: a link may be made or taken away at any time. */
  readonly subjects: () => Subjects;
  /** Ends waiting. */
  readonly signal: AbortSignal;
}

interface Ready {
  readonly placed: PlacedDraft & { readonly stay: DraftStay };
  readonly out: OutResource;
}

/** Where sending stands, for people. */
export interface ExporterState {
  readonly inFlight: number;
  /** Since when (wall time) the server has taken nothing although there is something; null while it does. */
  readonly awaySinceWallMs: number | null;
  /** Why it took nothing last, a code; null before that ever happened. */
  readonly lastTrouble: string | null;
}

/**
 * Brings what is due to the FHIR server. What is handed over is settled when `deliver` resolves: the server has it, or it is kept
 * with its reason. While the server is away it does not resolve, which holds back the reader of the log and nobody else. Each
 * identity is in one request at a time, so that no server makes two of it.
 */
export class Exporter {
  private readonly inFlight = new Map<string, Promise<void>>();
  private readonly waiters: (() => void)[] = [];
  private requests = 0;
  private awaySinceWallMs: number | null = null;
  private lastTrouble: string | null = null;

  constructor(private readonly parts: ExporterParts) {}

  state(): ExporterState {
    const { awaySinceWallMs, lastTrouble } = this;
    return { inFlight: this.inFlight.size, awaySinceWallMs, lastTrouble };
  }

  /** @returns identities of what was kept @throws what the signal says; PlatformError where what can't be sent can't be kept either: nothing is lost, it is read again */
  async deliver(drafts: readonly PlacedDraft[]): Promise<ReadonlySet<string>> {
    const keptNow = new Set<string>();
    for (let at = 0; at < drafts.length; at += BATCH_MAX) await this.deliverSome(drafts.slice(at, at + BATCH_MAX), keptNow);
    return keptNow;
  }

  private async deliverSome(drafts: readonly PlacedDraft[], keptNow: Set<string>): Promise<void> {
    await this.room();
    const { ready, kept } = await this.sorted(drafts);
    await this.keep(kept, keptNow);
    const others: Promise<void>[] = [];
    const own = new Map<string, Ready>();
    for (const each of ready) {
      const going = this.inFlight.get(each.out.identity);
      if (going === undefined) own.set(each.out.identity, each);
      else others.push(going);
    }
    const sending = this.send([...own.values()], keptNow);
    for (const identity of own.keys()) this.inFlight.set(identity, sending);
    try {
      await sending;
    } finally {
      for (const identity of own.keys()) this.inFlight.delete(identity);
      this.wake();
    }
    await Promise.all(others);
  }

  /** What can be sent, and what can't because nobody knows whose it is there. */
  private async sorted(drafts: readonly PlacedDraft[]): Promise<{ ready: Ready[]; kept: Kept[] }> {
    const subjects = this.parts.subjects();
    const ready: Ready[] = [];
    const kept: Kept[] = [];
    for (const { draft, stay } of drafts) {
      const subject = stay === null ? null : await subjects.of(draft, stay);
      const identity = identityOfDraft(draft, stay);
      if (stay !== null && subject !== null) {
        const resource: FhirJson = observationOf(draft, identity, subject);
        ready.push({ placed: { draft, stay }, out: { identity, resource } });
        continue;
      }
      const reason = stay === null ? 'no-stay' : 'no-identifier';
      kept.push(keptOf({ draft, stay }, identity, { reason, issue: 'none', status: null }));
    }
    return { ready, kept };
  }

  private async send(wanted: readonly Ready[], keptNow: Set<string>): Promise<void> {
    let left = wanted;
    for (let tries = 0; left.length > 0; tries++) {
      const outcomes = await this.request(left.map(({ out }) => out));
      const later: Ready[] = [];
      const refused: Kept[] = [];
      let waitMs = 0;
      for (const [i, each] of left.entries()) {
        const outcome = await this.renewed(each, outcomes[i]!);
        if (outcome.is === 'later') {
          this.lastTrouble = outcome.why;
          waitMs = Math.max(waitMs, outcome.waitMs);
          later.push(each);
        } else if (outcome.is === 'refused') refused.push(this.refusal(each, outcome));
        else this.parts.metrics.sent(outcome.is);
      }
      await this.keep(refused, keptNow);
      this.noteAway(later.length > 0 && later.length === left.length);
      left = later;
      if (left.length > 0) await this.rest(waitMs, tries);
    }
  }

  /**
   * Of two charted sets of one moment the later counts: its score takes the place of what is there under its name. Only while that
   * is as it was first sent, so that nothing which somebody has changed there, or which was marked wrong, comes back.
   */
  private async renewed({ placed, out }: Ready, outcome: SendOutcome): Promise<SendOutcome> {
    if (placed.draft.is !== 'score' || outcome.is !== 'there-already' || outcome.serverId === null) return outcome;
    const put = await this.parts.sink.put({ ...out.resource, id: outcome.serverId }, FIRST_VERSION, this.parts.signal);
    return put.is === 'later' ? put : outcome;
  }

  private async request(batch: readonly OutResource[]): Promise<readonly SendOutcome[]> {
    const { sink, signal } = this.parts;
    while (this.requests >= REQUESTS_MAX) await this.turn();
    this.requests += 1;
    try {
      return await sink.send(batch, signal);
    } finally {
      this.requests -= 1;
      this.wake();
    }
  }

  private rest(waitMs: number, tries: number): Promise<void> {
    const { clock, signal } = this.parts;
    const ownMs = Math.min(AGAIN_MS * 2 ** Math.min(tries, 4), 60_000);
    return clock.sleep(Math.min(AGAIN_MS_MAX, waitMs > 0 ? waitMs : ownMs), signal);
  }

  private async room(): Promise<void> {
    while (this.inFlight.size >= QUEUE_MAX) await this.turn();
  }

  private turn(): Promise<void> {
    this.parts.signal.throwIfAborted();
    return new Promise((resolve) => void this.waiters.push(resolve));
  }

  private wake(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  private refusal({ placed, out }: Ready, { status, issue }: Extract<SendOutcome, { is: 'refused' }>): Kept {
    this.parts.metrics.refused(issue);
    return keptOf(placed, out.identity, { reason: 'refused', issue, status });
  }

  private async keep(kept: readonly Kept[], keptNow: Set<string>): Promise<void> {
    if (kept.length === 0) return;
    const { store, tasks, metrics, clock } = this.parts;
    const wallMs = clock.wallMs();
    metrics.evicted(await store.keep(kept, wallMs));
    await tasks.open(kept, wallMs);
    for (const { identity } of kept) keptNow.add(identity);
  }

  private noteAway(isAway: boolean): void {
    if (!isAway) this.awaySinceWallMs = null;
    else this.awaySinceWallMs ??= this.parts.clock.wallMs();
  }
}

function keptOf({ draft, stay }: PlacedDraft, identity: string, why: Pick<Kept, 'reason' | 'issue' | 'status'>): Kept {
  const { bedId } = draft;
  return { identity, ...why, bedId, encounterId: stay?.encounterId ?? null, patientId: stay?.patientId ?? null, draft };
}
