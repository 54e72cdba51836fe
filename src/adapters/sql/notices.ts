import type { BedId } from '@vigil/contracts';
import type { AlarmChange, AlarmFeed } from '../../ports/alarm-state.js';

type Listener<T> = (news: T) => void;

/** Listeners of one kind of news in this process. What a listener throws reaches nobody else: news is a hint. */
export class Listeners<T> {
  private readonly listeners = new Set<Listener<T>>();
  private readonly carriers = new Set<Listener<T>>();

  add(listener: Listener<T>): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Only what this process itself tells, as for whoever carries it to others. */
  carryBy(carrier: Listener<T>): () => void {
    this.carriers.add(carrier);
    return () => void this.carriers.delete(carrier);
  }

  tell(news: T): void {
    this.hear(news);
    this.tellOthers(news);
  }

  /** What this process knows already. */
  tellOthers(news: T): void {
    tellEach(this.carriers, news);
  }

  /** Another process has told it. */
  hear(news: T): void {
    tellEach(this.listeners, news);
  }
}

function tellEach<T>(listeners: ReadonlySet<Listener<T>>, news: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(news);
    } catch {
      // The commit stands whatever a listener makes of it; whoever misses news reads the store.
    }
  }
}

/** Whom the stores tell after a commit. */
export interface Notices {
  readonly alarms: ProcessAlarmFeed;
  readonly relay: Listeners<void>;
  readonly directory: Listeners<readonly BedId[]>;
  /** A message of the hospital was kept, or what it waited for is settled. */
  readonly inbound: Listeners<void>;
  /** Beds with new scores. */
  readonly scores: Listeners<readonly BedId[]>;
}

/** The AlarmFeed of one process. */
export class ProcessAlarmFeed implements AlarmFeed {
  readonly listeners = new Listeners<readonly AlarmChange[]>();

  publish(changes: readonly AlarmChange[]): void {
    this.listeners.tell(changes);
  }

  subscribe(listener: (changes: readonly AlarmChange[]) => void): () => void {
    return this.listeners.add(listener);
  }

  subscribeHere(listener: (changes: readonly AlarmChange[]) => void): () => void {
    return this.listeners.carryBy(listener);
  }
}
