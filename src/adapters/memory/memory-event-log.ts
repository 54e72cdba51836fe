import { randomUUID } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import { LogEvent, type LogKey } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import {
  type ConsumerGroup,
  EventLog,
  type PartitionHealth,
  type PartitionReader,
  type Subscription,
  type SubscriptionHealth,
} from '../../ports/event-log.js';
import type { OwnerStore } from '../../ports/partition-owners.js';
import { MemoryPartition } from './memory-partition.js';
import { MemoryPump } from './memory-pump.js';

export interface MemoryEventLogOptions {
  readonly clock: Clock;
  readonly partitions?: number;
  /** Told what a reader or the owner store threw; the partition is taken again. A test that expects none fails here. */
  readonly onError?: (error: unknown, partition: number) => void;
  /** Where ownership and positions are kept; left out, nothing is claimed and every start is at the earliest event. */
  readonly owners?: { readonly store: OwnerStore; readonly ownerId: string; readonly namespace: string; readonly hub: string };
}

interface Member {
  readonly reader: PartitionReader;
  readonly lastReadWallMs: Map<number, number>;
  readonly pumps: Map<number, MemoryPump>;
}

/**
 * The log for tests: keeps the port's promises in memory and forgets everything on restart. Readers run as promises
 * settle; what waits (a partition that failed, the sign of life of an idle one) follows the clock.
 */
export class MemoryEventLog extends EventLog {
  private readonly partitions: readonly MemoryPartition[];
  private readonly members = new Map<ConsumerGroup, Member[]>();
  private readonly latest = new Set<Member>();
  /** Assignments change one after another. */
  private changing: Promise<void> = Promise.resolve();
  private down = false;
  private readonly name = randomUUID();

  constructor(private readonly options: MemoryEventLogOptions) {
    super();
    this.partitions = Array.from({ length: options.partitions ?? 4 }, (_, n) => new MemoryPartition(n));
  }

  /** While down, appends fail as in an outage; what is on the log is still read. */
  setDown(down: boolean): void {
    this.down = down;
  }

  /** Puts anything on the log, as whoever may write to it can. */
  appendRaw(partition: number, body: unknown): void {
    this.partitions[partition]?.add({ raw: body }, this.options.clock.wallMs());
  }

  /** Resolves when every reader has read all there is. Not while a reader fails on each attempt. */
  async settled(): Promise<void> {
    await this.changing;
    for (const pump of this.pumps()) await pump.settled();
    if (this.pumps().some((pump) => !pump.isSettled)) await this.settled();
  }

  identity(): Promise<string> {
    return Promise.resolve(this.name);
  }

  async append(events: readonly LogEvent[]): Promise<void> {
    await this.reach();
    for (const event of events) this.partitionOf(event.key).add({ event: copy(event) }, this.options.clock.wallMs());
  }

  async appendToEveryPartition(event: LogEvent): Promise<void> {
    await this.reach();
    for (const partition of this.partitions) partition.add({ event: copy(event) }, this.options.clock.wallMs());
  }

  async partitionCount(): Promise<number> {
    await this.reach();
    return this.partitions.length;
  }

  async subscribe(group: ConsumerGroup, start: 'checkpoint' | 'latest', reader: PartitionReader): Promise<Subscription> {
    const member: Member = { reader, lastReadWallMs: new Map(), pumps: new Map() };
    if (start === 'latest') {
      this.latest.add(member);
      for (const partition of this.partitions) this.startPump(member, partition, () => Promise.resolve(partition.end));
    } else {
      this.members.set(group, [...(this.members.get(group) ?? []), member]);
      await this.share(group);
    }
    return { health: () => this.healthOf(member), stop: () => this.leave(group, member) };
  }

  async close(): Promise<void> {
    for (const member of [...this.latest]) await this.leave('live', member);
    for (const [group, members] of this.members) for (const member of [...members]) await this.leave(group, member);
  }

  private healthOf(member: Member): SubscriptionHealth {
    const wallMs = this.options.clock.wallMs();
    const partitions = new Map<number, PartitionHealth>();
    for (const [n, lastReadWallMs] of member.lastReadWallMs) {
      const next = member.pumps.get(n)?.next ?? null;
      const partition = this.partitions[n]!;
      const unread = next === null ? null : partition.end - next;
      const oldestMs = next === null ? null : partition.addedWallMs(next);
      const lagMs = unread === null ? null : oldestMs === null ? 0 : wallMs - oldestMs;
      partitions.set(n, { lastReadWallMs, busySinceWallMs: null, unread, lagMs });
    }
    return { partitions, resubscribed: 0, missed: 0, isAnotherLog: false };
  }

