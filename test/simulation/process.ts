import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { AlarmConsumer } from '../../src/stream/alarm-consumer.js';
import { relay } from '../../src/stream/relay-loop.js';
import { SimLogSession } from './sim-log.js';
import { SimRelay, SimStoreSession } from './sim-store.js';
import type { World } from './world.js';

const BATCH_MAX = 14;

/** One processor: the real alarm consumer and the real relay, on the partitions that it owns, until it is killed. */
export class SimProcess {
  private readonly session: SimStoreSession;
  private readonly consumer: AlarmConsumer;
  /** Next sequence of each partition that is open here. */
  readonly positions = new Map<number, number>();
  private readonly stop = new AbortController();

  constructor(
    private readonly world: World,
    readonly who: string,
  ) {
    this.session = new SimStoreSession(world, who);
    this.consumer = new AlarmConsumer({
      alarms: this.session,
      clock: world.clock,
      metrics: world.metrics,
      onInvariant: (partition, sequence, claim) => world.fail(`partition ${partition} at ${sequence}: ${claim}`),
    });
  }

  start(): void {
    const { world, who } = this;
    for (let partition = 0; partition < world.log.partitions.length; partition++) this.guard(this.read(partition));
    const parts = { clock: world.clock, metrics: world.metrics, signal: this.stop.signal };
    const silent = { onTurn: () => undefined, onOutage: () => undefined };
    this.guard(relay(new SimRelay(world, who), new SimLogSession(world, who), { ...parts, ...silent }));
  }

  kill(): void {
    this.world.scheduler.kill(this.who);
    // Its timers go with it; what its loop would still do waits for a turn that never comes.
    this.stop.abort();
  }

  private async read(partition: number): Promise<void> {
    for (;;) {
      await this.world.scheduler.turn(this.who, `partition ${partition}`);
      try {
        if (this.positions.has(partition)) await this.readOn(partition);
        else if (this.world.claim(this.who, partition)) await this.open(partition);
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        this.positions.delete(partition);
        await this.consumer.close(partition);
      }
    }
  }

  private async open(partition: number): Promise<void> {
    await this.consumer.open(partition);
    this.positions.set(partition, this.session.loaded.get(partition)!);
  }

  private async readOn(partition: number): Promise<void> {
    const from = this.positions.get(partition)!;
    const batch = this.world.log.read(partition, from, this.world.dice.below(BATCH_MAX));
    await this.consumer.read(partition, batch, []);
    this.positions.set(partition, from + batch.length);
  }

  private guard(loop: Promise<void>): void {
    loop.catch((error: unknown) => this.world.fail(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
}

export const simClock = (): FakeClock => new FakeClock(Date.UTC(2027, 0, 1));
