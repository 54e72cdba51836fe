/** What many screens say. */
export const common = {
  loading: 'Loading…',
  loadingWhat: 'Loading {{what}}…',
  tryAgain: 'Try again',
  asItWas: 'What stands here is as it was at {{time}}.',
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  close: 'Close',
  yes: 'Yes, {{what}}',
  no: 'No',

  // Why a request was not done, by its code: what to do next, and nothing about a patient.
  'trouble.offline': 'Vigil cannot be reached. Watch the bedside monitors; try again, or call the technical service.',
  'trouble.unreadable': 'The server is of another version than this page. Load the page again.',
  'trouble.unauthenticated': 'You are not signed in any more. Sign in and try again.',
  'trouble.forbidden': 'Your role does not allow this.',
  'trouble.not-found': 'There is no such thing, or it is not for you.',
  'trouble.conflict': 'It is already so, taken by somebody else, or not its turn yet. Look again.',
  'trouble.wrong-code': 'The code is wrong, or was used already. Wait for the next one and try again.',
  'trouble.ticket-expired': 'This took too long or was used already. Start again.',
  'trouble.reauthentication-required': 'This needs a sign-in of the last ten minutes. Sign in again, then repeat it.',
  'trouble.passkey-refused': 'No passkey was used. Try again, or sign in with your password.',
  'trouble.push-refused':
    'The browser was not allowed to show pages, or could not subscribe. Allow notifications for Vigil and try again.',
  'trouble.audit-unavailable':
    'The audit trail is away, so patient data are not shown. Open the record in an emergency if it cannot wait.',
  'trouble.keys-unavailable':
    'The keys of the site are away, so this can be neither read nor written now. Call the technical service.',
  'trouble.record-tampered': 'This record was changed from outside and is not shown. Tell the security officer.',
  'trouble.store-unavailable': 'The server cannot do this now. Try again in a moment, or call the technical service.',
  'trouble.invalid-request': 'The server did not take this. Check what you entered.',
  'trouble.physician-required':
    'Wider than the limits of the unit: only a physician who treats the patient may set them. Ask one.',
  'trouble.second-person-required': 'Somebody else than who asked for it has to agree.',
  'trouble.reason-required': 'This needs a reason.',
  'trouble.revision-moved': 'Somebody has changed it since it was shown. Look at what it says now, then decide again.',
  'trouble.precondition-required': 'This page does not know the newest state. Load the page again.',
  'trouble.link-expired': 'This link was used or is too old.',
  'trouble.pager-unavailable': 'Pages cannot be sent now. Call the people yourself, and call the technical service.',
  'trouble.log-unavailable':
    'The server cannot take this now: what it writes to is away. Try again in a moment, or call the technical service.',
  'trouble.identity-provider-unavailable': 'The sign-in of the house is away. Sign in with your password.',
  'trouble.other': 'The server could not do this. Try again, or call the technical service.',
  othersFirst: 'Files are being made for you or others. Wait {{time}}, then press again.',
  noFile: 'The file did not come whole, and nothing was saved. Try again.',
  noWholeFile:
    'The file did not come whole, and nothing was saved. Try again; with less time, or one line for more minutes, it is shorter.',
  'trouble.too-many-attempts': 'Too many tries. Wait {{time}}, then try again.',
  seconds_one: '{{count}} second',
  seconds_other: '{{count}} seconds',
  minutes_one: '{{count}} minute',
  minutes_other: '{{count}} minutes',
} as const;
