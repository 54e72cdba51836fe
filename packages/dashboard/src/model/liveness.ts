/** The screens are live only while both channels are. */
export const CHANNELS = ['alarms', 'vitals'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Without a tick for so long the picture is not live (dashboard.md §2.7, CLIENT LOST). */
export const TICK_LOST_MS = 3_000;

export type Picture =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `sinceWallMs` is the server time of the last tick that was shown as live. */
  | { readonly kind: 'lost'; readonly sinceWallMs: number };

interface ChannelState {
  /** The channel has answered a join and its content is complete. */
  readonly synced: boolean;
  readonly lastTickWallMs: number | null;
}

/** Plain data, so that the rule can be tested without a socket. */
export type Liveness = Readonly<Record<Channel, ChannelState>>;

export const NOTHING_LIVE: Liveness = {
  alarms: { synced: false, lastTickWallMs: null },
  vitals: { synced: false, lastTickWallMs: null },
};

/** A tick counts only once the content it vouches for is there. */
export function ticked(liveness: Liveness, channel: Channel, serverWallMs: number): Liveness {
  const state = liveness[channel];
  if (!state.synced) return liveness;
  return { ...liveness, [channel]: { ...state, lastTickWallMs: Math.max(serverWallMs, state.lastTickWallMs ?? 0) } };
}

/** The channel has (or no longer has) a complete picture. The last tick stays, to say since when it is not live. */
export function synced(liveness: Liveness, channel: Channel, isSynced: boolean): Liveness {
  return { ...liveness, [channel]: { ...liveness[channel], synced: isSynced } };
}

/**
 * The server's clock was set back to `wallMs`: no tick is of later than that. Without this a picture would stay live, after the
 * last tick, for as long as the clock was set back.
 */
export function setBack(liveness: Liveness, wallMs: number): Liveness {
  const back = (state: ChannelState): ChannelState => ({
    ...state,
    lastTickWallMs: state.lastTickWallMs === null ? null : Math.min(wallMs, state.lastTickWallMs),
  });
  return { alarms: back(liveness.alarms), vitals: back(liveness.vitals) };
}

/**
 * Live, or since when not. Driven by the age of the server's ticks on the server's clock, never by the state of the
 * socket, so ticks that come late in a burst do not make a picture live. A socket that comes back within the limit
 * is not shown as an outage: each value still carries its own age.
 *
 * @param wallMs server time now; null before the first tick
 */
export function picture(liveness: Liveness, wallMs: number | null): Picture {
  const ticks = CHANNELS.map((channel) => liveness[channel].lastTickWallMs);
  if (wallMs === null || ticks.some((tick) => tick === null)) return { kind: 'connecting' };
  const oldestMs = Math.min(...ticks.map(Number));
  return wallMs - oldestMs <= TICK_LOST_MS ? { kind: 'live' } : { kind: 'lost', sinceWallMs: oldestMs };
}
