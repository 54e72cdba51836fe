import type { Mode } from './answers.js';
import { type AMY, SCENE } from './fixtures.js';
import type { Area, State } from './state.js';

/** What every server can answer. */
const MODES: readonly Mode[] = ['recorded', 'empty', 'loading', 'forbidden', 'failed', 'tooMany', 'unreachable', 'unreadable'];

const state = (at: string, user: typeof AMY, more: Partial<State> = {}): State => ({
  ...{ at, mode: 'recorded', scene: SCENE, who: { user } },
  ...more,
});

/** A whole screen of the product in its frame, in the answers that every server can give, and in states of its own. */
export function screen(title: string, at: string, user: typeof AMY, states: Readonly<Record<string, Partial<State>>> = {}): Area {
  const usual = MODES.map((mode) => [mode, state(at, user, { mode })] as const);
  const own = Object.entries(states).map(([name, more]) => [name, state(at, user, more)] as const);
  return { title, place: 'page', states: Object.fromEntries([...usual, ...own]) };
}
