/** What stands around every screen. */
export const shell = {
  screenFailed: 'This screen does not work now',
  screenFailedWhat: 'The alarm bar above does. Other screens may work; the bedside monitors do.',
  unknownPage: 'There is no such page',
  toBeds: 'To the beds',
  nobodySignedIn: 'Nobody is signed in at this station.',
  signInToAct: 'Sign in to act',
  notForYourRole: 'Not for your role',
  notForYourRoleWhat: 'Your role does not have this screen. Ask an administrator if you need it.',
} as const;
