import type { AlarmView, BedId } from '@vigil/contracts';
import { byBed, mayAccept, mayAcknowledge } from '../model/alarm-order.js';
import type { CommandKind } from '../model/command.js';
import { display } from '../model/display.js';
import { bedByNumber, KEY_WAIT_MS, type KeyAction, keyStep, type KeyWait, NO_WAIT } from '../model/key-steps.js';
import { screenSettings } from '../model/screen-settings.js';
import type { Station } from '../live/station.js';

/** How long the focus must have stood on an alarm before a key acts on it is the same guard as for a finger. */
let focusedSinceMs = performance.now();
addEventListener('focusin', () => {
  focusedSinceMs = performance.now();
});

export interface KeyActions {
  readonly help: () => void;
  readonly sound: () => void;
  readonly go: (place: Extract<KeyAction, { do: 'go' }>['place']) => void;
  /** Of a bed; `isThere`: its record is on the screen already. */
  readonly record: (bedId: string, isThere: boolean) => void;
  readonly showAlarm: (alarmId: string) => void;
  readonly focusBed: (bedId: BedId) => void;
  readonly speak: (bedId: BedId | null) => void;
  /** What the keys wait for, in words; empty when for nothing. */
  readonly hint: (wait: KeyWait, unknownDigits: string) => void;
  readonly barSince: () => number;
}

/**
 * The station's keys (dashboard.md §6.0). They act on the alarm (or the bed) that has the focus, or else on the alarm in the bar.
 * Not while somebody types, nor while a key is held down, nor on a screen whose single keys are turned off.
 */
export class Keys {
  private wait: KeyWait = NO_WAIT;
  private asked: AlarmView | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly station: Station,
    private readonly act: KeyActions,
  ) {}

  readonly onKey = (event: KeyboardEvent): void => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || !screenSettings.get().keys) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('input, textarea, select, dialog, [role="menu"], [role="dialog"], [contenteditable]')) return;
    const step = keyStep(this.wait, event.key, performance.now(), display.get().acceptNeedsEnter);
    /* Enter on a button or a tile is theirs, unless a key before it has asked for it. */
    if (step.taken) event.preventDefault();
    if (step.taken && event.key === 'Enter') event.stopPropagation();
    this.setWait(step.wait);
    this.run(step.action, target);
  };

  stop(): void {
    clearTimeout(this.timer);
  }

  private run(action: KeyAction, target: Element | null): void {
    const bedId = target?.closest<HTMLElement>('[data-bed-id]')?.dataset['bedId'] as BedId | undefined;
    switch (action.do) {
      case 'nothing':
        return;
      case 'accept':
      case 'acknowledge':
        return this.command(action.do, target);
      case 'ask-accept':
        return this.ask(target);
      case 'sound':
        return this.act.sound();
      case 'next':
      case 'previous':
        return this.step(target, action.do === 'next' ? 1 : -1);
      case 'record': {
        const shown = /^\/b\/([^/]+)$/.exec(location.pathname)?.[1];
        const of = bedId ?? shown;
        return of ? this.act.record(decodeURIComponent(of), bedId === undefined) : undefined;
      }
      case 'escalate': {
        const alarm = this.focused(target, mayAccept) ?? this.station.alarms.get()[0];
        return alarm ? this.act.showAlarm(alarm.alarmId) : undefined;
      }
      case 'speak':
        return this.act.speak(bedId ?? null);
      case 'help':
        return this.act.help();
      case 'go':
        return this.act.go(action.place);
      case 'bed':
        return this.bed(action.digits);
    }
  }

  private command(command: CommandKind, target: Element | null): void {
    const focused = this.focused(target, command === 'accept' ? mayAccept : mayAcknowledge);
    const asked = this.asked && this.station.alarms.get().find(({ alarmId }) => alarmId === this.asked?.alarmId);
    this.asked = null;
    const alarm = (command === 'accept' ? asked : null) ?? focused ?? this.station.alarms.get()[0];
    if (alarm) void this.station.commands.press(command, alarm, focused ? focusedSinceMs : this.act.barSince());
  }

  /** The alarm that is asked about is the one that Enter accepts, whatever has come into the bar meanwhile. */
  private ask(target: Element | null): void {
    const alarm = this.focused(target, mayAccept) ?? this.station.alarms.get()[0];
    if (!alarm || !mayAccept(alarm)) return;
    this.asked = alarm;
    this.station.commands.ask('accept', alarm.alarmId, true);
  }

  private setWait(wait: KeyWait): void {
    clearTimeout(this.timer);
    this.wait = wait;
    if (wait.kind !== 'accept' && this.asked) this.station.commands.ask('accept', this.asked.alarmId, false);
    this.act.hint(wait, '');
    if (wait.kind !== 'nothing') this.timer = setTimeout(() => this.setWait(NO_WAIT), KEY_WAIT_MS);
  }

  private step(target: Element | null, by: 1 | -1): void {
    const alarms = this.station.alarms.get();
    const shown = /^\/a\/([^/]+)$/.exec(location.pathname)?.[1];
    const at = alarms.findIndex(
      ({ alarmId }) => alarmId === (target?.closest<HTMLElement>('[data-alarm-id]')?.dataset['alarmId'] ?? shown),
    );
    const next = at < 0 ? alarms[by > 0 ? 0 : alarms.length - 1] : alarms[(at + by + alarms.length) % alarms.length];
    if (next) this.act.showAlarm(next.alarmId);
  }

  private bed(digits: string): void {
    const bed = bedByNumber(this.station.unit.get()?.beds.values() ?? [], digits);
    if (bed) this.act.focusBed(bed.bedId);
    else this.act.hint(NO_WAIT, digits);
  }

  private focused(target: Element | null, may: (alarm: AlarmView) => boolean): AlarmView | undefined {
    const alarms = this.station.alarms.get();
    const alarmId = target?.closest<HTMLElement>('[data-alarm-id]')?.dataset['alarmId'];
    if (alarmId) return alarms.find((a) => a.alarmId === alarmId);
    const bedId = target?.closest<HTMLElement>('[data-bed-id]')?.dataset['bedId'];
    if (!bedId) return undefined;
    const ofBed = [...byBed(alarms)].find(([id]) => id === bedId)?.[1] ?? [];
    return ofBed.find(may);
  }
}
