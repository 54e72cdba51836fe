/** Claimed ids for which a refusal was kept lately; more of them share one entry. */
const CLAIMS_MAX = 1_000;
const CLAIM_EVERY_MS = 60_000;

/** Which refused logins and subscriptions are kept: one a minute for each claimed id and reason. Bounded. */
export class TurnedAway {
  private readonly claims = new Map<string, number>();

  /** Whether this one is to be kept. */
  isNew(claimed: string | null, expected: string, wallMs: number): boolean {
    for (const [id, atMs] of this.claims) {
      if (wallMs - atMs < CLAIM_EVERY_MS) break;
      this.claims.delete(id);
    }
    const claim = claimed !== null && this.claims.size < CLAIMS_MAX ? `${claimed} ${expected}` : '';
    if (this.claims.has(claim)) return false;
    this.claims.set(claim, wallMs);
    return true;
  }
}
