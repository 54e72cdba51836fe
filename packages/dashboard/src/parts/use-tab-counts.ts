import { openTasks, tray } from '../live/stays-api.js';
import type { Screen } from '../model/screens-of.js';
import { useAsked } from './asked.js';

const EVERY_MS = 15_000;

/** How much waits behind a tab: devices that are nobody's, messages that nobody has decided. Asked for without keeping a session awake. */
export function useTabCounts(screens: ReadonlySet<Screen>): ReadonlyMap<Screen, number> {
  const devices = useAsked(screens.has('tray') ? ['stays', 'tab', 'tray'] : null, () => tray(true), EVERY_MS);
  const tasks = useAsked(screens.has('tasks') ? ['stays', 'tab', 'tasks'] : null, () => openTasks(true), EVERY_MS);
  return new Map([
    ['tray', devices?.items.length ?? 0],
    ['tasks', tasks?.items.length ?? 0],
  ]);
}
