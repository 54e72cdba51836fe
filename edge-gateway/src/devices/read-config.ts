import { GatewayConfig, LocalWatchConfig, RuleSet } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { z } from 'zod';

/** A configuration whose rules may be those of a newer version. */
const AnyRules = GatewayConfig.extend({ watch: LocalWatchConfig.extend({ ruleSet: z.unknown() }).optional() });

export interface ReadConfig {
  /** Without the rules of a newer version: those of `before` stand in their place; without any, there is no watch in it. */
  readonly config: GatewayConfig;
  /** False: its rules are not those that this version could judge by. */
  readonly knowsRules: boolean;
}

/**
 * What this version makes of a configuration, or null where it is none. Rules that it does not understand to the last field (their
 * hash tells) are no reason to lose sight of beds and devices: those are taken, and the rules of before go on.
 */
export function readConfig(body: Buffer, before: GatewayConfig | null): ReadConfig | null {
  let content: unknown;
  try {
    content = JSON.parse(body.toString());
  } catch {
    return null;
  }
  const parsed = AnyRules.safeParse(content);
  if (!parsed.success) return null;
  const { watch, ...rest } = parsed.data;
  if (watch === undefined) return { config: rest, knowsRules: true };
  const rules = RuleSet.safeParse(watch.ruleSet);
  if (rules.success && contentHash(rules.data) === watch.ruleSetHash) {
    return { config: { ...rest, watch: { ...watch, ruleSet: rules.data } }, knowsRules: true };
  }
  const old = before?.watch;
  if (old === undefined) return { config: rest, knowsRules: false };
  const { ruleSet, ruleSetHash } = old;
  return { config: { ...rest, watch: { ...watch, ruleSet, ruleSetHash } }, knowsRules: false };
}
