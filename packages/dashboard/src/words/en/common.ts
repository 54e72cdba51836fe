/** What many screens say. */
export const common = {
  loading: 'Loading…',
  loadingWhat: 'Loading {{what}}…',
  tryAgain: 'Try again',
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  close: 'Close',
} as const;
