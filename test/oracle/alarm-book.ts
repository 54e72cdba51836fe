import type { AlarmCare, AlarmTransition, Priority } from '@vigil/contracts';
import { alarmIdOf } from '@vigil/domain';

/** What a person was told of one alarm: the part of a transition that decides who is called, by what name, and why. */
export type Told = Pick<
  AlarmTransition,
  'alarmId' | 'rev' | 'cause' | 'conditionCode' | 'priority' | 'active' | 'presence' | 'onsetMs' | 'atMs' | 'encounterId'
> & {
  readonly value: number | null;
  readonly limit: number | null;
  readonly shelvedUntilMs: number | null;
  readonly flapping: boolean;
};

/** The same of a transition of the engine. */
export function toldOf(transition: AlarmTransition): Told {
  const { alarmId, rev, cause, conditionCode, priority, active, presence, onsetMs, atMs, encounterId, evidence } = transition;
  const { value, limit } = evidence;
  const { shelvedUntilMs = null, flapping = false } = transition;
  const what = { alarmId, rev, cause, conditionCode, priority, active, presence, onsetMs, atMs, encounterId, value, limit };
  return { ...what, shelvedUntilMs, flapping };
}

/** Why an alarm is raised. */
export interface Cause {
  readonly code: string;
  readonly kind: 'physiological' | 'technical';
  readonly priority: Priority;
  readonly value?: number | null;
  readonly limit?: number | null;
  readonly ruleId: string;
}

/** Conditions that no rule set decides about. */
const BUILT_IN = new Set([
  ...['leadsOff', 'gatewayLost', 'deviceMismatch', 'channelConflict'],
  ...['standby', 'stayCorrected', 'limitsChanged'],
]);
/** People set these and see them: coming and going is no flapping. */
const NEVER_FLAPS = new Set(['standby', 'stayCorrected', 'limitsChanged']);
/** What nothing that is measured can end. */
const UNTIL_SEEN = new Set(['stayCorrected', 'limitsChanged']);

interface Alarm {
  readonly cause: Cause;
  ruleId: string;
  readonly onsetMs: number;
  encounterId: string | null;
  priority: Priority;
  active: boolean;
  presence: Told['presence'];
  value: number | null;
  limit: number | null;
  told: number;
  soundedAtRev: number;
  /** It was high while it sounded, and nobody has seen it since. */
  wasHigh: boolean;
  isFlapping: boolean;
  /** Its condition has been away since then, and it is not over. */
  quietMs: number | null;
  seenMs: number;
}

/** What a person has put away, until when, and what it is about. */
export interface Away {
  readonly toMs: number;
  readonly priority: Priority;
}

const RANK = { low: 0, medium: 1, high: 2 };

/** The alarms of one bed, as docs/architecture.md tells them: one per condition, every change told once. */
export class AlarmBook {
  readonly told: Told[] = [];
  private readonly shown = new Map<string, Alarm>();
  private readonly onsets = new Map<string, number>();

  constructor(
    private readonly bedId: string,
    private readonly encounterId: () => string | null,
    private readonly clockMs: () => number,
    private readonly away: (code: string) => Away | null,
    private readonly risen: (code: string, priority: Priority) => void,
  ) {}

  /** How alarms go on by the rules in force. */
  care: AlarmCare = {};
  /** Every beginning of a condition since the stay began. */
  private beginnings: { readonly code: string; readonly atMs: number }[] = [];

  private begins(code: string, atMs: number): boolean {
    if (this.care.flap === undefined || NEVER_FLAPS.has(code)) return false;
    this.beginnings.push({ code, atMs: this.nowMs(atMs) });
    return this.flaps(code, atMs);
  }

  private flaps(code: string, atMs: number): boolean {
    const { flap } = this.care;
    if (flap === undefined) return false;
    const fromMs = this.nowMs(atMs) - flap.withinS * 1_000;
    return this.beginnings.filter((each) => each.code === code && each.atMs > fromMs).length >= flap.onsets;
  }

  private nowMs(atMs: number): number {
    return this.clockMs() === 0 ? atMs : this.clockMs();
  }

  forgetBeginnings(): void {
    this.beginnings = [];
  }

  private makesNoSound(code: string, priority: Priority): boolean {
    this.risen(code, priority);
    const away = this.away(code);
    return away !== null && RANK[priority] <= RANK[away.priority];
  }

  /** Told of each alarm that begins. */
  onBegun(listener: (code: string) => void): void {
    this.begun = listener;
  }
  private begun: (code: string) => void = () => undefined;

  ruleOf(code: string): string | undefined {
    return this.shown.get(code)?.ruleId;
  }

