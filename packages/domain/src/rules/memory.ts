import type { Rule } from '@vigil/contracts';
import type { RuleState } from '../state.js';
import { type AnySketch, unpackSketch } from '../windows/index.js';
import { type AnyHistogram, unpackHistogram } from './histogram.js';
import { kindOf } from './kinds.js';

/** What a rule remembers before it has seen anything; null for the kinds that remember nothing of their own. */
export function emptyMemoryOf(rule: Rule): unknown {
  return kindOf(rule)?.empty(rule) ?? null;
}

/**
 * States of rules as every version of the engine reads them: for a gateway, or the bed of another processor, that may be older. The
 * states handed in stay as they are.
 */
export function plainRules(rules: Readonly<Record<string, RuleState>> | undefined): Record<string, RuleState> {
  return Object.fromEntries(Object.entries(rules ?? {}).map(([id, state]) => [id, plainRule(state)]));
}

function plainRule(state: RuleState): RuleState {
  const memory = (state.memory ?? {}) as Partial<Memories>;
  const { windows, recent, usual } = memory;
  if (windows?.sketches !== undefined) {
    const sketches = windows.sketches.map((each) => (typeof each === 'string' ? unpackSketch(each) : each));
    return { ...state, memory: { ...memory, windows: { ...windows, sketches } } };
  }
  if (recent === undefined || usual === undefined) return state;
  return { ...state, memory: { ...memory, recent: recent.map(plainPane), usual: usual.map(plainPane) } };
}

/** What the kinds of rules remember that may be packed. */
interface Memories {
  readonly windows: { readonly sketches?: readonly AnySketch[] };
  readonly recent: readonly PackablePane[];
  readonly usual: readonly PackablePane[];
}
type PackablePane = { readonly bins: AnyHistogram };

function plainPane(pane: PackablePane): PackablePane {
  return typeof pane.bins === 'string' ? { ...pane, bins: unpackHistogram(pane.bins) } : pane;
}
