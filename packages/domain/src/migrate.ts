import { PlatformError } from './errors.js';
import { invariant } from './invariant.js';
import type { AssignedSpan, EngineState, KeyState } from './state.js';

/**
 * Versions of the states in checkpoints. A reader takes its own and all before it, and brings them up to its own; what is newer it
 * refuses, because it would drop what it does not know, and with it an alarm's delay or a stay that has left. Version 2 of a bed has
 * rules of every kind and the stays that left it; in version 3 what a window counts may be packed; in version 4 a device has spans.
 */
export const STATE_VERSIONS = { bed: 4, gateway: 1, unit: 1, engine: 1 } as const;

/** One step up: what a state of this version becomes. Pure; the state handed in is used up. */
type Step = (state: Record<string, unknown>) => Record<string, unknown>;

const STEPS: { readonly [K in keyof typeof STATE_VERSIONS]: readonly Step[] } = {
  // Everything new in version 2 may be absent; what is packed in version 3 may also stand there as it was.
  bed: [(state) => ({ ...state, v: 2 }), (state) => ({ ...state, v: 3 }), withSpans],
  gateway: [],
  unit: [],
  engine: [],
};

/** Until version 3 a bed knew one span of each device, which brought everything. */
function withSpans(state: Record<string, unknown>): Record<string, unknown> {
  const devices = Object.entries((state['devices'] ?? {}) as Record<string, AssignedSpan>).map(
    ([deviceId, { fromMs, toMs, intervalsMs }]) => [deviceId, [{ fromMs, toMs, channels: null, intervalsMs }]] as const,
  );
  return { ...state, v: 4, devices: Object.fromEntries(devices) };
}

/**
 * A state of a bed, a gateway or a care unit as a checkpoint has it.
 *
 * @throws PlatformError('state-too-new') for one of a newer version of the platform: start that version again
 * @throws InvariantError for what is no state at all
 */
export function readKeyState(json: string, partition?: number): KeyState {
  const state = parse(json);
  const { kind } = state;
  invariant(kind === 'bed' || kind === 'gateway' || kind === 'unit', 'a state of a bed, of a gateway or of a care unit');
  return bringUp(kind, state, partition) as unknown as KeyState;
}

/** What belongs to a whole partition; throws as `readKeyState` does. */
export function readEngineState(json: string, partition?: number): EngineState {
  return bringUp('engine', parse(json), partition) as unknown as EngineState;
}

function bringUp(
  kind: keyof typeof STATE_VERSIONS,
  state: Record<string, unknown>,
  partition: number | undefined,
): Record<string, unknown> {
  const version = state['v'];
  invariant(typeof version === 'number' && Number.isInteger(version) && version >= 1, 'a state with its version');
  if (version > STATE_VERSIONS[kind]) throw new PlatformError('state-too-new', partition === undefined ? {} : { partition });
  let now = state;
  for (const step of STEPS[kind].slice(version - 1)) now = step(now);
  invariant(now['v'] === STATE_VERSIONS[kind], 'a step up from each version of a state');
  return now;
}

function parse(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = null;
  }
  invariant(typeof value === 'object' && value !== null && !Array.isArray(value), 'a state that is an object');
  return value as Record<string, unknown>;
}
