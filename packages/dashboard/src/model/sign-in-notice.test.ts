import '../words/english-for-tests.js';
import { t } from '../words/words.js';
import { noticeAfter } from './sign-in-notice.js';

const ENDED = t('signIn:ended');

describe('why a person is asked to sign in', () => {
  test('a page that starts with nobody signed in gives no reason', () => {
    expect(noticeAfter(null, false)).toBe('');
  });

  test('a session that is gone is told', () => {
    expect(noticeAfter({ isSignedIn: true, notice: '' }, false)).toBe(ENDED);
  });

  test('it is still told after the second and the third answer', () => {
    const first = noticeAfter({ isSignedIn: true, notice: '' }, false);
    const second = noticeAfter({ isSignedIn: false, notice: first }, false);
    expect(noticeAfter({ isSignedIn: false, notice: second }, false)).toBe(ENDED);
  });

  test('what was said after a sign-out that the server did not hear of stays too', () => {
    expect(noticeAfter({ isSignedIn: false, notice: 'not told' }, false)).toBe('not told');
  });

  test('nothing is said once somebody is signed in', () => {
    expect(noticeAfter({ isSignedIn: false, notice: ENDED }, true)).toBe('');
  });
});
