import type { CareUnitId } from '@vigil/contracts';

export interface UnitCastOptions<Message> {
  /** As it is now. @throws PlatformError('store-unavailable') */
  readonly now: (careUnitId: CareUnitId) => Promise<Message> | Message;
  /** To all screens of the care unit. `before` is what they have; null: some have nothing, so that all of it is to be told. */
  readonly send: (careUnitId: CareUnitId, message: Message, before: Message | null) => void;
  /** Time (steady) between two looks for one care unit, at least. */
  readonly everyMs: number;
  readonly steadyMs: () => number;
  readonly failed: (error: unknown) => void;
}

interface Kept<Message> {
  /** What screens have, and the text of it. */
  message: Message | null;
  text: string;
  lookedMs: number;
  isDue: boolean;
  /** Somebody joined while it could not be looked at, and has nothing yet. */
  isOwed: boolean;
  running: Promise<void> | null;
}

/**
 * Something of a care unit that all its screens show alike: sent when it has changed, and to whoever joins. Looks for one care unit
 * run one after another, so that no older picture comes after a newer one. Kept for care units with an audience alone.
 */
export class UnitCast<Message> {
  private readonly kept = new Map<CareUnitId, Kept<Message>>();

  constructor(private readonly options: UnitCastOptions<Message>) {}

  /** It may have changed: looked at once, or as soon as `everyMs` is over. Nothing where nobody listens. */
  changed(careUnitId: CareUnitId): void {
    const kept = this.kept.get(careUnitId);
    if (kept === undefined) return;
    kept.isDue = true;
    this.runDue();
  }

  everywhere(): void {
    for (const careUnitId of [...this.kept.keys()]) this.changed(careUnitId);
  }

  /** Looks where something is due, and forgets care units that nobody looks at. */
  runDue(isWatched?: (careUnitId: CareUnitId) => boolean): void {
    for (const [careUnitId, kept] of [...this.kept]) {
      if (isWatched !== undefined && kept.running === null && !isWatched(careUnitId)) {
        this.kept.delete(careUnitId);
        continue;
      }
      const isTime = this.options.steadyMs() - kept.lookedMs >= this.options.everyMs;
      if (kept.isDue && kept.running === null && isTime) this.look(careUnitId, kept).catch(this.options.failed);
    }
  }

  /** Gives a screen that has joined the picture of now, or tells it as soon as there is one; everybody else hears of it where it has changed. */
  async join(careUnitId: CareUnitId, one: (message: Message) => void): Promise<void> {
    const kept = this.kept.get(careUnitId) ?? {
      ...{ message: null, text: '', lookedMs: Number.NEGATIVE_INFINITY, isDue: false, isOwed: false, running: null },
    };
    this.kept.set(careUnitId, kept);
    try {
      await (kept.running ?? this.look(careUnitId, kept));
    } catch (error) {
      kept.isOwed = true;
      throw error;
    }
    if (kept.message !== null) one(kept.message);
  }

  private look(careUnitId: CareUnitId, kept: Kept<Message>): Promise<void> {
    kept.isDue = false;
    kept.lookedMs = this.options.steadyMs();
    kept.running = (async () => {
      try {
        const message = await this.options.now(careUnitId);
        const text = JSON.stringify(message);
        const isOwed = kept.isOwed;
        if (text === kept.text && !isOwed) return;
        const before = kept.message;
        kept.isOwed = false;
        kept.message = message;
        kept.text = text;
        // Of the first look, whoever joined gets it by joining.
        if (isOwed) this.options.send(careUnitId, message, null);
        else if (before !== null) this.options.send(careUnitId, message, before);
      } catch (error) {
        kept.isDue = true;
        throw error;
      } finally {
        kept.running = null;
      }
    })();
    return kept.running;
  }
}
