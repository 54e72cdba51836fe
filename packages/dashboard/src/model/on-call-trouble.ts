import { type Trouble, troubleText } from '../live/problem.js';
import { t } from '../words/words.js';

const CODES = [
  ...(['revision-moved', 'policy-refused', 'simulation-required', 'second-person-required'] as const),
  ...(['approval-stale', 'pager-unavailable'] as const),
];
type Code = (typeof CODES)[number];
const isOurs = (code: string): code is Code => (CODES as readonly string[]).includes(code);

/** What was refused, what to do, and of which field the server said why. Nothing of a patient. */
export function onCallTroubleText(trouble: Trouble): string {
  const said = isOurs(trouble.code) ? t(`onCall:err.${trouble.code}`) : troubleText(trouble);
  const why = trouble.fields.map(({ message }) => message).join('; ');
  return why === '' || trouble.code === 'invalid-request' ? said : t('onCall:errWhy', { said, why });
}