  private async leave(group: ConsumerGroup, member: Member): Promise<void> {
    if (this.latest.delete(member)) {
      for (const pump of member.pumps.values()) await pump.stop();
      return;
    }
    this.members.set(
      group,
      (this.members.get(group) ?? []).filter((m) => m !== member),
    );
    for (const [partition, pump] of member.pumps) {
      await pump.stop();
      member.pumps.delete(partition);
      await this.giveUp(group, partition);
    }
    await this.share(group);
  }

  /** Gives each member of a group its share of the partitions; one that changes hands is closed before it is opened. */
  private share(group: ConsumerGroup): Promise<void> {
    this.changing = this.changing.then(async () => {
      const members = this.members.get(group) ?? [];
      const ownerOf = (n: number): Member | undefined => members[n % Math.max(members.length, 1)];
      for (const member of members) {
        for (const [n, pump] of member.pumps) {
          if (ownerOf(n) === member) continue;
          await pump.stop();
          member.pumps.delete(n);
        }
      }
      for (const partition of this.partitions) {
        const owner = ownerOf(partition.number);
        if (owner === undefined || owner.pumps.has(partition.number)) continue;
        this.startPump(owner, partition, () => this.startOf(group, partition, owner.reader));
      }
    });
    return this.changing;
  }

  private startPump(member: Member, partition: MemoryPartition, startAt: () => Promise<number>): void {
    const { clock, onError } = this.options;
    const { reader, lastReadWallMs } = member;
    const failed = (error: unknown): void => onError?.(error, partition.number);
    member.pumps.set(partition.number, new MemoryPump({ clock, partition, reader, startAt, lastReadWallMs, failed }));
  }

  /** Claims the partition, then answers where its reader goes on. */
  private async startOf(group: ConsumerGroup, partition: MemoryPartition, reader: PartitionReader): Promise<number> {
    await this.claim(group, partition.number, this.options.owners?.ownerId ?? '');
    const offset =
      reader.position === undefined ? await this.storedOffset(group, partition.number) : await reader.position(partition.number);
    return offset === null ? 0 : partition.after(offset);
  }

  private async storedOffset(group: ConsumerGroup, partition: number): Promise<string | null> {
    const { owners } = this.options;
    if (owners === undefined) return null;
    const rows = await owners.store.listCheckpoints(owners.namespace, owners.hub, group);
    return rows.find((row) => row.partitionId === String(partition))?.offset ?? null;
  }

  private giveUp(group: ConsumerGroup, partition: number): Promise<void> {
    return this.claim(group, partition, '');
  }

  private async claim(group: ConsumerGroup, partition: number, ownerId: string): Promise<void> {
    const { owners } = this.options;
    if (owners === undefined) return;
    const { store, namespace, hub } = owners;
    const partitionId = String(partition);
    const known = (await store.listOwnership(namespace, hub, group)).find((row) => row.partitionId === partitionId);
    const mine = known?.ownerId === owners.ownerId;
    // Whoever took the partition meanwhile keeps it.
    if (ownerId === '' && !mine) return;
    const id = { fullyQualifiedNamespace: namespace, eventHubName: hub, consumerGroup: group, partitionId };
    const etag = known?.etag === undefined ? {} : { etag: known.etag };
    const won = await store.claimOwnership([{ ...id, ownerId, ...etag }]);
    if (won.length === 0) throw new PlatformError('ownership-lost', { partition });
  }

  private pumps(): readonly MemoryPump[] {
    const members = [...this.latest, ...[...this.members.values()].flat()];
    return members.flatMap((m) => [...m.pumps.values()]);
  }

  private partitionOf(key: LogKey): MemoryPartition {
    let hash = 0;
    for (const char of key) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
    return this.partitions[hash % this.partitions.length]!;
  }

  private reach(): Promise<void> {
    return this.down ? Promise.reject(new PlatformError('log-unavailable', {}, true)) : Promise.resolve();
  }
}

/** Readers get what crossed the wire, never the writer's own object. */
function copy(event: LogEvent): LogEvent {
  return LogEvent.parse(JSON.parse(JSON.stringify(event)));
}