  /** Another rule stands for the alarm from here on, with its own priority. */
  passTo(code: string, other: { readonly ruleId: string; readonly priority: Priority }, atMs: number): void {
    const there = this.shown.get(code);
    if (there?.active !== true) return;
    there.ruleId = other.ruleId;
    const { value, limit } = there;
    if (other.priority !== there.priority) this.changePriority(there, { ...there.cause, ...other, value, limit }, atMs, true);
  }

  /** Other rules are in force: what they do not raise any more closes, or goes on under another rule. */
  reassign(
    heirOf: (code: string, ruleId: string) => 'stays' | 'gone' | { readonly ruleId: string; readonly priority: Priority },
    atMs: number,
  ): void {
    for (const [code, { ruleId }] of [...this.shown]) {
      if (BUILT_IN.has(ruleId)) continue;
      const heir = heirOf(code, ruleId);
      if (heir === 'gone') this.close(code, atMs);
      else if (heir !== 'stays') this.passTo(code, heir, atMs);
    }
  }

  isActive(code: string): boolean {
    return this.shown.get(code)?.active === true;
  }

  /** Also: it is not only the alarm that waits for quiet. */
  isHolding(code: string): boolean {
    return this.isActive(code) && this.shown.get(code)!.quietMs === null;
  }

  activeOf(code: string): Pick<Alarm, 'priority' | 'cause'> | null {
    const there = this.shown.get(code);
    return there?.active === true ? there : null;
  }

  /**
   * Whether a suppression of this cause leaves the alarm as it is: what must be seen, unless the cause is high; what is about the
   * patient and more urgent than the alarm of a sensor.
   */
  isTooUrgentFor(code: string, cause: Pick<Alarm, 'priority' | 'cause'> | null): boolean {
    const there = this.shown.get(code);
    if (there?.active !== true) return false;
    if (this.mustBeSeen(there)) return cause?.priority !== 'high';
    const isSensor = cause?.cause.kind === 'technical';
    return there.cause.kind === 'physiological' && isSensor && RANK[there.priority] > RANK[cause.priority];
  }

  private mustBeSeen({ cause, priority, wasHigh }: Alarm): boolean {
    return cause.kind === 'physiological' && (priority === 'high' || wasHigh);
  }

  codes(): string[] {
    return [...this.shown.keys()];
  }

  /** The condition holds. `mayLower`: one that is less urgent than it was is told, too. */
  holds(cause: Cause, atMs: number, mayLower = false): void {
    const there = this.shown.get(cause.code);
    if (there?.active === true) {
      if (there.quietMs !== null) {
        there.quietMs = null;
        there.ruleId = cause.ruleId;
        this.begins(cause.code, atMs);
        this.begun(cause.code);
      }
      if (cause.priority !== there.priority) this.changePriority(there, cause, atMs, mayLower);
      return;
    }
    if (there !== undefined) this.close(cause.code, atMs);
    // An id is never given twice: the condition that comes back at the same instant begins a millisecond later.
    const onsetMs = Math.max(atMs, (this.onsets.get(cause.code) ?? -1) + 1);
    this.onsets.set(cause.code, onsetMs);
    const isSilent = this.makesNoSound(cause.code, cause.priority);
    const presence = isSilent ? 'off' : 'on';
    const alarm: Alarm = {
      ...{ cause, onsetMs, encounterId: this.encounterId(), priority: cause.priority, active: true, presence },
      ...{ isFlapping: this.begins(cause.code, atMs), quietMs: null, seenMs: 0 },
      ...{
        ruleId: cause.ruleId,
        value: cause.value ?? null,
        limit: cause.limit ?? null,
        told: 0,
        soundedAtRev: isSilent ? 0 : 1,
        wasHigh: false,
      },
    };
    this.shown.set(cause.code, alarm);
    this.begun(cause.code);
    this.tell(alarm, 'onset', atMs);
  }

  /** The condition is over. High physiological alarms stay until somebody has seen them. */
  over(code: string, atMs: number, isForGood = false): void {
    const there = this.shown.get(code);
    if (there?.active !== true || (there.quietMs !== null && !isForGood)) return;
    if (there.isFlapping && !isForGood) {
      there.isFlapping = this.flaps(code, atMs);
      there.quietMs = there.isFlapping ? this.nowMs(atMs) : null;
      if (there.isFlapping) return;
    }
    there.active = false;
    there.presence = there.presence === 'on' && this.mustBeSeen(there) ? 'latched' : 'off';
    this.tell(there, 'end', atMs);
    if (there.presence === 'off') this.shown.delete(code);
  }

  /** There is nothing left to look at. */
  close(code: string, atMs: number): void {
    const there = this.shown.get(code);
    if (there === undefined) return;
    there.active = false;
    there.presence = 'off';
    this.tell(there, 'closed', atMs);
    this.shown.delete(code);
  }

