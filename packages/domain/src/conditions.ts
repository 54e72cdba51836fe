import type { AlarmTransition, EncounterId, LogEvent, LogEventOf, Priority, RuleSet, StaffId, CommandId } from '@vigil/contracts';
import { PRIORITY_RANK, type SignalEvent, signalStep } from './alarm.js';
import { type Condition, latches, type TransitionEffect } from './condition.js';
import { isDeadly } from './deadly.js';
import { noteBegin, waitsForQuiet } from './flap.js';
import { alarmIdOf } from './hash.js';
import { own } from './own.js';
import { isShelved } from './shelf-of.js';
import { addOnset, isTold } from './told-onsets.js';
import { transitionOf, triggerOf } from './transition-of.js';
import type { KeyState, OpenAlarm } from './state.js';

export { type Condition, latches, NO_EVIDENCE, type TransitionEffect } from './condition.js';

const NO_CODES: readonly string[] = [];

/** Where alarms of one log key are raised, ended and acknowledged; collects the effects of one event. */
export class Conditions {
  private begun: readonly string[] = NO_CODES;

  /** Set while an alarm of a gateway is taken over: the message that made it came to the gateway. */
  private adopted: AlarmTransition | null = null;

  constructor(
    private readonly holder: KeyState,
    private readonly ruleSetHash: string,
    private readonly effects: TransitionEffect[],
    /** What is being worked on: a transition says which device message made it. */
    private readonly event: LogEvent | null = null,
    /** In force for the holder: how its alarms go on. */
    private readonly ruleSet: RuleSet | null = null,
  ) {}

  private get care(): RuleSet['alarmCare'] {
    return this.ruleSet?.alarmCare;
  }

  /** Most beds have no alarm most of the time; every reading asks for several of them to end. */
  private get isQuiet(): boolean {
    for (const code in this.holder.alarms) return code === undefined;
    return true;
  }

  /** True while the condition holds. Not for one that has gone and whose alarm waits for quiet. */
  isActive(conditionCode: string): boolean {
    const open = own(this.holder.alarms, conditionCode);
    return open?.active === true && open.quietFromMs === undefined;
  }

  /**
   * The condition holds at `atMs`: a new alarm, or a rise in priority of the one that is there.
   *
   * @param isHeld nobody knows yet whether it is over: the pages of a new alarm wait until it is confirmed
   */
  raise(condition: Condition, atMs: number, isHeld = false): void {
    const open = own(this.holder.alarms, condition.conditionCode);
    if (open?.active === true) {
      this.comeBack(open, condition, atMs);
      if (PRIORITY_RANK[condition.priority] <= PRIORITY_RANK[open.signal.priority]) return;
      open.evidence = condition.evidence;
      open.ruleId = condition.ruleId;
      this.begin(open, condition.priority, 'raised', atMs);
      return;
    }
    // A latched alarm of an earlier episode makes room: the new one has its own onset, id and escalation.
    if (open !== undefined) this.close(open, atMs);
    const onsetMs = this.newOnset(condition.conditionCode, atMs);
    const flaps = this.countBegin(condition.conditionCode, atMs);
    const alarm: OpenAlarm = {
      alarmId: alarmIdOf(this.subject(), condition.conditionCode, onsetMs),
      rev: 0,
      conditionCode: condition.conditionCode,
      kind: condition.kind,
      metric: condition.metric,
      onsetMs,
      encounterId: this.holder.kind === 'bed' ? (this.holder.encounter?.encounterId ?? null) : null,
      origin: condition.origin,
      active: true,
      signal: { presence: 'off', priority: condition.priority, sinceMs: atMs },
      evidence: condition.evidence,
      ruleId: condition.ruleId,
      ...(isHeld ? { adopted: 'held' } : {}),
      ...(flaps ? { flapping: true } : {}),
    };
    this.holder.alarms[condition.conditionCode] = alarm;
    this.begun = [...this.begun, condition.conditionCode];
    this.begin(alarm, condition.priority, 'onset', atMs);
  }

  /** Sounds, unless a person has put the condition away and it is no more urgent than that was. */
  private begin(alarm: OpenAlarm, priority: Priority, cause: 'onset' | 'raised', atMs: number): void {
    const shelved = isShelved(this.holder, alarm.conditionCode, priority, atMs) ? { isShelved: true } : {};
    this.move(alarm, { kind: 'onset', atMs, priority, ...shelved }, cause, atMs);
  }

