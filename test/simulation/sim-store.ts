import type { AlarmTransition, LogEvent } from '@vigil/contracts';
import { InvariantError, PlatformError } from '@vigil/domain';
import {
  type AlarmBatch,
  type AlarmChange,
  AlarmState,
  type PartitionCheckpoint,
  type StoredState,
} from '../../src/ports/alarm-state.js';
import { LogRelay, type RelayRow } from '../../src/ports/log-relay.js';
import type { World } from './world.js';

interface PartitionRows {
  owner: string | null;
  readonly states: Map<string, StoredState>;
  replayFrom: PartitionCheckpoint['replayFrom'];
}

/** What the database keeps, with the promises of `AlarmState`: one commit at a time, whole or not at all, behind the fence. */
export class SimStore {
  readonly partitions: PartitionRows[];
  readonly transitions = new Map<string, AlarmTransition>();
  readonly scores = new Set<string>();
  readonly deadLetters: string[] = [];
  /** Ids of all events that were ever to be sent, and those that still are. */
  readonly appended: string[] = [];
  relay: RelayRow[] = [];
  private relaySeq = 0;
  /** Commits that the fence refused. */
  refused = 0;
  commits = 0;

  constructor(count: number) {
    this.partitions = Array.from({ length: count }, () => ({ owner: null, states: new Map(), replayFrom: null }));
  }

  commit(who: string, batch: AlarmBatch): void {
    const rows = this.partitions[batch.partition]!;
    if (rows.owner !== who) {
      this.refused += 1;
      throw new PlatformError('ownership-lost', { partition: batch.partition });
    }
    for (const transition of batch.transitions) this.checkTransition(transition);
    this.commits += 1;
    for (const transition of batch.transitions) this.transitions.set(nameOf(transition), transition);
    for (const score of batch.scores ?? []) this.scores.add(JSON.stringify(score));
    for (const event of batch.appends ?? []) this.keepAppend(event);
    for (const letter of batch.deadLetters ?? []) this.deadLetters.push(JSON.stringify(letter));
    for (const state of batch.states) rows.states.set(state.key, state);
    if (batch.replayFrom !== null) rows.replayFrom = batch.replayFrom;
  }

  private checkTransition(transition: AlarmTransition): void {
    const known = this.transitions.get(nameOf(transition));
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(transition)) {
      throw new InvariantError(`alarm ${nameOf(transition)} to be derived with the same content again`);
    }
  }

  private keepAppend(event: LogEvent): void {
    if (this.appended.includes(event.id)) return;
    this.appended.push(event.id);
    this.relay.push({ seq: ++this.relaySeq, event, everyPartition: false });
  }
}

const nameOf = ({ alarmId, rev }: AlarmTransition): string => `${alarmId}/${rev}`;

/** The store as one process reaches it. */
export class SimStoreSession extends AlarmState {
  /** Where each partition that was loaded goes on. */
  readonly loaded = new Map<number, number>();

  constructor(
    private readonly world: World,
    private readonly who: string,
  ) {
    super();
  }

  override isOwnLog(): Promise<boolean> {
    return Promise.resolve(true);
  }

  override async load(partition: number): Promise<PartitionCheckpoint> {
    await this.world.reach(this.who, `load ${partition}`);
    const { states, replayFrom } = this.world.store.partitions[partition]!;
    const checkpoint = { states: [...states.values()], replayFrom };
    await this.world.answer(this.who, `loaded ${partition}`);
    this.loaded.set(partition, replayFrom === null ? 0 : replayFrom.sequence + 1);
    return checkpoint;
  }

  override async commit(batch: AlarmBatch): Promise<readonly AlarmChange[]> {
    await this.world.reach(this.who, `commit ${batch.partition}`);
    this.world.store.commit(this.who, batch);
    this.world.scheduler.note(JSON.stringify(batch.transitions));
    await this.world.answer(this.who, `committed ${batch.partition}`);
    return [];
  }

  override async *transitions(): AsyncIterable<AlarmTransition> {
    yield* await Promise.resolve([...this.world.store.transitions.values()]);
  }
}

/** The outbox as one process reaches it. */
export class SimRelay extends LogRelay {
  constructor(
    private readonly world: World,
    private readonly who: string,
  ) {
    super();
  }

  override async next(limit: number): Promise<readonly RelayRow[]> {
    await this.world.reach(this.who, 'outbox');
    return this.world.store.relay.slice(0, limit);
  }

  override async done(throughSeq: number): Promise<void> {
    await this.world.reach(this.who, 'sent');
    this.world.store.relay = this.world.store.relay.filter(({ seq }) => seq > throughSeq);
    await this.world.answer(this.who, 'crossed out');
  }

  override onAdded(): () => void {
    return () => undefined;
  }
}
