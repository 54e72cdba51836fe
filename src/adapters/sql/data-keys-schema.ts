/** Tables of `keys.db`, or of the database of keys, as Kysely sees them; portable as those of `vigil.db` (schema.ts). */
export interface KeyTables {
  key_generation: { purpose: string; generation: number };
  shard_key: ShardKeyTable;
  /** One row per subject that ever had a key. Whoever adds or destroys keys of a subject locks it first. */
  key_subject: { subject: string; erased_wall_ms: number | null };
  subject_key: SubjectKeyTable;
}

export interface ShardKeyTable {
  key_id: string;
  purpose: string;
  shard: number;
  generation: number;
  kek_id: string;
  wrapped: string;
  created_wall_ms: number;
}

export interface SubjectKeyTable {
  key_id: string;
  purpose: string;
  subject: string;
  version: number;
  generation: number;
  shard_key_id: string;
  wrapped: string;
  created_wall_ms: number;
  uses_reserved: number;
}