  /**
   * The condition of an alarm that waits for quiet is there again: the alarm goes on, and who counts onsets counts one. What nobody may put
   * away sounds each time that it comes, however lately somebody has seen it: each breath that stops needs a hand.
   */
  private comeBack(open: OpenAlarm, { ruleId, priority }: Condition, atMs: number): void {
    if (open.quietFromMs === undefined) return;
    delete open.quietFromMs;
    open.ruleId = ruleId;
    this.countBegin(open.conditionCode, atMs);
    this.begun = [...this.begun, open.conditionCode];
    if (open.signal.presence === 'ack' && isDeadly(open.conditionCode, ruleId, priority, this.ruleSet)) this.remind(open, atMs);
  }

  private countBegin(conditionCode: string, atMs: number): boolean {
    const { holder } = this;
    return holder.kind === 'bed' && noteBegin(holder, conditionCode, atMs, this.care?.flap);
  }

  /** True where the alarm of the condition is there with this priority, so that nothing is to be told. */
  stands(conditionCode: string, priority: Priority, maySink: boolean): boolean {
    const open = own(this.holder.alarms, conditionCode);
    if (open?.active !== true || open.quietFromMs !== undefined) return false;
    const over = PRIORITY_RANK[open.signal.priority] - PRIORITY_RANK[priority];
    return maySink ? over === 0 : over >= 0;
  }

  /** The condition holds with this priority: a new alarm, a rise, or (where it may sink) a less urgent one. */
  hold(condition: Condition, atMs: number, maySink: boolean): void {
    const open = own(this.holder.alarms, condition.conditionCode);
    const isLess = open?.active === true && PRIORITY_RANK[condition.priority] < PRIORITY_RANK[open.signal.priority];
    if (!isLess) this.raise(condition, atMs);
    else {
      this.comeBack(open, condition, atMs);
      if (maySink) this.lower(open, condition, atMs);
    }
  }

  /**
   * Another rule stands for the condition from here on: the alarm goes on, with the priority of that one. What it has measured is
   * seen with the next readings.
   */
  passTo(conditionCode: string, ruleId: string, priority: Priority, atMs: number): void {
    const open = own(this.holder.alarms, conditionCode);
    if (open?.active !== true) return;
    open.ruleId = ruleId;
    const over = PRIORITY_RANK[open.signal.priority] - PRIORITY_RANK[priority];
    if (over > 0) this.lower(open, { priority, evidence: open.evidence, ruleId }, atMs);
    else if (over < 0) this.begin(open, priority, 'raised', atMs);
  }

  private lower(
    open: OpenAlarm,
    { priority, evidence, ruleId }: Pick<Condition, 'priority' | 'evidence' | 'ruleId'>,
    atMs: number,
  ): void {
    // Until somebody has seen it, an alarm that was high stays to be seen.
    const was = open.signal.priority;
    const highest = open.peak !== undefined && PRIORITY_RANK[open.peak] > PRIORITY_RANK[was] ? open.peak : was;
    if (open.signal.presence === 'on') open.peak = PRIORITY_RANK[highest] > PRIORITY_RANK[priority] ? highest : priority;
    open.evidence = evidence;
    open.ruleId = ruleId;
    this.move(open, { kind: 'lower', atMs, priority }, 'lowered', atMs);
  }

  /** Condition codes of the alarms that have begun since this was called last. */
  takeBegun(): readonly string[] {
    const { begun } = this;
    if (begun.length > 0) this.begun = [];
    return begun;
  }

  /** The alarm of a condition whose condition holds, or that still waits to be seen. */
  openOf(conditionCode: string): OpenAlarm | undefined {
    return own(this.holder.alarms, conditionCode);
  }

  /** True for an alarm of this condition and onset that was told before, whether or not it is over. */
  isTold(conditionCode: string, onsetMs: number): boolean {
    return isTold(this.holder, conditionCode, onsetMs);
  }

