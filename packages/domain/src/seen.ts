/**
 * Which sequence numbers of one boot of one device were taken: ascending, disjoint, closed ranges.
 *
 * Two lanes (live before backlog) arrive out of order, so a high-water mark would throw the backlog away. Ranges stay
 * few because gaps close again.
 */
export type SeenRanges = [number, number][];

/** When this many ranges are open, the two oldest become one: what was missing between them counts as lost, not late. */
export const SEEN_RANGES_MAX = 64;

/** Adds `seq` in place. Answers false when it was there: a duplicate. */
export function addSeen(ranges: SeenRanges, seq: number): boolean {
  const last = ranges[ranges.length - 1];
  if (last === undefined || seq > last[1] + 1) {
    ranges.push([seq, seq]);
    bound(ranges);
    return true;
  }
  if (seq === last[1] + 1) {
    last[1] = seq;
    return true;
  }
  const at = ranges.findIndex(([, to]) => seq <= to + 1);
  const range = ranges[at]!;
  if (seq >= range[0] && seq <= range[1]) return false;
  if (seq === range[1] + 1) {
    range[1] = seq;
    const next = ranges[at + 1];
    if (next !== undefined && next[0] === seq + 1) {
      range[1] = next[1];
      ranges.splice(at + 1, 1);
    }
  } else if (seq === range[0] - 1) {
    range[0] = seq;
  } else {
    ranges.splice(at, 0, [seq, seq]);
    bound(ranges);
  }
  return true;
}

/** Everything that is in either of the two. */
export function joinSeen(a: SeenRanges, b: SeenRanges): SeenRanges {
  const joined: SeenRanges = [];
  for (const [from, to] of [...a, ...b].sort((x, y) => x[0] - y[0])) {
    const last = joined[joined.length - 1];
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  while (joined.length > SEEN_RANGES_MAX) bound(joined);
  return joined;
}

/** What is in the first and not in the second. */
export function onlyIn(a: SeenRanges, b: SeenRanges): SeenRanges {
  let left: SeenRanges = a.map(([from, to]) => [from, to]);
  for (const [from, to] of b) left = left.flatMap((range) => cut(range, from, to));
  return left.slice(-SEEN_RANGES_MAX);
}

/** Takes `seq` out in place. Answers false when it was not there. */
export function takeOut(ranges: SeenRanges, seq: number): boolean {
  const at = ranges.findIndex(([from, to]) => seq >= from && seq <= to);
  if (at < 0) return false;
  ranges.splice(at, 1, ...cut(ranges[at]!, seq, seq));
  if (ranges.length > SEEN_RANGES_MAX) ranges.shift();
  return true;
}

/** What is left of a range without `from` to `to`. */
function cut(range: SeenRanges[number], from: number, to: number): SeenRanges {
  const parts: SeenRanges = [
    [range[0], Math.min(range[1], from - 1)],
    [Math.max(range[0], to + 1), range[1]],
  ];
  return parts.filter(([first, last]) => first <= last);
}

/** Joins the two oldest ranges when there is one too many. */
function bound(ranges: SeenRanges): void {
  if (ranges.length <= SEEN_RANGES_MAX) return;
  const [oldest, next] = ranges.splice(0, 2) as [[number, number], [number, number]];
  ranges.unshift([oldest[0], next[1]]);
}
