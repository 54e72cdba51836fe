import { DatabaseSync } from 'node:sqlite';
import type { AlarmTransition } from '@vigil/contracts';
import { LEFT_LOG } from './adopt-log.js';
import { type StoredTransition, StoredTransitions } from '../../ports/stored-transitions.js';

const PER_READ = 500;

/**
 * The stored transitions of `vigil.db`, opened to read and nothing else: needs no keys, because nothing in them is sealed.
 * @throws Error when the file is no database of Vigil
 */
export class TransitionsFile extends StoredTransitions {
  private readonly db: DatabaseSync;
  private readonly newest: number;
  /** Written by a version that kept where transitions come from. */
  private readonly hasHops: boolean;

  /** @param onClose told when it is closed: a copy is removed then */
  constructor(
    file: string,
    private readonly onClose: () => void = () => undefined,
  ) {
    super();
    this.db = new DatabaseSync(file, { readOnly: true });
    try {
      this.newest = (this.db.prepare('SELECT coalesce(max(seq), 0) AS n FROM alarm_transition').get()?.['n'] ?? 0) as number;
      const hops = this.db.prepare(`SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'alarm_hop'`).get();
      this.hasHops = hops?.['n'] === 1;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  override find(names: readonly string[]): Promise<ReadonlyMap<string, AlarmTransition>> {
    const one = this.db.prepare('SELECT content_json FROM alarm_transition WHERE alarm_id = ? AND rev = ?');
    const found = new Map<string, AlarmTransition>();
    for (const name of names) {
      const [alarmId, rev] = name.split('/') as [string, string];
      const row = one.get(alarmId, Number(rev));
      if (row !== undefined) found.set(name, JSON.parse(row['content_json'] as string) as AlarmTransition);
    }
    return Promise.resolve(found);
  }

  override async *all(): AsyncIterable<StoredTransition> {
    const place = this.hasHops
      ? 'h.partition_number AS part, h.sequence AS place FROM alarm_transition t LEFT JOIN alarm_hop h ON h.alarm_id = t.alarm_id AND h.rev = t.rev'
      : 'NULL AS part, NULL AS place FROM alarm_transition t';
    const read = this.db.prepare(
      `SELECT t.seq, t.content_json, ${place} WHERE t.seq > ? AND t.seq <= ? ORDER BY t.seq LIMIT ${PER_READ}`,
    );
    for (let after = 0; ;) {
      const rows = read.all(after, this.newest);
      for (const row of rows) {
        const [partition, sequence] = [row['part'] as number | null, row['place'] as number | null];
        yield {
          transition: JSON.parse(row['content_json'] as string) as AlarmTransition,
          place: partition === null || sequence === null ? null : { partition, sequence },
        };
      }
      if (rows.length < PER_READ) return;
      after = rows.at(-1)!['seq'] as number;
      await Promise.resolve();
    }
  }

  override storedThrough(partition: number): Promise<number> {
    const position = this.db
      .prepare(`SELECT max(sequence) AS n FROM read_position WHERE consumer_group = 'alarms' AND partition_id = ?`)
      .get(String(partition));
    const hop = this.hasHops
      ? this.db.prepare('SELECT max(sequence) AS n FROM alarm_hop WHERE partition_number = ?').get(partition)
      : undefined;
    return Promise.resolve(Math.max((position?.['n'] as number | null) ?? -1, (hop?.['n'] as number | null | undefined) ?? -1));
  }

  override isAdopted(): boolean {
    return this.db.prepare('SELECT 1 FROM meta WHERE name = ?').get(LEFT_LOG) !== undefined;
  }

  override close(): void {
    this.db.close();
    this.onClose();
  }
}
