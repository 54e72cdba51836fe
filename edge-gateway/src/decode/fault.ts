import type { z } from 'zod';
import type { Fault } from './reject.js';

type Issue = z.core.$ZodIssue;

/**
 * The first thing that is wrong with a message or reading, in words that hold nothing of what was sent: zod's own
 * messages name unknown fields, and a field name can be anything, a patient's name too.
 *
 * @param at path of what was parsed, e.g. `['observations', 3]`
 */
export function faultOf(issues: readonly Issue[], at: readonly (string | number)[] = []): Fault {
  const issue = issues[0];
  if (issue === undefined) return { reason: 'invalid-message', path: at.join('.'), expected: 'a valid message' };
  const path = [...at, ...issue.path].map(String);
  const field = path.at(-1);
  return { reason: reasonOf(issue, field), path: path.join('.'), expected: expectedOf(issue, field) };
}

function reasonOf(issue: Issue, field: string | undefined): Fault['reason'] {
  if (field === 'metric' && issue.code === 'invalid_value') return 'unknown-metric';
  if (issue.code !== 'custom') return 'invalid-message';
  if (field === 'unit') return 'wrong-unit';
  return field === 'value' ? 'implausible-value' : 'invalid-message';
}

function expectedOf(issue: Issue, field: string | undefined): string {
  switch (issue.code) {
    case 'custom':
      // Written in contracts, which promises not to repeat the value.
      return issue.message;
    case 'unrecognized_keys':
      return 'no unknown field';
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return field === 'metric' ? 'a known metric' : `one of ${issue.values.join(' ')}`;
    case 'too_small':
      return `at least ${issue.minimum} (${issue.origin})`;
    case 'too_big':
      return `at most ${issue.maximum} (${issue.origin})`;
    case 'invalid_format':
      return issue.format;
    default:
      return field === 'value' ? 'a number, a code or null' : 'a valid field';
  }
}
