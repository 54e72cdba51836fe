import { openTasks, tray } from '../live/stays-api.js';
import type { Screen } from '../model/screens-of.js';
import { useLoad } from './use-load.js';

const EVERY_MS = 15_000;

/** How much waits behind a tab: devices that are nobody's, messages that nobody has decided. Asked for without keeping a session awake. */
export function useTabCounts(screens: ReadonlySet<Screen>): ReadonlyMap<Screen, number> {
  const every = { everyMs: EVERY_MS };
  const devices = useLoad(screens.has('tray') ? ['stays', 'tab', 'tray'] : null, () => tray(true), every).load;
  const tasks = useLoad(screens.has('tasks') ? ['stays', 'tab', 'tasks'] : null, () => openTasks(true), every).load;
  return new Map([
    ['tray', devices.kind === 'ready' ? devices.value.items.length : 0],
    ['tasks', tasks.kind === 'ready' ? tasks.value.items.length : 0],
  ]);
}
