import type { DataKeyCounts, DataKeyStore, ShardKeyRow, SubjectKeyRow } from './data-key-store.js';

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

/** For tests. Forgets every key when the process ends, and with them all that was sealed. */
export class MemoryDataKeyStore implements DataKeyStore {
  private readonly generations = new Map<string, number>();
  private readonly shards = new Map<string, ShardKeyRow>();
  private readonly subjects = new Map<string, SubjectKeyRow>();
  private readonly erased = new Map<string, number>();

  async generation(purpose: string): Promise<number> {
    return this.generations.get(purpose) ?? 1;
  }

  async raiseGeneration(purpose: string, from: number): Promise<void> {
    if ((this.generations.get(purpose) ?? 1) === from) this.generations.set(purpose, from + 1);
  }

  async shardKey(id: string): Promise<ShardKeyRow | null> {
    return this.shards.get(id) ?? null;
  }

  async shardKeyAt(purpose: string, shard: number, generation: number): Promise<ShardKeyRow | null> {
    return this.at(purpose, shard, generation);
  }

  private at(purpose: string, shard: number, generation: number): ShardKeyRow | null {
    const at = (row: ShardKeyRow): boolean => row.purpose === purpose && row.shard === shard && row.generation === generation;
    return [...this.shards.values()].find(at) ?? null;
  }

  async shardKeysOf(purpose: string, limit: number): Promise<readonly ShardKeyRow[]> {
    const rows = [...this.shards.values()].filter((row) => row.purpose === purpose);
    return rows.sort((a, b) => b.generation - a.generation || a.shard - b.shard).slice(0, limit);
  }

  async addShardKey(row: ShardKeyRow): Promise<ShardKeyRow> {
    const there = this.at(row.purpose, row.shard, row.generation);
    if (there !== null) return there;
    this.shards.set(row.id, row);
    return row;
  }

  async shardKeysNotUnder(kekId: string, afterId: string, limit: number): Promise<readonly ShardKeyRow[]> {
    const rows = [...this.shards.values()].filter((row) => row.kekId !== kekId && row.id > afterId);
    return rows.sort(byId).slice(0, limit);
  }

  async rewrapShardKey(change: { id: string; fromWrapped: string; kekId: string; wrapped: string }): Promise<boolean> {
    const row = this.shards.get(change.id);
    if (row?.wrapped !== change.fromWrapped) return false;
    this.shards.set(row.id, { ...row, kekId: change.kekId, wrapped: change.wrapped });
    return true;
  }

  async subjectKeys(ids: readonly string[]): Promise<readonly SubjectKeyRow[]> {
    return ids.flatMap((id) => this.subjects.get(id) ?? []);
  }

  async newestSubjectKey(purpose: string, subject: string): Promise<SubjectKeyRow | null> {
    const rows = this.of(purpose, subject);
    return rows.length === 0 ? null : rows.reduce((a, b) => (a.version > b.version ? a : b));
  }

  async addSubjectKey(row: SubjectKeyRow): Promise<SubjectKeyRow | 'erased'> {
    if (this.erased.has(row.subject)) return 'erased';
    const there = this.of(row.purpose, row.subject).find(({ version }) => version === row.version);
    if (there !== undefined) return there;
    this.subjects.set(row.id, row);
    return row;
  }

  async reserveUses(id: string, uses: number, usesMax: number): Promise<'reserved' | 'used-up' | 'gone'> {
    const row = this.subjects.get(id);
    if (row === undefined) return 'gone';
    if (row.usesReserved + uses > usesMax) return 'used-up';
    this.subjects.set(id, { ...row, usesReserved: row.usesReserved + uses });
    return 'reserved';
  }

  async eraseSubject(subject: string, atMs: number): Promise<number> {
    const rows = [...this.subjects.values()].filter((row) => row.subject === subject);
    for (const { id } of rows) this.subjects.delete(id);
    if (!this.erased.has(subject)) this.erased.set(subject, atMs);
    return rows.length;
  }

  async erasedAtMs(subject: string): Promise<number | null> {
    return this.erased.get(subject) ?? null;
  }

  async counts(): Promise<DataKeyCounts> {
    const shardKeys = tally([...this.shards.values()], ({ purpose, generation, kekId }) => ({ purpose, generation, kekId }));
    const subjectKeys = tally([...this.subjects.values()], ({ purpose, generation }) => ({ purpose, generation }));
    return { shardKeys, subjectKeys, erasedSubjects: this.erased.size };
  }

  private of(purpose: string, subject: string): SubjectKeyRow[] {
    return [...this.subjects.values()].filter((row) => row.purpose === purpose && row.subject === subject);
  }
}

function tally<R extends { createdAtMs: number }, G extends object>(
  rows: readonly R[],
  groupOf: (row: R) => G,
): (G & { count: number; oldestMs: number })[] {
  const groups = new Map<string, G & { count: number; oldestMs: number }>();
  for (const row of rows) {
    const group = groupOf(row);
    const name = JSON.stringify(group);
    const before = groups.get(name) ?? { ...group, count: 0, oldestMs: row.createdAtMs };
    groups.set(name, { ...before, count: before.count + 1, oldestMs: Math.min(before.oldestMs, row.createdAtMs) });
  }
  return [...groups.values()];
}
