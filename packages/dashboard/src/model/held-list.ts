export interface HeldList {
  readonly shown: readonly string[];
  /** How many wait to be inserted. */
  readonly waiting: number;
}

/**
 * Which rows a list shows, in which order. While held (a pointer is in the list) nothing is inserted,
 * moved or removed, so that no button changes under the finger; what has come meanwhile is counted. A list without rows has no
 * button to protect: there a new alarm shows at once, wherever the mouse happens to lie.
 */
export function heldList(shown: readonly string[], wanted: readonly string[], held: boolean): HeldList {
  if (!held || shown.length === 0) return { shown: same(shown, wanted) ? shown : wanted, waiting: 0 };
  const known = new Set(shown);
  return { shown, waiting: wanted.filter((id) => !known.has(id)).length };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
