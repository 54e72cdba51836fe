export const TARGETS = ['gateway', 'hub', 'platform', 'all'] as const;
export type Target = (typeof TARGETS)[number];
export type Killed = Exclude<Target, 'all'>;

export interface PlannedKill {
  readonly target: Target;
  /** After everything was well again. Wall time. */
  readonly afterMs: number;
  /** How long each of those killed stays away, in the order of `partsOf`. Wall time. */
  readonly awayMs: readonly number[];
}

const AFTER_MS_MIN = 500;
const AFTER_MS_MAX = 4_000;
const AWAY_MS_MAX = 2_000;

export const partsOf = (target: Target): readonly Killed[] => (target === 'all' ? ['gateway', 'hub', 'platform'] : [target]);

/**
 * `count` kills at random moments, the same for the same seed. The targets take turns, in an order that is shuffled for
 * each turn, so that few kills are spread over all of them.
 */
export function planKills(count: number, seed: number, only: Target | null): readonly PlannedKill[] {
  const random = randomOf(seed);
  const kills: PlannedKill[] = [];
  let turn: Target[] = [];
  while (kills.length < count) {
    if (turn.length === 0) turn = only === null ? shuffled(TARGETS, random) : [only];
    const target = turn.pop()!;
    const afterMs = Math.round(AFTER_MS_MIN + random() * (AFTER_MS_MAX - AFTER_MS_MIN));
    kills.push({ target, afterMs, awayMs: partsOf(target).map(() => Math.round(random() * AWAY_MS_MAX)) });
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
