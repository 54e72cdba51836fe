/** What is compared is plain JSON. */
type Json = unknown;

/**
 * Where two values first differ, as a path in the order of sorted keys (`evidence.samples`), or null where they are equal. Names
 * of fields alone: a path is safe to print, a value of a patient is not.
 */
export function firstDifference(a: Json, b: Json): string | null {
  return walk(a, b, []);
}

function walk(a: Json, b: Json, path: readonly string[]): string | null {
  if (Object.is(a, b)) return null;
  const here = path.length === 0 ? '(all of it)' : path.join('.');
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return here;
  const [left, right] = [a as Record<string, Json>, b as Record<string, Json>];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  for (const key of keys) {
    const difference = walk(left[key], right[key], [...path, key]);
    if (difference !== null) return difference;
  }
  return null;
}

function isContainer(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}
