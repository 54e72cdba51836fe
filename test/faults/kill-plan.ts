export const TARGETS = ['gateway', 'hub', 'platform', 'all'] as const;
/** What is done to a PostgreSQL server: killed; stopped in order and started; its connections cut, and it only reads, as after a take-over. */
export const STORE_TARGETS = ['store', 'store-restart', 'store-takeover'] as const;
export type StoreTarget = (typeof STORE_TARGETS)[number];
/** `everything`: `all`, and the PostgreSQL server, at one moment. */
export type Target = (typeof TARGETS)[number] | StoreTarget | 'everything';
export type Killed = 'gateway' | 'hub' | 'platform';

export interface PlannedKill {
  readonly target: Target;
  /** After everything was well again. Wall time. */
  readonly afterMs: number;
  /** How long each of those killed stays away, in the order of `partsOf`, a PostgreSQL server last. Wall time. */
  readonly awayMs: readonly number[];
}

const AFTER_MS_MIN = 500;
const AFTER_MS_MAX = 4_000;
const AWAY_MS_MAX = 2_000;
/** Longer than it takes until the loss is declared. */
export const STORE_AWAY_MS_MAX = 20_000;

export interface KillPlan {
  readonly count: number;
  readonly seed: number;
  readonly targets: readonly Target[];
  /** Left out: `STORE_AWAY_MS_MAX`. */
  readonly storeAwayMsMax?: number;
}

export function isStoreTarget(target: Target): target is StoreTarget {
  return STORE_TARGETS.some((each) => each === target);
}

/** Processes of Vigil. */
export function partsOf(target: Target): readonly Killed[] {
  if (isStoreTarget(target)) return [];
  return target === 'all' || target === 'everything' ? ['gateway', 'hub', 'platform'] : [target];
}

/**
 * `count` kills at random moments, the same for the same seed. The targets take turns, in an order that is shuffled for
 * each turn, so that few kills are spread over all of them.
 */
export function planKills({ count, seed, targets, storeAwayMsMax = STORE_AWAY_MS_MAX }: KillPlan): readonly PlannedKill[] {
  const random = randomOf(seed);
  const upTo = (limitMs: number): number => Math.round(random() * limitMs);
  const kills: PlannedKill[] = [];
  let turn: Target[] = [];
  while (kills.length < count) {
    if (turn.length === 0) turn = targets.length === 1 ? [...targets] : shuffled(targets, random);
    const target = turn.pop()!;
    const afterMs = AFTER_MS_MIN + upTo(AFTER_MS_MAX - AFTER_MS_MIN);
    const awayMs = partsOf(target).map(() => upTo(AWAY_MS_MAX));
    if (isStoreTarget(target)) awayMs.push(upTo(storeAwayMsMax));
    if (target === 'everything') awayMs.push(upTo(AWAY_MS_MAX));
    kills.push({ target, afterMs, awayMs });
  }
  return kills;
}

/** Uniform in [0, 1): mulberry32, good enough to spread kills. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0]!);
}
