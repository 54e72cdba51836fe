interface OpenGrant {
  readonly patientId: string;
  readonly openedMs: number;
  readonly endsMs: number;
}

/**
 * Open emergency accesses by patient, the newest of each first and the patient of the newest first: who opens one patient again and
 * again reads one line of it, not seven that push the beds off the screen.
 */
export function byPatient<G extends OpenGrant>(open: readonly G[]): readonly (readonly [G, ...G[]])[] {
  const groups = new Map<string, [G, ...G[]]>();
  for (const grant of [...open].sort((a, b) => b.openedMs - a.openedMs)) {
    const group = groups.get(grant.patientId);
    if (group) group.push(grant);
    else groups.set(grant.patientId, [grant]);
  }
  return [...groups.values()];
}

/** Until when the patient's record is open: an access that ends later keeps it so. */
export const openUntilMs = (grants: readonly OpenGrant[]): number => Math.max(...grants.map(({ endsMs }) => endsMs));
