import type { AlarmId, AlarmView } from '@vigil/contracts';
import { mayAccept, mayAcknowledge } from '../model/alarm-order.js';
import { afterAnswer, afterEcho, type CommandKind, type CommandState, IDLE } from '../model/command.js';
import { PressGuard, TapRain } from '../model/press-guard.js';
import { Signal } from '../model/signal.js';
import { sendCommand } from './api.js';

/** What the station has asked for, per alarm. Never a queue: one press is one request or none. */
export class Commands {
  readonly states = new Signal<ReadonlyMap<AlarmId, CommandState>>(new Map());
  /** Nobody is signed in at a station: it looks and does nothing. */
  readonly viewOnly = new Signal(false);
  /** This screen is being pressed as no person presses (HZ-D3). Stays until somebody has seen it. */
  readonly ghosts = new Signal(false);
  /** What came of an alarm by the live channel while a command for it is on its way: a press can be known to be done before its answer is given up. */
  private readonly meanwhile = new Map<AlarmId, AlarmView>();
  private readonly guard = new PressGuard();
  private readonly rain = new TapRain();

  constructor(private readonly answered: (alarm: AlarmView) => void) {}

  stateOf(alarmId: AlarmId): CommandState {
    return this.states.get().get(alarmId) ?? IDLE;
  }

  /**
   * A person pressed. Nothing happens when the target has shown this alarm for too short a time, when the same is on
   * its way already, or when the alarm does not take the command.
   *
   * @param shownSinceMs when the pressed target began to show this alarm, on the monotonic clock
   */
  async press(command: CommandKind, alarm: AlarmView, shownSinceMs: number): Promise<void> {
    if (!this.guard.allows(performance.now(), shownSinceMs)) return;
    if (this.viewOnly.get()) return this.set(alarm.alarmId, { kind: 'notSent', command, why: 'viewOnly' });
    if (this.rain.isRaining(performance.now())) return this.set(alarm.alarmId, { kind: 'notSent', command, why: 'raining' });
    if (this.stateOf(alarm.alarmId).kind === 'sending') return;
    if (!(command === 'accept' ? mayAccept(alarm) : mayAcknowledge(alarm))) return;
    this.set(alarm.alarmId, { kind: 'sending', command });
    const answer = await sendCommand(command, alarm);
    const echo = this.meanwhile.get(alarm.alarmId);
    this.meanwhile.delete(alarm.alarmId);
    const after = afterAnswer(command, answer);
    this.set(alarm.alarmId, echo ? afterEcho(after, echo) : after);
    if (answer.kind !== 'notSent' && answer.alarm) this.answered(answer.alarm);
  }

  /** A finger or a pointer came down, anywhere on the screen. */
  readonly tapped = (): void => {
    const nowMs = performance.now();
    this.rain.tap(nowMs);
    if (this.rain.isRaining(nowMs)) this.ghosts.set(true);
  };

  /** A key asks for a second one first; null: it is no longer asked for. */
  ask(command: CommandKind, alarmId: AlarmId, isAsked: boolean): void {
    const { kind } = this.stateOf(alarmId);
    if (isAsked && kind !== 'sending') this.set(alarmId, { kind: 'asking', command });
    else if (!isAsked && kind === 'asking') this.set(alarmId, IDLE);
  }

  /** A touch that was too short to be believed: said, so that nobody thinks it was sent. */
  touchedTooShort(command: CommandKind, alarmId: AlarmId): void {
    this.set(alarmId, { kind: 'notSent', command, why: 'tooShort' });
  }

  /** The live channel (or an answer) says how the alarm is now. */
  echoed(before: AlarmView | undefined, after: AlarmView): void {
    if (before === after) return;
    const state = this.stateOf(after.alarmId);
    if (state.kind === 'sending') this.meanwhile.set(after.alarmId, after);
    const next = afterEcho(state, after);
    if (next !== state) this.set(after.alarmId, next);
  }

  private set(alarmId: AlarmId, state: CommandState): void {
    const next = new Map(this.states.get());
    if (state.kind === 'idle') next.delete(alarmId);
    else next.set(alarmId, state);
    this.states.set(next);
  }
}
