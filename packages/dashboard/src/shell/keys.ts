import type { AlarmView } from '@vigil/contracts';
import { byBed, mayAccept, mayAcknowledge } from '../model/alarm-order.js';
import type { CommandKind } from '../model/command.js';
import type { Station } from '../live/station.js';

/** How long the focus must have stood on an alarm before a key acts on it is the same guard as for a finger. */
let focusedSinceMs = performance.now();
addEventListener('focusin', () => {
  focusedSinceMs = performance.now();
});

interface KeyActions {
  readonly help: () => void;
  readonly record: (bedId: string) => void;
  readonly barSince: () => number;
}

/**
 * The station's single keys: `a` accept, `k` acknowledge, `r` record of the bed that has the focus, `?` help. They act on the alarm (or the bed) that has the
 * focus, or else on the alarm in the bar. Not while somebody types, nor while a key is held down.
 */
export function runKey(event: KeyboardEvent, station: Station, act: KeyActions): void {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input, textarea, select, dialog, [role="menu"]')) return;
  if (event.key === '?') return act.help();
  if (event.key === 'r') {
    const bedId = target?.closest<HTMLElement>('[data-bed-id]')?.dataset['bedId'];
    return bedId ? act.record(bedId) : undefined;
  }
  const command: CommandKind | null = event.key === 'a' ? 'accept' : event.key === 'k' ? 'acknowledge' : null;
  if (!command) return;
  const focused = focusedAlarm(target, station, command);
  const alarm = focused ?? station.alarms.get()[0];
  if (alarm) void station.commands.press(command, alarm, focused ? focusedSinceMs : act.barSince());
}

function focusedAlarm(target: Element | null, station: Station, command: CommandKind): AlarmView | undefined {
  const alarms = station.alarms.get();
  const alarmId = target?.closest<HTMLElement>('[data-alarm-id]')?.dataset['alarmId'];
  if (alarmId) return alarms.find((a) => a.alarmId === alarmId);
  const bedId = target?.closest<HTMLElement>('[data-bed-id]')?.dataset['bedId'];
  if (!bedId) return undefined;
  const ofBed = [...byBed(alarms)].find(([id]) => id === bedId)?.[1] ?? [];
  return ofBed.find(command === 'accept' ? mayAccept : mayAcknowledge);
}
