import type { AlarmChange } from '../../ports/alarm-state.js';
import type { BedId, CareUnitId } from '@vigil/contracts';
import type { SiteHint, SiteNews } from '../../ports/site-news.js';
import type { Listeners, Notices } from './notices.js';

export interface MoreNews {
  readonly stations: Listeners<void>;
  readonly audioPauses: Listeners<CareUnitId>;
  /** Sessions or stations ended. */
  readonly sessions: Listeners<void>;
}

/** Ids that one hint has at most; the rest goes in the next. */
const IDS_MAX = 500;

/** All that the stores of a process tell their listeners, as hints for other processes. */
export class StoreNews implements SiteNews {
  constructor(
    private readonly notices: Notices,
    private readonly more: MoreNews,
  ) {}

  carryBy(carry: (hint: SiteHint) => void): void {
    const { alarms, directory, scores, relay, inbound } = this.notices;
    alarms.listeners.carryBy((changes) => {
      for (const some of parts(changes)) carry({ of: 'alarms', changes: [...some] });
    });
    directory.carryBy((bedIds) => parts(bedIds).forEach((some) => carry({ of: 'beds', bedIds: [...some] })));
    scores.carryBy((bedIds) => parts(bedIds).forEach((some) => carry({ of: 'scores', bedIds: [...some] })));
    relay.carryBy(() => carry({ of: 'relay' }));
    inbound.carryBy(() => carry({ of: 'inbound' }));
    this.more.sessions.carryBy(() => carry({ of: 'sessions' }));
    this.more.stations.carryBy(() => carry({ of: 'stations' }));
    this.more.audioPauses.carryBy((careUnitId) => carry({ of: 'audio-pause', careUnitId }));
  }

  hear(hint: SiteHint): void {
    const { alarms, directory, scores, relay, inbound } = this.notices;
    switch (hint.of) {
      case 'alarms':
        return alarms.listeners.hear(hint.changes as AlarmChange[]);
      case 'beds':
        return directory.hear(hint.bedIds as BedId[]);
      case 'scores':
        return scores.hear(hint.bedIds as BedId[]);
      case 'relay':
        return relay.hear();
      case 'inbound':
        return inbound.hear();
      case 'stations':
        return this.more.stations.hear();
      case 'sessions':
        return this.more.sessions.hear();
      case 'audio-pause':
        return this.more.audioPauses.hear(hint.careUnitId as CareUnitId);
    }
  }
}

/** An empty list says something too: an alarm changed that is on no screen. */
function parts<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length <= IDS_MAX) return [all];
  return Array.from({ length: Math.ceil(all.length / IDS_MAX) }, (_, i) => all.slice(i * IDS_MAX, (i + 1) * IDS_MAX));
}