  /**
   * An alarm that a gateway raised by itself, under its own id and onset, which nobody was told yet (D17). Its pages wait
   * until it is confirmed. One that is older than the newest of its condition is over by now: it is told and closed.
   */
  adopt(local: AlarmTransition): void {
    const { conditionCode, onsetMs, atMs, priority } = local;
    const isPast = onsetMs <= (own(this.holder.lastOnsets, conditionCode) ?? -1) || !local.active;
    const open = own(this.holder.alarms, conditionCode);
    if (!isPast && open !== undefined) this.close(open, atMs);
    addOnset(this.holder, conditionCode, onsetMs);
    const flaps = this.countBegin(conditionCode, onsetMs);
    const alarm: OpenAlarm = {
      alarmId: local.alarmId,
      rev: 0,
      conditionCode,
      kind: local.kind,
      metric: local.metric,
      onsetMs,
      encounterId: local.encounterId,
      origin: local.origin,
      active: true,
      signal: { presence: 'off', priority, sinceMs: onsetMs },
      evidence: local.evidence,
      ruleId: local.ruleId,
      adopted: 'held',
      ...(flaps ? { flapping: true } : {}),
    };
    this.adopted = local;
    if (!isPast) this.holder.alarms[conditionCode] = alarm;
    this.begin(alarm, priority, 'onset', onsetMs);
    if (isPast) {
      alarm.active = false;
      this.move(alarm, { kind: 'close', atMs }, 'closed', atMs);
    }
    this.adopted = null;
  }

  /** What a gateway raised holds now: whoever has to know is told from here on. */
  confirm(open: OpenAlarm, atMs: number): void {
    open.adopted = 'confirmed';
    open.rev += 1;
    this.tell(open, 'confirmed', atMs);
  }

  /**
   * The clock of the gateway that raised them was ahead: what is read from `atMs` on says whether they are over, and nobody else will.
   */
  releaseAdopted(atMs: number): void {
    for (const open of Object.values(this.holder.alarms)) {
      if (open.adopted === undefined || open.onsetMs <= atMs) continue;
      if (open.adopted === 'held') this.confirm(open, atMs);
      delete open.adopted;
    }
  }

  /**
   * An alarm that a patient brings along from another bed goes on under its own id (D6), and nothing sounds anew.
   *
   * @param mayEnd false where nothing here can tell when its condition is over: it then stands until somebody has seen it
   */
  carry(alarm: OpenAlarm, atMs: number, mayEnd: boolean): void {
    this.holder.alarms[alarm.conditionCode] = alarm;
    if (mayEnd || !alarm.active) {
      alarm.rev += 1;
      this.tell(alarm, 'carried', atMs);
      return;
    }
    alarm.active = false;
    this.move(alarm, { kind: 'end', atMs, latching: true }, 'carried', atMs);
  }

  /** It is another stay's than was believed: the alarm goes on as it is, and is told of that stay from here on. */
  correct(alarm: OpenAlarm, encounterId: EncounterId, atMs: number): void {
    alarm.encounterId = encounterId;
    alarm.rev += 1;
    this.tell(alarm, 'corrected', atMs);
  }

  /** An alarm that was on its way to this bed, and whose patient is not here: it is over. */
  closeCarried(alarm: OpenAlarm, atMs: number): void {
    this.close(alarm, atMs);
  }

  /**
   * The condition holds no longer. The alarm of one that flaps ends once it has been away for a while (flap.ts).
   *
   * @param isForGood it is known to be over, or has been away long enough
   */
  end(conditionCode: string, atMs: number, isForGood = false): void {
    if (this.isQuiet) return;
    const { holder, care } = this;
    const open = own(holder.alarms, conditionCode);
    if (open?.active !== true || (open.quietFromMs !== undefined && !isForGood)) return;
    // Readings of before an alarm that was taken over say nothing about its end.
    if (open.adopted !== undefined && atMs < open.onsetMs) return;
    if (!isForGood && holder.kind === 'bed' && waitsForQuiet(holder, open, atMs, care?.flap)) return;
    delete open.quietFromMs;
    open.active = false;
    this.move(open, { kind: 'end', atMs, latching: latches(open) }, 'end', atMs);
  }

  /** A command that was given before the signal began to sound (again) silences nothing: late, or delivered twice. */
  acknowledge({ alarmId, alarmRev, by, commandId, atMs }: LogEventOf<'command'>): void {
    const open = Object.values(this.holder.alarms).find((a) => a.alarmId === alarmId);
    if (alarmRev !== undefined && alarmRev < (open?.soundedRev ?? 0)) return;
    if (open === undefined || (open.signal.presence !== 'on' && open.signal.presence !== 'latched')) return;
    delete open.peak;
    // From here it counts until it sounds again, by the bed's clock, which may be ahead of that of whoever acknowledged it.
    const seenMs = this.holder.kind === 'bed' ? Math.max(atMs, this.holder.clockMs) : atMs;
    this.move(open, { kind: 'acknowledge', atMs: seenMs }, 'acknowledged', atMs, by, commandId);
  }

