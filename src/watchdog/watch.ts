import type { BedId, EpochMs, GatewayId, GatewayStatus, LogEvent, Origin } from '@vigil/contracts';
import { type Mail, type Outage, outageMail, overMail } from './outage.js';
import { lostEvents, restoredEvents } from './gateway-events.js';

/** Wall time without a status from a gateway, while the hub is reachable and read to its end, after which it is lost. */
export const GATEWAY_SILENT_MS = 10_000;
/** The same for a gateway that was never heard: it may start together with this process, and later. Once heard, it has no such time again. */
export const GATEWAY_FIRST_MS = 60_000;
/** Wall time for which an answer of the hub counts as evidence. */
const EVIDENCE_MS = 5_000;
/** Wall time without an answer after which the platform or the hub is reported. */
export const PART_SILENT_MS = 15_000;

/**
 * The hub or the platform as it answers to the watchdog. Wall time, here and below, is that of the start of this process and what has
 * passed since, so that whoever sets the clock loses no gateway and hides no loss.
 */
interface Part {
  readonly lastOkMs: number;
  /** Since when it answers without a break; null while it does not. */
  readonly okSinceMs: number | null;
  readonly outage: Outage | null;
}

interface Lost {
  /** Id of the `gatewayLost` event. */
  readonly id: string;
  readonly atMs: EpochMs;
  readonly bedIds: readonly BedId[];
  /** The hub has the event. */
  readonly onLog: boolean;
  /** Event time at which the gateway was heard again. */
  readonly backAtMs: EpochMs | null;
}

export interface GatewayWatch {
  readonly lastStatusId: string | null;
  /** Wall time at which the hub took the last status, or, before the first, at which it was waited for first. */
  readonly lastStatusMs: number;
  readonly bedIds: readonly BedId[];
  readonly lost: Lost | null;
  readonly outage: Outage | null;
}

/** Plain data. What must outlive a restart of the watchdog is `gateways`. */
export interface WatchState {
  readonly startedMs: number;
  readonly hub: Part;
  /** The reader has seen everything that the hub has. */
  readonly isCaughtUp: boolean;
  readonly platform: Part;
  readonly gateways: Readonly<Record<string, GatewayWatch>>;
}

/** `wallMs` is wall time, `atMs` event time. */
export type WatchInput =
  | { readonly kind: 'tick'; readonly wallMs: number; readonly atMs: EpochMs }
  | { readonly kind: 'hub'; readonly ok: boolean; readonly isCaughtUp: boolean; readonly wallMs: number }
  | { readonly kind: 'platform'; readonly ok: boolean; readonly wallMs: number }
  | {
      readonly kind: 'status';
      readonly status: GatewayStatus;
      readonly hubAtMs: number;
      readonly wallMs: number;
      readonly atMs: EpochMs;
    }
  | { readonly kind: 'appended'; readonly gatewayId: GatewayId; readonly lostId: string; readonly what: 'lost' | 'restored' };

/** An `append` that is not answered by `appended` comes again with the next tick; its ids make that harmless. */
export type WatchEffect =
  | {
      readonly do: 'append';
      readonly gatewayId: GatewayId;
      readonly lostId: string;
      readonly what: 'lost' | 'restored';
      readonly events: readonly LogEvent[];
    }
  | { readonly do: 'mail'; readonly mail: Mail };

export interface WatchStep {
  readonly state: WatchState;
  readonly effects: readonly WatchEffect[];
}

export function startWatch(
  gateways: readonly { readonly gatewayId: GatewayId; readonly bedIds: readonly BedId[] }[],
  wallMs: number,
  kept: Readonly<Record<string, GatewayWatch>> = {},
): WatchState {
  const part: Part = { lastOkMs: wallMs, okSinceMs: null, outage: null };
  const fresh = (bedIds: readonly BedId[]): GatewayWatch => ({
    lastStatusId: null,
    lastStatusMs: wallMs,
    bedIds,
    lost: null,
    outage: null,
  });
  // A clock that was set back since must not make the last status one of the future.
  const known = (gateway: GatewayWatch | undefined): GatewayWatch | undefined =>
    gateway === undefined ? undefined : { ...gateway, lastStatusMs: Math.min(gateway.lastStatusMs, wallMs) };
  return {
    startedMs: wallMs,
    hub: part,
    isCaughtUp: false,
    platform: part,
    gateways: Object.fromEntries(gateways.map(({ gatewayId, bedIds }) => [gatewayId, known(kept[gatewayId]) ?? fresh(bedIds)])),
  };
}

/**
 * What the watchdog does about what it sees. Pure: wall and event time come in with the input.
 *
 * A gateway is lost only on evidence: the hub answers, everything on it has been read, and there is no status in it.
 * While the hub is away nothing is said about gateways; that the hub is away is said instead, and so is not also said
 * of the platform, which cannot be ready without it (one cause, one alarm).
 */
