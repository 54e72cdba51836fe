/**
 * "Look now", from one process of a site to the others, after a commit. Ids only, never a name, a text or a value: what happened is read
 * from the store. A hint: whoever misses it looks by itself sooner or later.
 */
export type SiteHint =
  | {
      readonly of: 'alarms';
      readonly changes: readonly { readonly alarmId: string; readonly careUnitId: string; readonly cursor: number }[];
    }
  | { readonly of: 'beds' | 'scores'; readonly bedIds: readonly string[] }
  | { readonly of: 'relay' | 'inbound' | 'stations' | 'sessions' }
  | { readonly of: 'audio-pause'; readonly careUnitId: string };

/** Between the stores of this process and whoever carries hints to and from the others. */
export interface SiteNews {
  /** @param carry told of each hint of this process, in order. Must not throw */
  carryBy(carry: (hint: SiteHint) => void): void;
  /** One of another process. */
  hear(hint: SiteHint): void;
}
