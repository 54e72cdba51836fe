import { type AlarmTransition, bedKey, type BedId, type GatewayConfig, type LogEvent, type LogKey } from '@vigil/contracts';
import {
  type BedState,
  emptyPartition,
  handoverOf,
  LIMITS_CHANGED,
  type OpenAlarm,
  type PartitionState,
  readEngineState,
  readKeyState,
  step,
} from '@vigil/domain';
import { controlEvents, goneBeds } from './control-events.js';

/** What `Shadow` is restored from; plain JSON. */
export interface ShadowSnapshot {
  readonly engine: PartitionState['engine'];
  readonly keys: readonly (readonly [string, unknown])[];
}

/**
 * The engine of the platform, run by the gateway for its own beds (D17): the same `step`, in spool order, fed by the
 * configuration instead of control events. It judges nothing before the first configuration that says how.
 *
 * A bug in it costs the events at hand and what was learnt since the last snapshot, never the intake: `take` answers null
 * then, and goes on from that snapshot.
 */
export class Shadow {
  private state: PartitionState = emptyPartition();
  private config: GatewayConfig | null = null;
  /** What a failure goes back to. */
  private kept = '{"engine":{"v":1,"rules":null},"keys":[]}';

  /** True once it knows rules and beds. */
  get isConfigured(): boolean {
    return this.config?.watch !== undefined;
  }

  get ruleSetHash(): string | null {
    return this.state.engine.rules?.hash ?? null;
  }

  /** Follows a configuration. @returns what ended by it, e.g. alarms of a patient who has left; null after a failure */
  configure(config: GatewayConfig, atMs: number): AlarmTransition[] | null {
    this.config = config;
    const { watch } = config;
    if (watch === undefined) return [];
    const transitions = this.follow(config, atMs);
    for (const bed of goneBeds(this.state, watch)) this.state.keys.delete(bedKey(bed.bedId));
    return transitions;
  }

  /** Nobody can acknowledge here that other rules hold: people are told so by the platform, and here it is over at once. */
  private follow(config: GatewayConfig, atMs: number): AlarmTransition[] | null {
    const told = this.run(controlEvents(this.state, config, atMs));
    const begun = (told ?? []).filter(({ conditionCode, cause }) => conditionCode === LIMITS_CHANGED && cause === 'onset');
    const seen = begun.map((transition) => acknowledgement(transition, atMs));
    const over = seen.length === 0 ? [] : this.run(seen);
    return told === null || over === null ? null : [...told, ...over];
  }

  /** Judges events in their order. Null after a failure. */
  take(events: readonly LogEvent[]): AlarmTransition[] | null {
    // What measures the way to the platform is none of the unit's.
    return this.isConfigured ? this.run(events.filter(({ kind }) => kind !== 'canary')) : [];
  }

  bed(bedId: BedId): BedState | null {
    const held = this.state.keys.get(bedKey(bedId));
    return held?.kind === 'bed' ? held : null;
  }

  alarms(bedId: BedId): readonly OpenAlarm[] {
    return Object.values(this.bed(bedId)?.alarms ?? {});
  }

  handover(bedId: BedId): ReturnType<typeof handoverOf> | null {
    const bed = this.bed(bedId);
    return bed === null ? null : handoverOf(bed);
  }

  /** True for alarms that follow from readings and silence: what devices and gateways say of themselves goes up by itself. */
  isOfReadings({ ruleId }: Pick<AlarmTransition, 'ruleId'>): boolean {
    return ruleId === 'leadsOff' || this.state.engine.rules?.ruleSet.rules.some((rule) => rule.id === ruleId) === true;
  }

  /** All that it knows, as JSON; also what a later failure goes back to. */
  snapshot(): string {
    this.kept = JSON.stringify({ engine: this.state.engine, keys: [...this.state.keys] } satisfies ShadowSnapshot);
    return this.kept;
  }

  /**
   * Goes on from a snapshot of this version or an earlier one, whose states are brought up to this one.
   *
   * @throws PlatformError('state-too-new') for one that a later version of the gateway wrote, InvariantError for what is none;
   * then nothing has changed
   */
  restore(json: string): void {
    const { engine, keys } = JSON.parse(json) as ShadowSnapshot;
    const states = keys.map(([key, state]) => [key as LogKey, readKeyState(JSON.stringify(state))] as const);
    this.state = { engine: readEngineState(JSON.stringify(engine)), keys: new Map(states) };
    this.kept = json;
  }

  private run(events: readonly LogEvent[]): AlarmTransition[] | null {
    try {
      const { state, effects } = step(this.state, events);
      this.state = state;
      return effects.map(({ transition }) => transition);
    } catch {
      this.restore(this.kept);
      return null;
    }
  }
}

function acknowledgement({ alarmId, bedId }: AlarmTransition, atMs: number): LogEvent {
  const envelope = {
    v: 1,
    id: `watch/seen/${alarmId}`,
    key: bedKey(bedId!),
    origin: 'live',
    atMs: atMs as LogEvent['atMs'],
  } as const;
  const by = 'configuration' as Extract<LogEvent, { kind: 'command' }>['by'];
  const commandId = '00000000-0000-4000-8000-000000000000' as Extract<LogEvent, { kind: 'command' }>['commandId'];
  return { ...envelope, kind: 'command', command: 'acknowledge', commandId, alarmId, by };
}