  /** Somebody has seen it long ago, and it holds still: it sounds again. */
  remind(open: OpenAlarm, atMs: number): void {
    this.move(open, { kind: 'remind', atMs }, 'reminded', atMs);
  }

  /** A person has put the condition away for a while; nobody has to look at what there is of it. */
  shelve(open: OpenAlarm, by: StaffId, atMs: number): void {
    delete open.peak;
    this.move(open, { kind: 'shelve', atMs }, 'shelved', atMs, by);
  }

  /** That is over: what holds still sounds, and what only waits for quiet is over as well. */
  unshelve(open: OpenAlarm, atMs: number): void {
    if (open.quietFromMs !== undefined) this.end(open.conditionCode, atMs, true);
    else this.move(open, { kind: 'unshelve', atMs }, 'unshelved', atMs);
  }

  /** Discharge: nothing of this patient is left to look at. */
  closeAll(atMs: number): void {
    for (const open of Object.values(this.holder.alarms)) this.close(open, atMs);
  }

  closeOne(conditionCode: string, atMs: number): void {
    const open = own(this.holder.alarms, conditionCode);
    if (open !== undefined) this.close(open, atMs);
  }

  /** Closed because a suppression makes it impossible to know, not because it is over. */
  closeHidden(conditionCode: string, suppressionId: string, atMs: number): void {
    const open = own(this.holder.alarms, conditionCode);
    if (open === undefined) return;
    const because = [...(open.evidence.because ?? []).slice(0, 31), `suppression:${suppressionId}`];
    open.evidence = { ...open.evidence, because };
    this.close(open, atMs);
  }

  /**
   * Onsets of one condition ascend. The id is made of the onset (D4), so a condition that comes back at the very
   * instant of an earlier alarm (a batch that is delivered twice, a reading out of order) begins a millisecond later:
   * two alarms under one id would contradict each other in the store and stop the partition.
   */
  private newOnset(conditionCode: string, atMs: number): number {
    let onsetMs = Math.max(atMs, (own(this.holder.lastOnsets, conditionCode) ?? -1) + 1);
    // Told while the bed had a time that has not come yet (clock-doubt.ts).
    while (own(this.holder.toldOnsets, conditionCode)?.includes(onsetMs) === true) onsetMs += 1;
    addOnset(this.holder, conditionCode, onsetMs);
    return onsetMs;
  }

  private close(open: OpenAlarm, atMs: number): void {
    open.active = false;
    this.move(open, { kind: 'close', atMs }, 'closed', atMs);
  }

  /** A transition that changes no signal. */
  private tell(alarm: OpenAlarm, cause: AlarmTransition['cause'], atMs: number): void {
    const transition = this.transition(alarm, cause, atMs, null, null);
    this.effects.push({ transition, signal: [], eventId: this.event?.id ?? null });
  }

  private move(
    alarm: OpenAlarm,
    event: SignalEvent,
    cause: AlarmTransition['cause'],
    atMs: number,
    by: StaffId | null = null,
    commandId: CommandId | null = null,
  ): void {
    const { state, effects } = signalStep(alarm.signal, event);
    alarm.signal = state;
    alarm.rev += 1;
    if (effects.some((effect) => effect.do === 'annunciate')) alarm.soundedRev = alarm.rev;
    const isOver = !alarm.active && state.presence === 'off';
    if (isOver && this.holder.alarms[alarm.conditionCode] === alarm) delete this.holder.alarms[alarm.conditionCode];
    this.effects.push({
      transition: this.transition(alarm, cause, atMs, by, commandId),
      signal: effects,
      eventId: this.event?.id ?? null,
    });
  }

  private transition(
    alarm: OpenAlarm,
    cause: AlarmTransition['cause'],
    atMs: number,
    by: StaffId | null,
    commandId: CommandId | null,
  ): AlarmTransition {
    const trigger = this.adopted === null ? triggerOf(this.event) : this.adopted.trigger;
    return transitionOf({ holder: this.holder, ruleSetHash: this.ruleSetHash, trigger }, alarm, cause, atMs, by, commandId);
  }

  private subject(): string {
    const { holder } = this;
    if (holder.kind === 'bed') return holder.bedId;
    return holder.kind === 'gateway' ? `gateway:${holder.gatewayId}` : `unit:${holder.careUnitId}`;
  }
}
