/** A 32-bit hash of a text (FNV-1a): the start of everything random here. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Mixes two 32-bit numbers into one in [0, 1): the same pair always gives the same number. */
export function unit(stream: number, step: number): number {
  let h = (stream ^ Math.imul(step | 0, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * Random numbers of one bed, without state: any moment can be asked for in any order, and the same seed and bed give
 * the same answer on every machine.
 */
export interface Prng {
  /** In [0, 1), fixed for the name. */
  pick(name: string): number;
  /** In [-1, 1), another for each step. */
  noise(name: string, step: number): number;
  /** In [-1, 1], without jumps: turns about once per period. */
  drift(name: string, atMs: number, periodMs: number): number;
}

export function prng(seed: number, bed: string): Prng {
  const streams = new Map<string, number>();
  const stream = (name: string): number => {
    const known = streams.get(name);
    if (known !== undefined) return known;
    const made = hash32(`${seed}/${bed}/${name}`);
    streams.set(name, made);
    return made;
  };
  return {
    pick: (name) => unit(stream(name), 0),
    noise: (name, step) => unit(stream(name), step) * 2 - 1,
    drift(name, atMs, periodMs) {
      const step = Math.floor(atMs / periodMs);
      const share = atMs / periodMs - step;
      const from = unit(stream(name), step) * 2 - 1;
      const to = unit(stream(name), step + 1) * 2 - 1;
      return from + (to - from) * smooth(share);
    },
  };
}

/** 0 to 1 without a kink at either end. */
export function smooth(share: number): number {
  const s = Math.min(1, Math.max(0, share));
  return s * s * (3 - 2 * s);
}
