import type { Rule } from '@vigil/contracts';
import { kindOf } from './kinds.js';

/** What a rule remembers before it has seen anything; null for the kinds that remember nothing of their own. */
export function emptyMemoryOf(rule: Rule): unknown {
  return kindOf(rule)?.empty(rule) ?? null;
}