export function watch(state: WatchState, input: WatchInput, origin: Origin): WatchStep {
  switch (input.kind) {
    case 'hub':
      return same({ ...state, hub: answered(state.hub, input.ok, input.wallMs), isCaughtUp: input.ok && input.isCaughtUp });
    case 'platform':
      return same({ ...state, platform: answered(state.platform, input.ok, input.wallMs) });
    case 'status':
      return same(heard(state, input));
    case 'appended':
      return appended(state, input);
    case 'tick':
      return tick(state, input, origin);
  }
}

const same = (state: WatchState): WatchStep => ({ state, effects: [] });

function answered(part: Part, ok: boolean, wallMs: number): Part {
  return ok ? { ...part, lastOkMs: wallMs, okSinceMs: part.okSinceMs ?? wallMs } : { ...part, okSinceMs: null };
}

function withGateway(state: WatchState, gatewayId: string, change: Partial<GatewayWatch>): WatchState {
  const before = state.gateways[gatewayId];
  if (before === undefined) return state;
  return { ...state, gateways: { ...state.gateways, [gatewayId]: { ...before, ...change } } };
}

/** A status that is itself old news (read late, after an outage) is no sign of life. */
function heard(state: WatchState, input: Extract<WatchInput, { kind: 'status' }>): WatchState {
  const { status, hubAtMs, wallMs, atMs } = input;
  const gateway = state.gateways[status.gatewayId];
  if (gateway === undefined || wallMs - hubAtMs > GATEWAY_SILENT_MS) return state;
  const lost = gateway.lost === null ? null : { ...gateway.lost, backAtMs: gateway.lost.backAtMs ?? atMs };
  return withGateway(state, status.gatewayId, { lastStatusId: status.id, lastStatusMs: hubAtMs, bedIds: status.bedIds, lost });
}

function appended(state: WatchState, input: Extract<WatchInput, { kind: 'appended' }>): WatchStep {
  const lost = state.gateways[input.gatewayId]?.lost;
  if (lost?.id !== input.lostId) return same(state);
  return same(withGateway(state, input.gatewayId, { lost: input.what === 'restored' ? null : { ...lost, onLog: true } }));
}

function tick(state: WatchState, now: Extract<WatchInput, { kind: 'tick' }>, origin: Origin): WatchStep {
  const effects: WatchEffect[] = [];
  const report = (subject: Mail['about'], outage: Outage | null, isOut: boolean, sinceMs: number): Outage | null => {
    const step = isOut ? outageMail(subject, outage, sinceMs, now.wallMs) : overMail(subject, outage, now.wallMs);
    if (step.mail !== null) effects.push({ do: 'mail', mail: step.mail });
    return step.outage;
  };
  const isOut = (part: Part): boolean => now.wallMs - part.lastOkMs > PART_SILENT_MS;
  const hub = { ...state.hub, outage: report({ part: 'hub' }, state.hub.outage, isOut(state.hub), state.hub.lastOkMs) };
  const platformOut = isOut(state.platform) && (state.platform.outage !== null || hub.outage === null);
  const platform = {
    ...state.platform,
    outage: report({ part: 'platform' }, state.platform.outage, platformOut, state.platform.lastOkMs),
  };

  let next: WatchState = { ...state, hub, platform };
  for (const [id, before] of Object.entries(state.gateways)) {
    const gatewayId = id as GatewayId;
    const lost = before.lost ?? loseGateway(state, gatewayId, before, now);
    if (lost !== null) effects.push(...appendsFor(gatewayId, lost, origin));
    const silent = lost !== null && lost.backAtMs === null;
    const outage = report({ part: 'gateway', gatewayId }, before.outage, silent, before.lastStatusMs);
    next = withGateway(next, id, { lost, outage });
  }
  return { state: next, effects };
}

function loseGateway(
  state: WatchState,
  gatewayId: GatewayId,
  gateway: GatewayWatch,
  now: { wallMs: number; atMs: EpochMs },
): Lost | null {
  const { okSinceMs, lastOkMs } = state.hub;
  if (okSinceMs === null || !state.isCaughtUp || now.wallMs - lastOkMs > EVIDENCE_MS) return null;
  const silentMs = now.wallMs - Math.max(gateway.lastStatusMs, okSinceMs, state.startedMs);
  if (silentMs <= (gateway.lastStatusId === null ? GATEWAY_FIRST_MS : GATEWAY_SILENT_MS)) return null;
  const id = `gateway-lost/${gatewayId}/${gateway.lastStatusId ?? `start-${state.startedMs}`}`;
  return { id, atMs: now.atMs, bedIds: gateway.bedIds, onLog: false, backAtMs: null };
}

function appendsFor(gatewayId: GatewayId, lost: Lost, origin: Origin): WatchEffect[] {
  const about = { gatewayId, lostId: lost.id, bedIds: lost.bedIds, origin };
  if (!lost.onLog) {
    return [{ do: 'append', gatewayId, lostId: lost.id, what: 'lost', events: lostEvents({ ...about, atMs: lost.atMs }) }];
  }
  if (lost.backAtMs === null) return [];
  const events = restoredEvents({ ...about, atMs: lost.backAtMs });
  return [{ do: 'append', gatewayId, lostId: lost.id, what: 'restored', events }];
}
