import type {
  BedId,
  ChartedObservations,
  ChartItem,
  CommandId,
  EncounterId,
  EpochMs,
  Page,
  ScoreName,
  ScoreSettings,
  ScoreSnapshot,
  StaffId,
} from '@vigil/contracts';
import type { Who } from './directory.js';

/** A snapshot as it is kept: what is said again only moves its end. */
export interface KeptScore {
  readonly snapshot: ScoreSnapshot;
  /** Since when it says this, event time. */
  readonly sinceMs: EpochMs;
  /** Of a charted set: the same moment was charted anew, and this counts no more. */
  readonly isReplaced?: true;
}

export interface ScoreCommand extends Who {
  readonly commandId: CommandId;
  readonly encounterId: EncounterId;
  readonly by: StaffId;
}

export interface ChartCommand extends ScoreCommand {
  readonly items: readonly ChartItem[];
  readonly validated: boolean;
  readonly score: ScoreName | null;
  /** Event time at which it was seen; null: that of the command. */
  readonly atMs: number | null;
}

export interface SettingsCommand extends ScoreCommand {
  readonly spo2Scale: 1 | 2;
  /** Sealed in the store, and left out there when there is no key to seal it with: the scale waits for no key. */
  readonly reason: string;
  /** The revision that the person saw. */
  readonly ifRev: number;
}

/** Snapshots are kept so long behind the newest of all, in event time. */
export const SCORES_KEPT_MS = 30 * 86_400_000;

/**
 * Scores of stays as the engine derived them, what people chart for them, and the settings that they are made with. The alarm
 * consumer writes the snapshots with its own commit (`AlarmBatch.scores`).
 *
 * Each command commits its row, the audit row, the log event for the engine and the command id in one transaction; the same id
 * again does nothing and gives the same answer. @throws PlatformError 'not-found', 'conflict' (the stay is over, or the id was
 * used for something else), 'revision-moved', 'store-unavailable'
 */
export abstract class Scores {
  abstract chart(command: ChartCommand): Promise<{ readonly value: ChartedObservations; readonly repeated: boolean }>;
  abstract setSettings(command: SettingsCommand): Promise<{ readonly value: ScoreSettings; readonly repeated: boolean }>;
  abstract settings(encounterId: EncounterId): Promise<ScoreSettings>;
  /** The newest of each score and basis of these stays. */
  abstract newest(encounterIds: readonly EncounterId[]): Promise<readonly KeptScore[]>;
  /**
   * Of one score, with `sinceMs` in [fromMs, toMs), newest first: of one basis, or of both where none is named. Sets that were
   * charted anew come only `withReplaced`, each before what took its place.
   */
  abstract history(query: {
    readonly encounterId: EncounterId;
    readonly score: ScoreName;
    readonly basis?: ScoreSnapshot['basis'] | undefined;
    readonly withReplaced?: boolean;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<Page<KeptScore>>;
  /** Told in this process after a commit with new snapshots. A hint: whoever misses it reads the store. */
  abstract onChange(listener: (bedIds: readonly BedId[]) => void): () => void;
}
