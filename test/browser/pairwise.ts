/**
 * Few rows in which every two values of any two factors meet: most faults need no more than two things to come together. Greedy, and
 * the same each time.
 */
export function pairwise(factors: readonly (readonly string[])[]): string[][] {
  const open = new Set<string>();
  factors.forEach((values, i) =>
    factors.slice(i + 1).forEach((others, k) => {
      for (const a of values) for (const b of others) open.add(pair(i, a, i + 1 + k, b));
    }),
  );
  const rows: string[][] = [];
  for (let [next] = open; next !== undefined; [next] = open) {
    const [i, a, j, b] = JSON.parse(next) as [number, string, number, string];
    const row: (string | undefined)[] = factors.map((_, at) => (at === i ? a : at === j ? b : undefined));
    for (const [at, values] of factors.entries()) row[at] ??= best(values, (value) => gain(open, row, at, value));
    const whole = row.map(String);
    for (const each of pairsOf(whole)) open.delete(each);
    rows.push(whole);
  }
  return rows;
}

export const pair = (i: number, a: string, j: number, b: string): string => JSON.stringify([i, a, j, b]);

export const pairsOf = (row: readonly string[]): string[] =>
  row.flatMap((a, i) => row.slice(i + 1).map((b, k) => pair(i, a, i + 1 + k, b)));

function gain(open: ReadonlySet<string>, row: readonly (string | undefined)[], at: number, value: string): number {
  return row.filter((other, i) => {
    if (other === undefined || i === at) return false;
    return open.has(i < at ? pair(i, other, at, value) : pair(at, value, i, other));
  }).length;
}

function best(values: readonly string[], worth: (value: string) => number): string | undefined {
  return values.reduce((most, value) => (worth(value) > worth(most) ? value : most));
}
