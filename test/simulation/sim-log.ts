import type { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { EventLog, type Located, type Subscription } from '../../src/ports/event-log.js';
import type { World } from './world.js';

/** The log in memory: what is on it stays, in the order of its arrival per partition. */
export class SimLog {
  readonly partitions: Located[][];

  constructor(
    count: number,
    private readonly wallMs: () => number,
  ) {
    this.partitions = Array.from({ length: count }, () => []);
  }

  append(event: LogEvent): void {
    this.put(this.partitionOf(event.key), event);
  }

  appendEverywhere(event: LogEvent): void {
    for (let partition = 0; partition < this.partitions.length; partition++) this.put(partition, event);
  }

  read(partition: number, from: number, most: number): readonly Located[] {
    return this.partitions[partition]!.slice(from, from + most);
  }

  end(partition: number): number {
    return this.partitions[partition]!.length;
  }

  private partitionOf(key: string): number {
    let hash = 17;
    for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) >>> 0;
    return hash % this.partitions.length;
  }

  private put(partition: number, event: LogEvent): void {
    const events = this.partitions[partition]!;
    const sequence = events.length;
    events.push({ event, partition, offset: `o${sequence}`, sequence, hubAtMs: Math.round(this.wallMs()) });
  }
}

/** The log as one process reaches it: with outages, and answers that get lost after the append. */
export class SimLogSession extends EventLog {
  constructor(
    private readonly world: World,
    private readonly who: string,
  ) {
    super();
  }

  override async append(events: readonly LogEvent[]): Promise<void> {
    await this.world.reach(this.who, 'append');
    for (const event of events) {
      this.world.log.append(event);
      // A batch may be on the log in part when the line breaks.
      if (this.world.fails(0.02)) throw outage();
    }
    await this.world.answer(this.who, 'appended');
  }

  override async appendToEveryPartition(event: LogEvent): Promise<void> {
    await this.world.reach(this.who, 'append everywhere');
    this.world.log.appendEverywhere(event);
    await this.world.answer(this.who, 'appended everywhere');
  }

  override partitionCount(): Promise<number> {
    return Promise.resolve(this.world.log.partitions.length);
  }

  override identity(): Promise<string> {
    return Promise.resolve('simulated');
  }

  override subscribe(): Promise<Subscription> {
    return Promise.reject(new Error('processes of the simulation read by themselves'));
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

const outage = (): PlatformError => new PlatformError('log-unavailable', {}, true);
