import type { CanaryTrip, CareUnitId, ChannelStatus, GatewayId, OnCallTroubleCode } from '@vigil/contracts';

/** Something that is wrong with being told, or no longer is. `subject`: ids alone, at most 80 characters. */
export interface OnCallTroubleNews {
  readonly careUnitId: CareUnitId;
  readonly trouble: OnCallTroubleCode;
  readonly subject: string;
  readonly active: boolean;
}

/** One that holds. */
export interface HeldTrouble extends Omit<OnCallTroubleNews, 'active'> {
  readonly sinceWallMs: number;
}

/** How long what is due waits, in milliseconds of wall time; null: nothing is due. */
export interface Overdue {
  readonly escalationMs: number | null;
  /** Of a page that nobody has taken to send. */
  readonly pageMs: number | null;
}

/** Beds of a care unit where somebody lies, and those of them of whose high alarm nobody would be told. */
export interface Cover {
  readonly careUnitId: CareUnitId;
  readonly occupied: number;
  readonly uncovered: number;
}

/** The newest test alarm of a gateway that came through. */
export interface CanarySeen {
  readonly gatewayId: GatewayId;
  readonly careUnitIds: readonly CareUnitId[];
  /** Another alarm says that the gateway is away. */
  readonly isLost: boolean;
  /** Wall time at which its page was sent; null: none came through. */
  readonly sentMs: number | null;
  /** From the gateway until then. */
  readonly tookMs: number | null;
  readonly hops: CanaryTrip['hops'];
}

/** How far the newest test alarm of a gateway has come; wall times, null: not there yet, or not known. */
export interface CanaryWay {
  readonly hubMs: number | null;
  readonly engineMs: number | null;
  readonly storedMs: number | null;
  readonly queuedMs: number | null;
  readonly sentMs: number | null;
}

/** What is wrong with being told at all. Every method may fail with PlatformError('store-unavailable'). */
export abstract class OnCallTroubles {
  /** Keeps the news and has the log told of what has changed; saying again what is known changes nothing. */
  abstract tell(news: readonly OnCallTroubleNews[]): Promise<void>;
  abstract holding(): Promise<readonly HeldTrouble[]>;
  abstract overdue(wallMs: number): Promise<Overdue>;
  /** Of each care unit with an open stay: who would be told of a high alarm that begins at `wallMs`. */
  abstract cover(wallMs: number): Promise<readonly Cover[]>;
  abstract careUnitIds(): Promise<readonly CareUnitId[]>;
  abstract canaries(): Promise<readonly CanarySeen[]>;
  /** Of those that were stored or paged in [fromMs, toMs) of wall time, the newest; null: none was. */
  abstract canaryIn(gatewayId: GatewayId, span: { readonly fromMs: number; readonly toMs: number }): Promise<CanaryWay | null>;
  /** Takes a bounded number of test alarms that began before then (wall time) and are over out of the store; true: there may be more. */
  abstract forgetCanaries(beforeWallMs: number): Promise<boolean>;
  /** Of pages that were queued since then (wall time). */
  abstract channels(sinceWallMs: number): Promise<readonly ChannelStatus[]>;
}
