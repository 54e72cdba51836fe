/** The fewest events with which `fails` still holds, as far as leaving events out gets it within `triesMax` tries. */
export function shrink<T>(events: readonly T[], fails: (events: readonly T[]) => boolean, triesMax = 600): readonly T[] {
  let kept = events;
  let tries = 0;
  for (let size = Math.floor(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    let isSmaller = true;
    while (isSmaller) {
      isSmaller = false;
      for (let at = 0; at < kept.length && tries < triesMax; at += size) {
        const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
        tries += 1;
        if (!fails(fewer)) continue;
        kept = fewer;
        isSmaller = size > 1;
        at -= size;
      }
    }
  }
  return kept;
}
