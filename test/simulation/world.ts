import type { FakeClock } from '@vigil/clock';
import type { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Registry } from 'prom-client';
import { StreamMetrics } from '../../src/stream/stream-metrics.js';
import { Dice } from '../oracle/dice.js';
import { SimProcess, simClock } from './process.js';
import { Scheduler, settled } from './scheduler.js';
import { SimLog } from './sim-log.js';
import { SimStore } from './sim-store.js';

const PARTITIONS = 8;
const PROCESSES = 2;
const metrics = new StreamMetrics(new Registry());

/** How bad it is: drawn per seed, so that some runs are calm and some are not. */
interface Weather {
  readonly outage: number;
  readonly lostAnswer: number;
  readonly crash: number;
  readonly steal: number;
  readonly duplicate: number;
}

/** Log, store, clock and processes of one simulated site. Nothing in it is real but the processor. */
export class World {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly clock: FakeClock = simClock();
  readonly log: SimLog;
  readonly store = new SimStore(PARTITIONS);
  readonly metrics = metrics;
  readonly failures: string[] = [];
  private readonly weather: Weather;
  private processes: SimProcess[] = [];
  private started = 0;
  private isCalm = false;
  crashes = 0;
  stolen = 0;

  constructor(seed: number) {
    this.dice = new Dice(seed);
    this.scheduler = new Scheduler(this.dice);
    this.log = new SimLog(PARTITIONS, () => this.clock.wallMs());
    const { dice } = this;
    this.weather = {
      outage: dice.of([0, 0.01, 0.1]),
      lostAnswer: dice.of([0, 0.02, 0.1]),
      crash: dice.of([0.001, 0.005, 0.02]),
      steal: dice.of([0, 0.01, 0.05]),
      duplicate: dice.of([0, 0.02]),
    };
  }

  /** Feeds the events of each key in their order, and lets everything happen that can. */
  async storm(streams: LogEvent[][], everywhere: readonly LogEvent[]): Promise<void> {
    const rest = streams.filter((stream) => stream.length > 0);
    const activations = [...everywhere];
    const first = activations.shift();
    if (first !== undefined) this.log.appendEverywhere(first);
    const total = streams.reduce((sum, stream) => sum + stream.length, 0);
    for (let n = 0; n < PROCESSES; n++) this.startProcess();
    while (rest.length > 0 && this.failures.length === 0) {
      await this.happen();
      if (this.dice.chance(0.6)) this.send(rest);
      if (activations.length > 0 && this.dice.chance((2 * everywhere.length) / total)) {
        this.log.appendEverywhere(activations.shift()!);
      }
    }
  }

  /** No more faults: a process that starts anew reads to the end and stores everything. */
  async calm(): Promise<void> {
    this.isCalm = true;
    for (const process of this.processes) process.kill();
    this.processes = [];
    for (const rows of this.store.partitions) rows.owner = null;
    const last = this.startProcess();
    for (let turn = 0; !this.isDone(last) && this.failures.length === 0; turn++) {
      if (turn > 200_000) this.fail('it does not come to rest');
      await this.scheduler.next();
      if (turn % 60 === 59) await this.clock.advance(7_000);
    }
    last.kill();
    await settled();
  }

  fail(why: string): void {
    this.failures.push(why);
  }

  /** Chance of a fault, none once it is calm. */
  fails(share: number): boolean {
    return !this.isCalm && this.dice.chance(share);
  }

  /** On the way to an outside store: a crash here leaves nothing there. */
  async reach(who: string, what: string): Promise<void> {
    await this.scheduler.turn(who, what);
    if (this.fails(this.weather.outage)) throw new PlatformError('store-unavailable', {}, true);
  }

  /** On the way back: it is done, and whoever asked may never hear of it. */
  async answer(who: string, what: string): Promise<void> {
    await this.scheduler.turn(who, what);
    if (this.fails(this.weather.lostAnswer)) throw new PlatformError('store-unavailable', {}, true);
  }

  /** True when the partition is this process's now: it was nobody's, its owner is gone, or it was stolen. */
  claim(who: string, partition: number): boolean {
    const rows = this.store.partitions[partition]!;
    const isFree = rows.owner === null || rows.owner === who || !this.processes.some((p) => p.who === rows.owner);
    if (!isFree && !this.fails(this.weather.steal)) return false;
    if (!isFree) this.stolen += 1;
    rows.owner = who;
    return true;
  }

  private async happen(): Promise<void> {
    const { dice, clock } = this;
    if (dice.chance(this.weather.crash)) this.crash();
    if (dice.chance(0.05)) await clock.advance(dice.of([100, 600, 3_000, 16_000, 40_000, 7_200_000]));
    await this.scheduler.next();
  }

  private crash(): void {
    const at = this.dice.below(this.processes.length);
    const [process] = this.processes.splice(at, 1);
    process!.kill();
    this.crashes += 1;
    this.startProcess();
  }

  private startProcess(): SimProcess {
    const process = new SimProcess(this, `process-${++this.started}`);
    this.processes.push(process);
    process.start();
    return process;
  }

  /** The next event of one key; events of different keys overtake each other. */
  private send(rest: LogEvent[][]): void {
    const at = this.dice.below(rest.length);
    const stream = rest[at]!;
    const event = stream.shift()!;
    this.log.append(event);
    if (this.dice.chance(this.weather.duplicate)) this.log.append(event);
    if (stream.length === 0) rest.splice(at, 1);
  }

  private isDone(last: SimProcess): boolean {
    return (
      this.store.relay.length === 0 &&
      this.log.partitions.every((events, p) => {
        const from = this.store.partitions[p]!.replayFrom;
        return events.length === 0 || (last.positions.get(p) === events.length && from?.sequence === events.length - 1);
      })
    );
  }
}
