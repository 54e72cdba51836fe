/** Why a reading was not taken. `type-conflict`: its place has another type; `beyond-retention`: older than the site keeps. */
export const REFUSED_REASONS = ['type-conflict', 'beyond-retention', 'not-parsed', 'too-large', 'other'] as const;
export type RefusedReason = (typeof REFUSED_REASONS)[number];

/** How the store of history is, as it finds itself. Never throws. */
export abstract class HistoryHealth {
  /** What keeps it from storing, as a code and what to do, for people who run Vigil; null: nothing that it knows of. No data. */
  abstract trouble(): string | null;
  /** Readings that it did not take, by reason, since the process began. */
  abstract refused(): ReadonlyMap<RefusedReason, number>;
}

/** Of a store that takes what it is given, or fails. */
export class NothingRefused extends HistoryHealth {
  override trouble(): null {
    return null;
  }

  override refused(): ReadonlyMap<RefusedReason, number> {
    return new Map();
  }
}
