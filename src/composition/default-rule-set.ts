import { join } from 'node:path';
import type { RuleSet } from '@vigil/contracts';
import { loadRuleFile } from '../rules/rule-files.js';

const FILE = join(import.meta.dirname, '..', '..', 'rules', 'default.yaml');

let loaded: RuleSet | null = null;

/**
 * The rule set of a new site, `rules/default.yaml`: what `vigil init` writes into site.yaml. A site that was there before keeps its
 * own. Defaults of bedside monitors for adults, children and neonates; an intensive care unit sets its own (half of the readings
 * of real patients there are outside some of these). Read once, and only where a site is made.
 *
 * @throws RuleFileError where the file is not as it was shipped
 */
export function defaultRuleSet(): RuleSet {
  return (loaded ??= loadRuleFile(FILE));
}
