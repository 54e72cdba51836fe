import type { AlarmView, BedId } from '@vigil/contracts';
import { mayAccept } from '../model/alarm-order.js';
import type { CommandKind } from '../model/command.js';
import { display } from '../model/display.js';
import { type BedTargets, bedTargets, bedTargetSince, type KeyPlace, keyTarget } from '../model/key-target.js';
import { bedByNumber, KEY_WAIT_MS, type KeyAction, keyStep, type KeyWait, NO_WAIT, stillWriting } from '../model/key-steps.js';
import { screenSettings } from '../model/screen-settings.js';
import type { Station } from '../live/station.js';

/** How long the focus must have stood on an alarm before a key acts on it is the same guard as for a finger. */
let focusedSinceMs = performance.now();
addEventListener('focusin', () => {
  focusedSinceMs = performance.now();
});

const FIELDS = 'input, textarea, select';

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
  /** The alarm that the key is about does not take it, or not any more. */
  readonly refused: () => void;
  /** The key would have done something, and was taken for one of what was just being written. */
  readonly tooSoon: () => void;
}

/** What a key is about, and since when that is on the screen. Monotonic clock. */
interface Found {
  readonly alarm: AlarmView;
  readonly sinceMs: number;
}

/**
 * The station's keys (dashboard.md §6.0). They act on the alarm (or the bed with alarms) that has the focus, or else on the alarm in the bar.
 * Not while somebody types, nor while a key is held down, nor on a screen whose single keys are turned off.
 */
export class Keys {
  private wait: KeyWait = NO_WAIT;
  private asked: Found | null = null;
  /** The last key of what was written in a field that Escape has left. */
  private writtenMs: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private targets: BedTargets = new Map();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly station: Station,
    private readonly act: KeyActions,
  ) {
    const look = (): void => {
      this.targets = bedTargets(this.targets, station.alarms.get(), performance.now());
    };
    look();
    this.unsubscribe = station.alarms.subscribe(look);
  }

  readonly onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    this.writtenMs = stillWriting(this.writtenMs, performance.now());
    if (this.writtenMs !== null) return this.whileWriting(event.key);
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || !screenSettings.get().keys) return;
    const target = event.target instanceof Element ? event.target : null;
    /* Out of a field, so that the next key is one again: whoever types accepts with two. A form over the screen closes by it. */
    if (event.key === 'Escape' && target instanceof HTMLElement && target.matches(FIELDS) && !target.closest('[role="dialog"]')) {
      this.writtenMs = performance.now();
      return target.blur();
    }
    if (target?.closest('input, textarea, select, dialog, [role="menu"], [role="dialog"], [contenteditable]')) return;
    const step = keyStep(this.wait, event.key, performance.now(), display.get().acceptNeedsEnter);
    /* Enter on a button or a tile is theirs, unless a key before it has asked for it. */
    if (step.taken) event.preventDefault();
    if (step.taken && event.key === 'Enter') event.stopPropagation();
    const asked = this.asked;
    this.setWait(step.wait);
    if (asked && step.action.do === 'accept') this.answer(asked);
    else this.run(step.action, target);
  };

  /** Nothing is done, and nobody is to think that it was. */
  private whileWriting(key: string): void {
    const { action } = keyStep(NO_WAIT, key, performance.now(), false);
    if (action.do === 'accept' || action.do === 'acknowledge') this.act.tooSoon();
  }

  stop(): void {
    this.unsubscribe();
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
        const alarmId =
          placeOf(target).alarmId ?? this.find('accept', target)?.alarm.alarmId ?? this.station.alarms.get()[0]?.alarmId;
        return alarmId === undefined ? undefined : this.act.showAlarm(alarmId);
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
    const found = this.find(command, target);
    if (found) void this.station.commands.press(command, found.alarm, found.sinceMs);
    else if (this.station.alarms.get().length > 0) this.act.refused();
  }

  /** The alarm that is asked about is the one that Enter accepts or none, whatever has come into the bar meanwhile. */
  private answer({ alarm: { alarmId }, sinceMs }: Found): void {
    const alarm = this.station.alarms.get().find((each) => each.alarmId === alarmId);
    if (alarm && mayAccept(alarm)) void this.station.commands.press('accept', alarm, sinceMs);
    else this.act.refused();
  }

  private ask(target: Element | null): void {
    const found = this.find('accept', target);
    this.asked = found;
    if (found) this.station.commands.ask('accept', found.alarm.alarmId, true);
    else if (this.station.alarms.get().length > 0) this.act.refused();
  }

  private find(command: CommandKind, target: Element | null): Found | null {
    const place = placeOf(target);
    const found = keyTarget(command, this.station.alarms.get(), place);
    if (!found) return null;
    const { alarm, by } = found;
    if (by === 'bar') return { alarm, sinceMs: this.act.barSince() };
    if (by === 'focus') return { alarm, sinceMs: focusedSinceMs };
    const sinceMs = bedTargetSince(this.targets, place.bedId ?? '', command, performance.now());
    return { alarm, sinceMs: Math.max(focusedSinceMs, sinceMs) };
  }

  private setWait(wait: KeyWait): void {
    clearTimeout(this.timer);
    this.wait = wait;
    if (wait.kind !== 'accept' && this.asked) {
      this.station.commands.ask('accept', this.asked.alarm.alarmId, false);
      this.asked = null;
    }
    this.act.hint(wait, '');
    if (wait.kind !== 'nothing') this.timer = setTimeout(() => this.setWait(NO_WAIT), KEY_WAIT_MS);
  }

  private step(target: Element | null, by: 1 | -1): void {
    const alarms = this.station.alarms.get();
    const shown = shownAlarm();
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
}

const shownAlarm = (): string | undefined => /^\/a\/([^/]+)$/.exec(location.pathname)?.[1];

/** The page of an alarm is about it also before it has taken the focus. */
function placeOf(target: Element | null): KeyPlace {
  const shown = target === document.body ? shownAlarm() : undefined;
  return {
    alarmId: target?.closest<HTMLElement>('[data-alarm-id]')?.dataset['alarmId'] ?? shown,
    bedId: target?.closest<HTMLElement>('[data-bed-id]')?.dataset['bedId'],
  };
}
