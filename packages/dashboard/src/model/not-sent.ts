import { type Trouble, troubleText, waitText } from '../live/problem.js';
import { t } from '../words/words.js';

/** What a person at this screen can mend, or knows well enough. */
const NO_CALL: readonly string[] = [
  ...['revision-moved', 'precondition-required', 'conflict', 'impossible-rate', 'too-many-attempts'],
  ...['second-person-required', 'invalid-request'],
];

/** The same with whom to call, where the site has said so and the person can't mend it at this screen. */
export function withNumber(said: string, { code }: Pick<Trouble, 'code'>, number: string | null): string {
  return number === null || NO_CALL.includes(code) ? said : t('safety:withNumber', { said, number });
}

/** Why a command of a person was not carried out, and what to do. Nothing is sent again by itself. */
export function notSentText({ code }: Pick<Trouble, 'code'>): string {
  switch (code) {
    case 'revision-moved':
    case 'precondition-required':
      return t('alarms:changed');
    case 'conflict':
      return t('alarms:taken');
    case 'forbidden':
      return t('alarms:notAllowed');
    case 'not-found':
      return t('alarms:notYours');
    case 'impossible-rate':
    case 'too-many-attempts':
      return t('alarms:tooFast');
    case 'unauthenticated':
      return t('alarms:signedOut');
    case 'second-person-required':
      return t('alarms:secondPerson');
    case 'offline':
    case 'unreadable':
      return t('alarms:noAnswer');
    default:
      return t('alarms:refused');
  }
}

/** Of a file, which a person asks for once: others are being made. Null where that is not why. */
export function othersFirst({ code, waitS }: Pick<Trouble, 'code' | 'waitS'>): string | null {
  return code === 'too-many-attempts' ? t('common:othersFirst', { time: waitText(waitS ?? 60) }) : null;
}

/**
 * Why a file was not made; there is none then, not even a part of it.
 *
 * @param canBeCoarser of one that has a line for so many minutes, as a person chooses
 */
export function noFileText(trouble: Trouble, { canBeCoarser }: { readonly canBeCoarser: boolean }): string {
  if (trouble.code === 'offline') return t(canBeCoarser ? 'common:noWholeFile' : 'common:noFile');
  return othersFirst(trouble) ?? troubleText(trouble);
}

/** The same of shelving, where single fields can be wrong. */
export function notShelvedText(trouble: Pick<Trouble, 'code' | 'fields'>): string {
  if (trouble.code === 'not-found') return t('alarms:notTreating');
  if (trouble.code !== 'invalid-request') return notSentText(trouble);
  const path = trouble.fields[0]?.path;
  if (path === 'body.conditionCode') return t('alarms:notShelvable');
  return path === 'body.toMs' ? t('alarms:badEnd') : t('alarms:refused');
}