  /** Somebody has seen it; what has sounded since then they have not. */
  acknowledge(alarmId: string, alarmRev: number | undefined, atMs: number): void {
    const there = [...this.shown.values()].find((alarm) => this.idOf(alarm) === alarmId);
    if (there === undefined || (there.presence !== 'on' && there.presence !== 'latched')) return;
    if (alarmRev !== undefined && alarmRev < there.soundedAtRev) return;
    there.presence = there.presence === 'on' ? 'ack' : 'off';
    there.wasHigh = false;
    there.seenMs = Math.max(atMs, this.clockMs());
    this.tell(there, 'acknowledged', atMs);
    if (!there.active && there.presence === 'off') this.shown.delete(there.cause.code);
    if (UNTIL_SEEN.has(there.cause.code)) this.over(there.cause.code, atMs);
  }

  /** A person has put the condition away: nobody has to look at it. */
  putAway(code: string, atMs: number): void {
    const there = this.shown.get(code);
    if (there === undefined) return;
    const isTooUrgent = RANK[there.priority] > RANK[this.away(code)!.priority];
    if (isTooUrgent) {
      // What is over says nothing of what comes next.
      if (there.active) this.risen(code, there.priority);
      return;
    }
    there.presence = 'off';
    there.wasHigh = false;
    this.tell(there, 'shelved', atMs);
    if (!there.active) this.shown.delete(code);
  }

  /** What has been away for long is over. */
  settleFlaps(): void {
    const { flap } = this.care;
    const nowMs = this.clockMs();
    for (const [code, { quietMs }] of [...this.shown]) {
      if (quietMs === null) continue;
      if (flap === undefined || nowMs - quietMs >= flap.quietS * 1_000) this.over(code, nowMs, true);
    }
  }

  /** What holds and is not put away sounds. */
  settleSilent(atMs: number): void {
    for (const [code, alarm] of [...this.shown]) {
      if (!alarm.active || alarm.presence !== 'off' || this.away(code) !== null) continue;
      if (alarm.quietMs === null) this.soundAgain(alarm, 'unshelved', this.nowMs(atMs));
      else this.over(code, this.nowMs(atMs), true);
    }
  }

  /** What was seen long ago sounds. */
  settleSeen(): void {
    const nowMs = this.clockMs();
    if (nowMs === 0) return;
    for (const alarm of this.shown.values()) {
      const afterS = alarm.priority === 'low' ? undefined : this.care.reAlarmS?.[alarm.priority];
      if (!alarm.active || alarm.presence !== 'ack' || alarm.quietMs !== null || afterS === undefined) continue;
      alarm.seenMs = Math.min(alarm.seenMs, nowMs);
      if (nowMs - alarm.seenMs >= afterS * 1_000) this.soundAgain(alarm, 'reminded', nowMs);
    }
  }

  private soundAgain(alarm: Alarm, cause: 'unshelved' | 'reminded', atMs: number): void {
    alarm.presence = 'on';
    alarm.soundedAtRev = alarm.told + 1;
    this.tell(alarm, cause, atMs);
  }

  /** Another person lies here than was believed: every alarm is of that stay, and is told once more. */
  correct(encounterId: string, atMs: number): void {
    for (const alarm of this.shown.values()) {
      alarm.encounterId = encounterId;
      this.tell(alarm, 'corrected', atMs);
    }
  }

  private changePriority(there: Alarm, cause: Cause, atMs: number, mayLower: boolean): void {
    const isRise = RANK[cause.priority] > RANK[there.priority];
    if (!isRise && !mayLower) return;
    if (!isRise && there.presence === 'on' && there.priority === 'high') there.wasHigh = true;
    there.priority = cause.priority;
    there.value = cause.value ?? null;
    there.limit = cause.limit ?? null;
    there.ruleId = cause.ruleId;
    if (isRise && !(there.presence === 'off' && this.makesNoSound(there.cause.code, cause.priority))) {
      there.presence = 'on';
      there.soundedAtRev = there.told + 1;
    }
    this.tell(there, isRise ? 'raised' : 'lowered', atMs);
  }

  private tell(alarm: Alarm, cause: Told['cause'], atMs: number): void {
    alarm.told += 1;
    const { priority, active, presence, onsetMs, encounterId, value, limit, isFlapping: flapping } = alarm;
    const shelvedUntilMs = active && presence === 'off' ? (this.away(alarm.cause.code)?.toMs ?? null) : null;
    const what = { priority, active, presence, onsetMs, encounterId, value, limit, shelvedUntilMs, flapping } as Omit<
      Told,
      'alarmId' | 'rev'
    >;
    const name = { alarmId: this.idOf(alarm), rev: alarm.told, cause, conditionCode: alarm.cause.code };
    this.told.push({ ...what, ...name, atMs } as Told);
  }

  private idOf(alarm: Alarm): Told['alarmId'] {
    return alarmIdOf(this.bedId, alarm.cause.code, alarm.onsetMs);
  }
}
