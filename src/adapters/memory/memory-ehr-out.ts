import { EhrOut, type Kept, KEPT_MAX, type KeptReason, type KeptRow } from '../../ports/ehr-out.js';

/** For tests. Forgets everything on restart, and asks nobody who owns a partition. */
export class MemoryEhrOut extends EhrOut {
  readonly positions = new Map<number, { readonly offset: string; readonly sequence: number }>();
  private readonly rows = new Map<string, KeptRow>();
  private seq = 0;

  constructor(private readonly keptMax = KEPT_MAX) {
    super();
  }

  override moveOn(partition: number, to: { readonly offset: string; readonly sequence: number }): Promise<void> {
    if ((this.positions.get(partition)?.sequence ?? -1) <= to.sequence) this.positions.set(partition, to);
    return Promise.resolve();
  }

  override keep(kept: readonly Kept[]): Promise<number> {
    for (const each of kept) {
      this.seq += 1;
      this.rows.set(each.identity, { ...each, seq: this.rows.get(each.identity)?.seq ?? this.seq });
    }
    const surplus = Math.max(0, this.rows.size - this.keptMax);
    const oldest = [...this.rows.values()].sort((a, b) => rank(a) - rank(b) || a.seq - b.seq).slice(0, surplus);
    for (const { identity } of oldest) this.rows.delete(identity);
    return Promise.resolve(surplus);
  }

  override kept(query: {
    readonly reasons: readonly KeptReason[];
    readonly afterSeq: number;
    readonly limit: number;
  }): Promise<readonly KeptRow[]> {
    const rows = [...this.rows.values()].filter(({ reason, seq }) => query.reasons.includes(reason) && seq > query.afterSeq);
    return Promise.resolve(rows.sort((a, b) => a.seq - b.seq).slice(0, query.limit));
  }

  override settle(identities: readonly string[]): Promise<void> {
    for (const identity of identities) this.rows.delete(identity);
    return Promise.resolve();
  }

  override counts(): Promise<Readonly<Record<KeptReason, number>>> {
    const counts = { 'no-stay': 0, 'no-identifier': 0, refused: 0 };
    for (const { reason } of this.rows.values()) counts[reason] += 1;
    return Promise.resolve(counts);
  }
}

const rank = ({ reason }: KeptRow): number => (reason === 'no-stay' ? 0 : 1);
