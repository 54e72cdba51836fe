import { t } from '../words/words.js';

/** What a screen said and who was at it before the server was asked who is there. */
interface Before {
  readonly isSignedIn: boolean;
  readonly notice: string;
}

/**
 * Why the person is asked to sign in, after the server has said who is there. Several questions are under way when a
 * session ends, one for each live channel and one for the idle clock: the later answers keep what the first one said.
 *
 * @param before null at the first answer, when nobody was signed in here and nothing was said
 * @returns '' while somebody is signed in, and where there is no reason to tell
 */
export function noticeAfter(before: Before | null, isSignedIn: boolean): string {
  if (isSignedIn || !before) return '';
  return before.isSignedIn ? t('signIn:ended') : before.notice;
}
