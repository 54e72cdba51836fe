import type { Site } from '@vigil/contracts';

/** The site with these of its rules alone, and nothing that hides them: so that one cause raises one alarm. */
export function withRules(site: Site, ...ids: readonly string[]): Site {
  const { v, name, latenessMs } = site.ruleSet;
  const rules = site.ruleSet.rules.filter((rule) => ids.includes(rule.id));
  if (rules.length !== ids.length) throw new Error(`the rules of the site lack one of ${ids.join(', ')}`);
  return { ...site, ruleSet: { v, name, latenessMs, rules } };
}
